"""The earlier name of Context, until every rule says Context."""

from cancelkit.contract_tests.context import Context as Bench

__all__ = ["Bench"]
