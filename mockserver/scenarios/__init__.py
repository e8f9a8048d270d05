"""Scenarios: requests that a test wants to find, written as recipes, and played."""
