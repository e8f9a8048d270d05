"""Mutants of the example backend's code, each judged by `cancelkit verify`; `benchmarks.mutate` puts it together."""
