"""The verb `contract`: show, check and copy the contract that the other verbs work with.

Owns: nothing by itself; see command.py.
Source: docs/contract-of-your-own.md.
"""
