"""How fast the mock server is beside others: the servers, the load and the report of benchmarks/mock.py."""
