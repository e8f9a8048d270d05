"""The clock of a server, as its records show it: how fine it is, and waiting until it has moved.

Source: x-set-on.
"""

from __future__ import annotations

import time

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.observing.evidence import Row
from cancelkit.contract_tests.oracles.instants import instant


def fine(context: Context, row: Row) -> bool:
    """Whether the server shows its clock in parts of a second."""
    resource = context.contract.resource
    shown = [instant(row.get(name)) for name in (*resource.set_on("create"), *resource.set_on("change"))]
    return any(moment and moment.microsecond for moment in shown)


def pause(context: Context, row: Row) -> None:
    """Wait until the server's clock shows a later time than `row`'s: seconds may be all that it keeps.

    It may write their fraction all the same, as zeros.
    """
    time.sleep(0.02 if fine(context, row) else 1.1)
