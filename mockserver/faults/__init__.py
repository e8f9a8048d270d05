"""Answers that go wrong on purpose: which, when, and what is then done to them."""
