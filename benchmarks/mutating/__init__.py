"""Mutants of the example backend's own code, each judged by `cancelkit verify`; `benchmarks.mutate` puts it together."""
