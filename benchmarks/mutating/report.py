"""The mutation score as a page."""
from __future__ import annotations
def page(record, known): return ""
def line(record, known): return str(len(record.trials))
