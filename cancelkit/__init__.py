"""One contract, three tools: the package that everything is imported from.

Owns: the name. The rooms are `cancelkit.spec`, `cancelkit.traffic`, `cancelkit.fixtures`, `cancelkit.mockserver` and
    `cancelkit.contract_tests`; importing this package alone imports none of them.
Source: docs/architecture.md.
"""
