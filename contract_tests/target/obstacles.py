"""What stands between this machine and the API: no connection, TLS, a proxy, a gateway, a page that is not the API's.

Owns: telling these apart and explaining each.
Knows nothing of: tokens, channels and references (see preflight.py).
"""

from __future__ import annotations

from urllib.parse import urlsplit

from cancelkit.contract_tests.configuration.settings import Settings
from cancelkit.contract_tests.errors import Cause, CouldNotRun, Inconclusive
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.contract_tests.target.client import GATEWAY


def unreachable(settings: Settings, error: Inconclusive) -> CouldNotRun:
    """Why no answer came: TLS, the proxy, or nobody there."""
    url, text = settings.url, str(error)
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return CouldNotRun(
            Cause.TLS,
            f"the certificate of {url} is not trusted: {text}. Give the bundle that signed it in --ca, or --insecure.",
        )
    if "[SSL" in text:
        return CouldNotRun(Cause.TLS, f"{url} does not speak TLS as it should: {text}. Is it http rather than https?")
    if settings.proxy:
        parts = urlsplit(settings.proxy)
        through = f"{parts.hostname}:{parts.port}" if parts.port else f"{parts.hostname}"
        return CouldNotRun(
            Cause.PROXY, f"{url} does not answer through the proxy {through}: {text}. Is the proxy right? See --proxy."
        )
    return CouldNotRun(Cause.UNREACHABLE, f"{url} does not answer: {text}. Is it running, is the URL right?")


def strange(answer: Answer) -> CouldNotRun | None:
    """Why an answer that is none of the API's can't be worked with; None where it is JSON, and so the API's own."""
    kind = answer.content_type or "no content type"
    if answer.status == 407:
        return CouldNotRun(
            Cause.PROXY, "the proxy wants to know who asks (407): give --proxy http://NAME:PASSWORD@HOST:PORT."
        )
    if answer.status in GATEWAY:
        return CouldNotRun(
            Cause.GATEWAY,
            f"{answer.url} answers {answer.status} as {kind}, each time: the server is down, or the gateway before it "
            "does not reach it.",
        )
    if answer.is_json:
        return None
    page = ", perhaps a page to log in" if answer.ok and kind == "text/html" else ""
    return CouldNotRun(
        Cause.NOT_THIS_API,
        f"{answer.url} answers {answer.status} as {kind}, not JSON{page}: is this the API's root? See --prefix.",
    )
