"""A proxy that watches: calls go on to a real server, and both sides are held against the contract.

Owns: `cancelkit proxy`.
Knows nothing of: records; they are the real server's. It shares the mock's journal, coverage, events and page.
"""
