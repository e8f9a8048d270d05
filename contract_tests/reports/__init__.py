"""One verdict, several ways to show it.

Owns: reporters; each has `render(verdict) -> str`, the terminal's has `show`.
Knows nothing of: how the verdict came about.
"""
