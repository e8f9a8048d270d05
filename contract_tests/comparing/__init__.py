"""Two servers of one contract, sent the same calls: how far their answers are alike.

Owns: making the calls, aligning the answers, their differences by cause, `cancelkit compare`.
Source: docs/compare.md.
"""
