"""Which hosts are this machine's only: by it hangs who may control a mock, and whom a command may write to unasked."""

from __future__ import annotations

import pytest

from cancelkit.mockserver.settings import Settings
from cancelkit.spec.hosts import is_loopback

OURS = ("127.0.0.1", "127.9.9.9", "localhost", "LocalHost", "a.localhost", "::1", "[::1]", "::ffff:127.0.0.1")
OTHERS = ("0.0.0.0", "::", "", "127.example.org", "localhost.example.org", "notlocalhost", "::ffff:10.0.0.1", "1.2.3.4")


@pytest.mark.parametrize(("host", "only_here"), [*((h, True) for h in OURS), *((h, False) for h in OTHERS)])
def test_only_loopback_addresses_are_taken_for_loopback(host: str, only_here: bool) -> None:
    """A name that merely begins like one opens no control endpoint."""
    assert is_loopback(host) is only_here
    assert Settings(host=host).loopback is only_here
