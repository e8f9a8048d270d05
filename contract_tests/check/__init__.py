"""Recorded traffic held against the contract: HAR files in, a verdict out."""
