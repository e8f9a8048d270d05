"""The dashboard's page: plain files, served as they are at /_mock/ and /_mock/assets/.

Owns: index.html, the style sheets, the JavaScript modules, and two parts that are not ours (THIRD_PARTY.md).
Knows nothing of: the server. The page speaks to the control API only; mockserver/control/pages.py hands the files out,
    under a policy that lets the page load nothing from elsewhere.
"""
