"""One list of the contract: what can be asked of it, and its pages as plain data.

Owns: Listing (the names of its parameters), Page, reading one.
Source: x-paging, x-filter and x-ordering of the parameters; x-behaviours page-envelope.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.errors import Inconclusive
from cancelkit.contract_tests.observing.names import short
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract, Filter, Operation, Parameter, Role

Query = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """A page as answered: the ids of its rows, [] where it is no page; `is_page` says whether it is one."""

    status: int
    ids: Sequence[Any] = ()
    count: Any = None
    next: Any = None
    previous: Any = None
    url: str = ""
    rows: Sequence[Any] = field(default=(), repr=False)
    is_page: bool = True
    answer: Answer | None = field(default=None, repr=False, compare=False)

    @property
    def torn(self) -> str:
        """What does not agree within a page that has room for all that is found; "" where all does."""
        whole = self.status == 200 and self.next is None and isinstance(self.count, int)
        return f"counts {self.count} and shows {len(self.rows)}" if whole and self.count != len(self.rows) else ""


@dataclass(frozen=True, slots=True)
class Listing:
    """A list operation.

    ids: the parameter that takes several ids. limit, page: those of paging. None where it lacks one.
    fields: of the page's envelope, such as count and next.
    """

    operation: Operation
    id_field: str
    ids: str | None
    limit: str | None
    page: str | None
    fields: frozenset[str]

    @property
    def name(self) -> str:
        """As it stands in rule ids."""
        return short(self.operation)

    @property
    def path(self) -> str:
        return self.operation.path

    @property
    def pages(self) -> bool:
        """Whether pages of any size can be asked for by number."""
        return bool(self.limit and self.page)

    @property
    def absolute(self) -> bool:
        """Whether next and previous are absolute URLs: format uri says so; any text may be a relative one."""
        schema = self.operation.success.schema or {}
        return any(schema.get("properties", {}).get(name, {}).get("format") == "uri" for name in ("next", "previous"))

    @property
    def judged(self) -> Iterator[tuple[str, Parameter, Filter]]:
        """The filters that rules may depend on: not those whose very being is left open."""
        yield from self._filters(open=False)

    @property
    def open(self) -> Iterator[tuple[str, Parameter, Filter]]:
        """The filters that a list may have or not."""
        yield from self._filters(open=True)

    def _filters(self, *, open: bool) -> Iterator[tuple[str, Parameter, Filter]]:
        for parameter in self.operation.parameters:
            itself_open = parameter.fact.open is not None and parameter.fact.open != parameter.schema.get("x-open")
            if parameter.filter is not None and itself_open is open:
                yield parameter.name, parameter, parameter.filter

    def exact(self, field: str) -> str | None:
        """The filter that compares this field of a record, as it stands; None where there is none."""
        found = (n for n, _, f in self.judged if f.path == (field,) and f.lookup == "exact" and not f.transform)
        return next(found, None)

    def query(self, ids: Collection[Any] | None = None, *, limit: Any = None, page: Any = None, **more: Any) -> Query:
        """A query in this list's own parameter names; what it has no parameter for is left out."""
        asked = {self.ids: None if ids is None else list(ids), self.limit: limit, self.page: page}
        return {**{name: value for name, value in asked.items() if name and value is not None}, **more}

    def ask(self, context: Context, query: Any = None, scope: Any = None, **how: Any) -> Page:
        """Ask for a page."""
        return self.read(context.call(self.operation, scope=scope, query=query, **how))

    def read(self, answer: Answer) -> Page:
        """The page that an answer holds."""
        body = answer.json if isinstance(answer.json, Mapping) else {}
        found = body.get("results")
        fine, rows = isinstance(found, list), found if isinstance(found, list) else ()
        ids = [row.get(self.id_field) for row in rows if isinstance(row, Mapping)]
        envelope = {name: body.get(name) for name in ("count", "next", "previous")}
        return Page(answer.status, ids, url=answer.url, rows=rows, is_page=fine, answer=answer, **envelope)


def listings(contract: Contract) -> list[Listing]:
    """The lists of the contract, in the file's order."""
    found = []
    for operation in contract.operations.values():
        if operation.role in (Role.LIST, Role.LIST_DETAILED):
            id_field = contract.resource.id_field
            ids = ids_parameter(operation, id_field)
            paging, schema = operation.paging, operation.success.schema or {}
            fields = frozenset(schema.get("properties", {}))
            found.append(Listing(operation, id_field, ids, paging.get("limit"), paging.get("page"), fields))
    return found


def ids_parameter(operation: Operation, id_field: str) -> str | None:
    """The parameter of a list that takes several ids, if it has one."""
    found = (name for name, rule in operation.filters.items() if rule.path == (id_field,) and rule.lookup == "in")
    return next(found, None)


def listing(contract: Contract, role: Role = Role.LIST) -> Listing | None:
    """The list with this role; None where the contract has none."""
    return next((found for found in listings(contract) if found.operation.role is role), None)


def key(name: str) -> str:
    """A parameter's name as it stands in rule ids."""
    return name.replace("__", "-")


def count(context: Context, listing: Listing, scope: Any = None, **filters: str) -> int:
    """How many rows the whole list counts, or of it what filters find.

    Raises:
        Inconclusive: it does not say.
    """
    page = listing.ask(context, listing.query(limit=1, **filters), scope)
    if not isinstance(page.count, int):
        raise Inconclusive(f"{listing.name} has no count: {page.status}")
    return page.count
