"""A small typed client of the mock's control endpoints, for tests.

    with MockControl("http://127.0.0.1:8080", session="checkout-test") as mock:
        mock.scenario([{"status": "waiting_approval"}])
        ...
        mock.verify({"operation": "rejectCancellationRequest", "id": 7, "count": 1}, no_violations=True)

Owns: the names that test authors import.
"""

from __future__ import annotations

from cancelkit.mockserver.client.api import MockApi
from cancelkit.mockserver.client.control import MockControl
from cancelkit.mockserver.client.errors import ControlError, MockError, MockUnreachable, VerifyFailed
from cancelkit.mockserver.client.shapes import Call, Expected, Verdict

__all__ = [
    "Call",
    "ControlError",
    "Expected",
    "MockApi",
    "MockControl",
    "MockError",
    "MockUnreachable",
    "Verdict",
    "VerifyFailed",
]
