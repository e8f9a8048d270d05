"""Links from a page of a list to another one, compared by what they lead to.

Source: x-behaviours page-envelope.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import SplitResult, parse_qs, parse_qsl, urljoin, urlsplit

from cancelkit.contract_tests.observing.listing import Listing
from cancelkit.contract_tests.oracles.instants import same_instant
from cancelkit.contract_tests.target.encoding import encode_query

LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def leads_to(link: str, page: str) -> int | None:
    """The number of the page that a link names, 1 where it names none; None for no number. page: the parameter."""
    named = parse_qs(urlsplit(link).query).get(page, ["1"])
    return int(named[0]) if len(named) == 1 and named[0].isdecimal() else None


def first_page(link: str, page: str) -> str | None:
    """The option of link-to-page-1 that a link from page 2 shows; None where it leads elsewhere."""
    named = parse_qs(urlsplit(link).query).get(page)
    return "bare" if named is None else "numbered" if named == ["1"] else None


def emptied(answer: Mapping[str, Any], page: str, number: int) -> str:
    """The option of page-beyond-last that an empty page of this number shows."""
    if "previous" not in answer:
        return "empty"
    link = answer["previous"]
    if not isinstance(link, str):
        return "empty-unlinked"
    return "empty" if leads_to(link, page) == number - 1 else "empty-to-last"


def link_problems(listing: Listing, link: Any, url: str, query: Mapping[str, Any], page: int) -> Iterator[str]:
    """Yield what is wrong with a link that must lead from `url` to `page` of the same query."""
    if not isinstance(link, str):
        yield f"is {link!r}, not a URL"
        return
    own = urlsplit(url)
    to = urlsplit(link if listing.absolute else urljoin(url, link))
    if to.scheme not in ("http", "https") or not to.netloc:
        yield f"is {link!r}, which is no absolute URL"
    elif not _same_host(to, own):
        yield f"leads to the host {to.netloc}, not {own.netloc}"
    if to.path != own.path:
        yield f"leads to the path {to.path}, not {own.path}"
    got = parse_qsl(to.query, keep_blank_values=True)
    kept = {name: value for name, value in got if name != listing.page}
    for name, text in parse_qsl(encode_query(query), keep_blank_values=True):
        if name not in kept:
            yield f"drops {name}"
        elif not _same_value(kept[name], text):
            yield f"turns {name}={text} into {kept[name]}"
    pages = [value for name, value in got if name == listing.page]
    if pages != [str(page)] and not (page == 1 and not pages):
        yield f"leads to page {' and '.join(pages) or '1'}, not {page}"


def _same_host(one: SplitResult, other: SplitResult) -> bool:
    if {one.hostname, other.hostname} <= LOOPBACK:
        return one.port == other.port
    return one.hostname == other.hostname and (one.scheme != other.scheme or one.port == other.port)


def _same_value(one: str, other: str) -> bool:
    return one == other or set(one.split(",")) == set(other.split(",")) or bool(same_instant(one, other))
