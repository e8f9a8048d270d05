"""Lists: every filter against a plain reading of the records, pages, and the detailed representation."""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime, timedelta
from operator import ge, gt, le, lt
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pytest
from in_process import Answer, Client

from cancelkit import spec as contract
from cancelkit.mockserver import create_app
from cancelkit.mockserver.settings import Settings

LIST = "/api/channel/5/cancellation_requests/"
DETAILED = "/api/channel/5/cancellation_requests/detailed"
SPEC = contract.load()
FILTERS = SPEC.operations["listCancellationRequests"].filters
COMPARE = {"gt": gt, "gte": ge, "lt": lt, "lte": le}
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def app(world: Any) -> Client:
    return Client(create_app(Settings(self_check=True), world))


@pytest.fixture(scope="module")
def rows(app: Client) -> list[dict[str, Any]]:
    """Every record of channel 5 as the detailed list shows it."""
    found: list[dict[str, Any]] = get(app, DETAILED, limit=1000).json["results"]
    return found


def get(app: Client, path: str, **query: Any) -> Answer:
    answer = app.call("GET", f"{path}?{urlencode(query)}")
    assert answer.status == 200, answer.body
    return answer


def ids(answer: Answer) -> list[int]:
    return [row["id"] for row in answer.json["results"]]


def at(row: dict[str, Any], path: tuple[str, ...]) -> Any:
    value: Any = row
    for key in path:
        value = None if value is None else value[key]
    return value


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def fits(name: str, row: dict[str, Any], value: str) -> bool:
    """What the contract says of a filter, read once more and without a database."""
    rule, found = FILTERS[name], at(row, FILTERS[name].path)
    if found is None:
        return False
    if rule.lookup == "in":
        return str(found) in value.split(",")
    if rule.transform == "date":
        return bool(COMPARE[rule.lookup](instant(found).date(), date.fromisoformat(value)))
    if rule.lookup in COMPARE:
        return bool(COMPARE[rule.lookup](instant(found), instant(value)))
    if rule.schema.get("format") == "date-time":
        return instant(found) == instant(value)
    one, other = (unicodedata.normalize("NFC", str(text)).casefold() for text in (found, value))
    return one == other if rule.lookup == "iexact" else str(found) == value


def values(name: str, rows: list[dict[str, Any]]) -> list[str]:
    """Values to ask for: those that records have, and for dates their neighbourhoods."""
    rule = FILTERS[name]
    found = sorted({at(row, rule.path) for row in rows} - {None})
    chosen = found[:: max(1, len(found) // 6)]
    if rule.lookup == "in":
        return [",".join(map(str, chosen)), str(chosen[0]), "999999999"]
    if rule.transform == "date":
        days = {(instant(text) + shift).date() for text in chosen for shift in (-DAY, DAY * 0, DAY)}
        return sorted(map(str, days))
    if rule.schema.get("format") == "date-time":
        tick = timedelta(microseconds=1)
        near = [instant(text) + shift for text in chosen for shift in (-tick, tick * 0, tick)]
        return [moment.isoformat() for moment in near] + [chosen[0]]
    return [*map(str, chosen), *(str(value).upper() for value in chosen if rule.lookup == "iexact" and _plain(value))]


def _plain(value: str) -> bool:
    """Without the letters whose case is left open."""
    return not set(value) & set("iıIİ")


@pytest.mark.parametrize(
    ("path", "name"),
    [(LIST, name) for name in FILTERS]
    + [(DETAILED, name) for name in SPEC.operations["listCancellationRequestsDetailed"].filters],
)
def test_a_filter_finds_exactly_the_records_that_fit(
    app: Client, rows: list[dict[str, Any]], path: str, name: str
) -> None:
    """Sound and complete, for values that records have and for those beside them."""
    asked = values(name, rows)

    assert asked
    for value in asked:
        wanted = [row["id"] for row in rows if fits(name, row, value)]
        assert ids(get(app, path, limit=1000, **{name: value})) == wanted, value
    assert any(fits(name, row, value) for row in rows for value in asked)


@pytest.mark.parametrize("name", ["customer_last_name", "customer_first_name"])
def test_turkish_letters_are_equal_in_both_cases(app: Client, rows: list[dict[str, Any]], name: str) -> None:
    """Whoever types a name in capitals or with dots of the other kind finds the person."""
    upper = str.maketrans("iışğüöç", "İIŞĞÜÖÇ")
    names = {at(row, FILTERS[name].path) for row in rows}
    turkish = sorted(text for text in names if set(text.lower()) & set("ışğüöç"))

    assert turkish
    for text in turkish:
        right = ids(get(app, LIST, limit=1000, **{name: text}))
        for written in (text.translate(upper).upper(), text.lower(), unicodedata.normalize("NFD", text)):
            assert ids(get(app, LIST, limit=1000, **{name: written})) == right, written


def test_several_filters_must_all_hold(app: Client, rows: list[dict[str, Any]]) -> None:
    """Two filters give the intersection."""
    found = ids(get(app, LIST, limit=1000, status="waiting", cancellation_type="refund"))

    assert found == [r["id"] for r in rows if (r["status"], r["cancellation_type"]) == ("waiting", "refund")]
    assert found


@pytest.mark.parametrize("sign", ["+", "%2B"])
def test_an_offset_in_a_date_may_be_written_with_a_plain_plus(
    app: Client, rows: list[dict[str, Any]], sign: str
) -> None:
    """A plus means a space in a query, and still nobody escapes it."""
    moment = at(rows[0], FILTERS["date_placed"].path)
    local = (instant(moment) + 3 * timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S.%f")
    answer = app.call("GET", f"{LIST}?date_placed={local}{sign}03:00&limit=1000")

    assert answer.status == 200
    assert rows[0]["id"] in ids(answer)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("status", "lost"),
        ("status", ""),
        ("cancellation_plan_status", "x"),
        ("pk__in", "1,a"),
        ("pk__in", ""),
        ("pk__in", "1,,2"),
        ("order_id", "1.0"),
        ("order_id", "+5"),
        ("order_id", "0007"),
        ("channel", "1_0"),
        ("date_placed__gt", "2025-02-30T00:00:00Z"),
        ("date_placed__gt", "2025-02-03"),
        ("date_placed__date__lt", "2025-2-3"),
        ("date_placed__date__lt", "2025-02-03T00:00:00Z"),
        ("customer_email", "nobody"),
        ("limit", "0"),
        ("limit", "ten"),
        ("page", "-1"),
        ("page", ""),
    ],
)
@pytest.mark.parametrize("path", [LIST, DETAILED])
def test_a_value_that_does_not_parse_is_refused_by_name(app: Client, path: str, name: str, value: str) -> None:
    """Never ignored, never an empty page."""
    answer = app.call("GET", f"{path}?{name}={quote(value)}")

    assert answer.status == 400
    assert set(answer.json) == {name, "code"}


@pytest.mark.parametrize("path", [LIST, DETAILED])
@pytest.mark.parametrize("limit", [1, 7, 10, 50])
def test_pages_show_every_record_once(app: Client, rows: list[dict[str, Any]], path: str, limit: int) -> None:
    """Following next from the first page, and previous from the last, with the filter kept."""
    wanted = [row["id"] for row in rows if row["cancellation_type"] == "refund"]
    there, back = [], []
    url: str | None = f"{path}?cancellation_type=refund&limit={limit}"
    while url:
        page = app.call("GET", url).json
        assert page["count"] == len(wanted)
        there += [row["id"] for row in page["results"]]
        last, url = url, page["next"] and _relative(page["next"])
    url = last
    while url:
        page = app.call("GET", url).json
        back = [row["id"] for row in page["results"]] + back
        url = page["previous"] and _relative(page["previous"])

    assert there == wanted
    assert back == wanted


def _relative(link: str) -> str:
    parts = urlsplit(link)
    assert (parts.scheme, parts.netloc) == ("http", "mock.test")
    assert dict(parse_qsl(parts.query))["cancellation_type"] == "refund"
    return f"{parts.path}?{parts.query}"


def test_without_a_limit_a_page_holds_ten(app: Client) -> None:
    """The documented default, of the first page."""
    assert ids(get(app, LIST)) == ids(get(app, LIST, limit=10, page=1))
    assert len(ids(get(app, LIST))) == 10


def test_a_page_beyond_the_last_is_unknown_and_page_one_of_nothing_is_empty(app: Client) -> None:
    """However far beyond."""
    nothing = get(app, LIST, number="no such number").json

    assert nothing == {"count": 0, "next": None, "previous": None, "results": []}
    for page in (100, 10**18, 10**60):
        beyond = app.call("GET", f"{LIST}?page={page}")
        assert (beyond.status, set(beyond.json)) == (404, {"detail", "code"})


def test_a_large_limit_is_cut(make: Any) -> None:
    """To the server's own, which links then show as it was asked."""
    mock = make(max_limit=5)
    page = get(mock, LIST, limit=10**9).json

    assert len(page["results"]) == 5
    assert page["next"].endswith("limit=1000000000&page=2")


def test_unknown_parameters_are_ignored(app: Client) -> None:
    """And stay in the links, as all others."""
    page = get(app, LIST, colour="red", limit=3).json

    assert page["results"] == get(app, LIST, limit=3).json["results"]
    assert "colour=red" in page["next"]


def test_a_list_is_never_older_than_the_last_write(mock: Client) -> None:
    """Pages that were answered before are not shown again after any kind of write."""
    new = {"order_item": 1, "reason": 1, "cancellation_type": "cancel"}
    path = f"{LIST}?status=waiting&limit=1000"

    def seen() -> list[int]:
        return ids(mock.call("GET", path))

    before = seen()
    assert seen() == before
    id = mock.call("POST", LIST, new).json["id"]
    assert seen() == [*before, id]
    mock.call("PATCH", f"{LIST}{id}/", {"status": "confirmed"})
    assert seen() == before
    second = mock.call("POST", LIST, new).json["id"]
    assert seen() == [*before, second]
    mock.call("POST", f"{LIST}{second}/reject/")
    assert seen() == before
    third = mock.call("POST", LIST, new).json["id"]
    assert seen() == [*before, third]
    mock.call("DELETE", f"{LIST}{third}/")
    assert seen() == before


def test_detailed_and_plain_answers_agree(app: Client, rows: list[dict[str, Any]]) -> None:
    """The same fields, with the references opened, in lists and alone."""
    plain = {row["id"]: row for row in get(app, LIST, limit=1000).json["results"]}

    assert [row["id"] for row in rows] == list(plain)
    for row in rows[::9]:
        one = app.call("GET", f"{LIST}{row['id']}/").json
        opened = {**row, "order_item": row["order_item"]["id"], "reason": row["reason"]["id"]}
        del opened["cancellation_plan"]
        assert opened == one == plain[row["id"]]
        assert app.call("GET", f"{LIST}{row['id']}/detailed/").json == row


def test_a_parameter_that_stands_twice(app: Client) -> None:
    """The last one counts, of a list of values all; as often as it is asked, and with what was asked before."""
    for _ in range(2):
        assert ids(get(app, LIST, pk__in="1")) == [1]
        found = app.call("GET", f"{LIST}?pk__in=1&pk__in=2")
        assert set(ids(found)) == {*ids(get(app, LIST, pk__in=1)), *ids(get(app, LIST, pk__in=2))}
        assert app.call("GET", f"{LIST}?limit=1&status=none&status=waiting").status == 200
        assert app.call("GET", f"{LIST}?limit=1&status=waiting&status=none").status == 400
        assert app.call("GET", f"{LIST}?limit=1&status=waiting&status=%FF").status == 400
