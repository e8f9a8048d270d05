"""Choosing rules, running them against a target, and what they found."""
