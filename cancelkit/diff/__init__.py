"""The verb `diff`: what changed between two contracts, and whom each change breaks.

Owns: nothing by itself; comparing.py puts the rules together, command.py is the verb.
Knows nothing of: the mock, the suite, the fixtures.
Source: docs/diff.md.
"""
