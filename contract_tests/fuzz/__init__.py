"""Schemathesis as a layer of the suite."""
