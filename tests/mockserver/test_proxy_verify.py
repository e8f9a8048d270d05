"""The suite can't tell a server from the same server behind the proxy, which accuses nobody wrongly meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import httpx
import pytest

from cancelkit.contract_tests.configuration.settings import Profile, Settings
from cancelkit.contract_tests.engine.run import execute
from cancelkit.contract_tests.engine.verdict import Verdict
from cancelkit.mockserver.local import ThreadTransport
from cancelkit.mockserver.proxy.app import Proxy
from cancelkit.mockserver.proxy.settings import ProxySettings
from cancelkit.spec import load
from tests.mockserver.proxy_bench import UPSTREAM, mock

AREAS = ("status", "reject", "delete")


@contextmanager
def _loop() -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _verdict(app: Any, loop: asyncio.AbstractEventLoop) -> Verdict:
    settings = Settings(
        "http://localhost", token="demo", profile=Profile.QUICK, areas=AREAS, schemathesis=False, other_scope=(6,)
    )
    return execute(settings, load(), transport=ThreadTransport(app, loop))


def _outcomes(verdict: Verdict) -> dict[str, str]:
    return {finding.rule_id: finding.outcome.value for finding in verdict.findings}


@pytest.mark.parametrize("mutants", [(), ("status-create-200",)])
def test_the_verdict_is_the_same_through_the_proxy(mutants: tuple[str, ...]):
    """Rule by rule, for a right server and for a wrong one; the proxy itself accuses only the wrong one."""
    with _loop() as loop:
        direct = _verdict(mock(*mutants), loop)
        proxy = Proxy(ProxySettings(UPSTREAM), httpx.ASGITransport(mock(*mutants)))
        through = _verdict(proxy, loop)
        asyncio.run_coroutine_threadsafe(proxy.close(), loop).result(20)

    assert _outcomes(through) == _outcomes(direct)
    assert len(_outcomes(direct)) > 20
    assert bool(proxy.watch.counts["server"]) is bool(mutants) is ("failed" in _outcomes(direct).values())
