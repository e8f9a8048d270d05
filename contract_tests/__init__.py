"""The conformance suite: does a server keep the contract of spec/openapi.yaml?

Owns: rules, the model, the run against a target, its verdict and reports.
Knows nothing of: the mock server; what judges shares no code with what is judged.
"""
