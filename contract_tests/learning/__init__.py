"""What a real server does, learned into an overlay of the contract.

Owns: running every detector on a target, and writing what was seen.
Source: docs/learn.md.
"""
