"""What a target says when it refuses: provoking each kind of fault, and judging text and code.

Owns: the probes that a contract gives rise to, and the rules choices/error-<kind>.
Source: spec/wording.py; docs/spec-extensions.md, "What errors say".
"""
