"""What a right answer looks like, computed from the contract and from values that the target itself showed.

Owns: predicates and comparisons over plain data: texts, instants, filters, records, refusals.
Knows nothing of: HTTP clients, rules, reports, and how any server works.
Source: spec/openapi.yaml (x-filter, schemas), docs of each module.
"""
