"""The records of a server, read page by page.

Owns: which lists are read, in which scopes, and how far. It sends GET alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import httpx

from cancelkit.contract_tests.configuration.settings import Settings
from cancelkit.contract_tests.context.cleanup import address
from cancelkit.contract_tests.context.discovery import page_shown
from cancelkit.contract_tests.context.ground import Scope
from cancelkit.contract_tests.context.walking import PAGE, page_query
from cancelkit.contract_tests.engine.preflight import probe
from cancelkit.contract_tests.errors import Cause, CouldNotRun, Inconclusive
from cancelkit.contract_tests.target.client import Target
from cancelkit.contract_tests.target.ledger import Ledger
from cancelkit.contract_tests.target.obstacles import unreachable
from cancelkit.fixtures.seen import Harvest
from cancelkit.spec import Contract, Operation, Role
from cancelkit.traffic.shown import rows_of

OWNER = "data"
Told = Callable[[int], None]


def walk(
    settings: Settings,
    contract: Contract,
    most: int,
    told: Told = lambda records: None,
    *,
    transport: httpx.BaseTransport | None = None,
) -> Harvest:
    """The records of the scopes that the settings name, `most` of them at most, with all that answers open.

    Args:
        told: is called with the number of records so far.
        transport: in place of the network, for tests.
    Raises:
        CouldNotRun: the target can't be used, or lists nothing.
    """
    target = Target(replace(settings, read_only=True), contract, Ledger(), transport=transport)
    try:
        ground = probe(target, "")
        walker = _Walker(target, most, told)
        for scope in (ground.scope, ground.other_scope):
            if scope is not None:
                walker.scope(scope)
        return walker.harvest
    except Inconclusive as error:
        raise unreachable(settings, error) from error
    finally:
        target.close()


class _Walker:
    """Reads one scope after the other."""

    def __init__(self, target: Target, most: int, told: Told) -> None:
        self._target, self._most, self._told = target, most, told
        self._resource = target.contract.resource
        self.harvest = Harvest(target.contract)
        self._calls = 0

    def scope(self, scope: Scope) -> None:
        """Read the detailed list, which opens most; the plain one where it has more, or is the only one."""
        contract = self._target.contract
        detailed, plain = contract.role(Role.LIST_DETAILED), contract.role(Role.LIST)
        lists = [one for one in (detailed, plain) if one is not None]
        if not lists:
            raise CouldNotRun(Cause.OPTIONS, "--data: the contract has no list, so there are no records to read.")
        ids = self._list(lists[0], scope)
        shown = {name for id in ids for name in self.harvest.records[id].base}
        if detailed and plain and ids and set(self._resource.fields) - shown:
            self._list(plain, scope, set(ids))
        single = contract.role(Role.RETRIEVE_DETAILED)
        if detailed is None and single is not None:
            for id in ids:
                path = address(self._target, single, tuple(map(str, scope)), str(self.harvest.records[id].id))
                self._learn(scope, self._target.exchange("GET", path, owner=OWNER).json)

    def _list(self, operation: Operation, scope: Scope, wanted: set[str] | None = None) -> list[str]:
        """Read a list as far as the bound allows; return the ids of its records.

        Args:
            wanted: the only records that matter.
        """
        found: dict[str, None] = {}
        for rows in self._pages(operation, scope):
            new = [name for name, _ in rows_of(rows, self._resource.id_field, self._resource.numbered)]
            known = {name for name in new if name in found}
            room = self._most - len(self.harvest.records) if wanted is None else len(new)
            kept = [name for name in new if name in wanted] if wanted is not None else new[: max(room, 0)]
            self._learn(scope, rows, set(kept))
            found |= dict.fromkeys(kept)
            if len(kept) < len(new) or len(known) == len(new) or (wanted is not None and wanted <= set(found)):
                break
        return list(found)

    def _pages(self, operation: Operation, scope: Scope) -> Iterator[Any]:
        """The JSON of each page, to the last one."""
        path, number, seen = address(self._target, operation, tuple(map(str, scope))), 1, 0
        while True:
            query = page_query(operation, min(PAGE, self._most), number if "page" in operation.paging else None)
            answer = self._target.exchange("GET", path, query=query, owner=OWNER)
            page = page_shown(answer) if answer.status == 200 else None
            if page is None and (number == 1 or answer.status != 404):
                raise CouldNotRun(
                    Cause.OPTIONS, f"--data: page {number} of {operation.id} is answered {answer.status}, and is none."
                )
            if page is None or not page.rows:
                return
            yield answer.json if isinstance(answer.json, dict) else {"results": answer.json}
            seen += len(page.rows)
            if seen >= page.count or "page" not in operation.paging:
                return
            number += 1

    def _learn(self, scope: Scope, answer: Any, wanted: set[str] | None = None) -> None:
        self._calls += 1
        for name, row in rows_of(answer, self._resource.id_field, self._resource.numbered):
            if wanted is None or name in wanted:
                self.harvest.learn(name, scope, row, float(self._calls))
        self._told(len(self.harvest.records))
