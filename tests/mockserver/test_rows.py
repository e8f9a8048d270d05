"""The rows of a store beside a plain list: whatever is written, the same rows are found, in the same order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from cancelkit.fixtures.worldfile.reading import WorldFile
from cancelkit.fixtures.worldfile.writing import Packed
from cancelkit.mockserver.base.building import BaseWriter
from cancelkit.mockserver.state import bits, stored
from cancelkit.mockserver.state import block as block_module
from cancelkit.mockserver.state import rows as module
from cancelkit.mockserver.state.conditions import Among, Between, Condition, Equal
from cancelkit.mockserver.state.index import Index
from cancelkit.mockserver.state.layout import Row
from cancelkit.mockserver.state.rows import Rows
from cancelkit.mockserver.state.stored import BaseRecords, StoredBlock, written
from cancelkit.spec import load

SCOPES, VALUES = st.sampled_from([4, 5]), st.sampled_from([None, 0, 1, 2, 2.5, -7, 10**30, True])
TEXTS = st.sampled_from([None, "", "a", "b", "é", "ß"])
MIXED = st.one_of(VALUES, TEXTS)


class Form:
    """Rows of one scope parameter, two searchable columns and one of numbers and texts together."""

    def __init__(self, *, numbered: bool) -> None:
        self.numbered, self.scopes = numbered, 1
        self.id_place = 0 if numbered else 4
        self.first = 4 if numbered else 5
        self.width = self.first + 3

    def row(self, number: int, scope: int, values: tuple[Any, ...]) -> Row:
        keys = () if self.numbered else (f"id-{number}",)
        return (number, b"%d" % number, None, scope, *keys, *values)

    def weight(self, doc: bytes, extras: bytes | None) -> int:
        return len(doc)


def conditions(form: Form) -> st.SearchStrategy[list[Condition]]:
    """Up to three, over any columns."""
    first = form.first
    bound = st.booleans()
    one = st.one_of(
        st.builds(Equal, st.just(3), SCOPES),
        st.builds(Equal, st.just(first), VALUES.filter(lambda value: value is not None)),
        st.builds(Equal, st.just(first + 2), MIXED.filter(lambda value: value is not None)),
        st.builds(Among, st.just(first + 1), st.frozensets(TEXTS.filter(lambda text: text is not None))),
        st.builds(Among, st.just(0), st.frozensets(st.integers(-1, 60))),
        st.builds(Between, st.sampled_from([0, first]), VALUES, bound, VALUES, bound),
        st.builds(Between, st.sampled_from([first + 1, first + 2]), TEXTS, bound, TEXTS, bound),
    )
    return st.lists(one, max_size=3)


class Machine(RuleBasedStateMachine):
    """Writes of every kind, and copies that must not notice each other."""

    stores = Bundle("stores")
    numbered = True

    def __init__(self) -> None:
        super().__init__()
        self.form = Form(numbered=self.numbered)
        self.models: dict[int, tuple[Rows, dict[int, Row]]] = {}

    @initialize(target=stores, size=st.integers(0, 40), data=st.data())
    def start(self, size: int, data: st.DataObject) -> int:
        model = {}
        for number in range(1, 2 * size, 2):
            model[number] = self._row(data, number)
        rows = Rows(self.form)  # type: ignore[arg-type]
        self.fill(rows, model)
        rows.share()
        return self._known(rows, model)

    def fill(self, rows: Rows, model: dict[int, Row]) -> None:
        rows.replace(model.values())

    @rule(target=stores, store=stores)
    def copy(self, store: int) -> int:
        rows, model = self.models[store]
        return self._known(rows.copy(), dict(model))

    @rule(store=stores, count=st.integers(1, 12), data=st.data())
    def add(self, store: int, count: int, data: st.DataObject) -> None:
        rows, model = self.models[store]
        for _ in range(count):
            number = rows.next
            model[number] = self._row(data, number)
            rows.put(model[number])

    @rule(store=stores, number=st.integers(-2, 90), data=st.data())
    def put(self, store: int, number: int, data: st.DataObject) -> None:
        rows, model = self.models[store]
        model[number] = self._row(data, number)
        rows.put(model[number])

    @rule(store=stores, number=st.integers(-2, 90))
    def remove(self, store: int, number: int) -> None:
        rows, model = self.models[store]
        model.pop(number, None)
        rows.remove(number)

    @rule(store=stores, data=st.data(), skip=st.integers(0, 5), most=st.none() | st.integers(0, 5), down=st.booleans())
    def search(self, store: int, data: st.DataObject, skip: int, most: int | None, down: bool) -> None:
        rows, model = self.models[store]
        wanted = data.draw(conditions(self.form))
        fitting = [model[n] for n in sorted(model) if all(c.holds(model[n][c.place]) for c in wanted)]
        found = rows.select(wanted)
        stop = None if most is None else skip + most
        place = data.draw(st.integers(self.form.first, self.form.width - 1))
        ordered = sorted(fitting, key=lambda row: _rank(row[place]), reverse=down)

        assert found.total == len(fitting)
        assert _numbers(found.rows(skip, most)) == _numbers(fitting[skip:stop])
        assert _numbers(found.ordered(place, descending=down, skip=skip, most=most)) == _numbers(ordered[skip:stop])

    @invariant()
    def all_are_there(self) -> None:
        for rows, model in self.models.values():
            whole = [model[number] for number in sorted(model)]
            assert [row for part in rows._parts for row in part.rows()] + [*rows._newest.values()] == whole
            assert [row[: self.form.first] for row in rows] == [row[: self.form.first] for row in whole]
            assert len(rows) == len(model)
            for number in range(-3, 92):
                id: Any = number if self.form.numbered else f"id-{number}"
                expected = [(number, b"%d" % number)] if number in model else []
                assert [row[:2] for row in rows.with_id(id)] == expected

    def _row(self, data: st.DataObject, number: int) -> Row:
        return self.form.row(number, data.draw(SCOPES), (data.draw(VALUES), data.draw(TEXTS), data.draw(MIXED)))

    def _known(self, rows: Rows, model: dict[int, Row]) -> int:
        self.models[len(self.models)] = rows, model
        return len(self.models) - 1


class TextMachine(Machine):
    """The same where the id is not the number."""

    numbered = False


class StoredMachine(Machine):
    """The same where the first records stay in a file, and values are read from there one by one."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()

    def fill(self, rows: Rows, model: dict[int, Row]) -> None:
        path, first = Path(self.folder.name) / "base", self.form.first
        writer = BaseWriter(path, load(), [(4,), (5,)], 1)
        records = [(row[0], None if self.numbered else row[4], row[3] - 4, row[2], row[1]) for row in model.values()]
        writer.prepare()
        writer.add(Packed(records, {}))
        for place in range(3, self.form.width):
            index = Index.of([row[place] for row in model.values()])
            writer.index(written(place, index, ordered=place == first))
        writer.finish()
        self.file = WorldFile(path, fixed=True)
        rows.start(StoredBlock(rows.layout, BaseRecords(self.file)))

    def teardown(self) -> None:
        self.file.close()
        self.folder.cleanup()


class StoredTextMachine(StoredMachine):
    numbered = False


@pytest.mark.parametrize("machine", [Machine, TextMachine, StoredMachine, StoredTextMachine])
def test_the_same_rows_as_a_plain_list_has(machine: type[Machine], monkeypatch: pytest.MonkeyPatch) -> None:
    """With blocks so small that they are made, put together and made anew all the time."""
    for name, value in (("_NEWEST", 4), ("_GROWTH", 3), ("_LARGE", 40), ("_CHANGED", 4)):
        monkeypatch.setattr(module, name, value)
    monkeypatch.setattr(stored, "_IN_MEMORY", 2)
    run = machine.TestCase
    run.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
    run().runTest()


@given(st.sets(st.integers(0, 9000)), st.integers(0, 50), st.none() | st.integers(0, 50))
def test_members_of_a_set(positions: set[int], skip: int, most: int | None) -> None:
    """All, or a window of them, also beyond the first few thousand."""
    found = bits.of(positions, 9001)
    expected = sorted(positions)[skip : None if most is None else skip + most]

    assert list(bits.members(found, skip, most)) == expected
    assert found.bit_count() == len(positions)


def test_a_block_keeps_the_sets_of_few_conditions(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was asked before is found again, whether or not it is still kept."""
    monkeypatch.setattr(block_module, "_KEPT", 8)
    form = Form(numbered=True)
    block = block_module.Block(form, [form.row(n, 4, (n % 50, None, None)) for n in range(300)])  # type: ignore[arg-type]
    for value in (*range(50), *range(50), 49, 49):
        found = block.bits([Equal(3, 4), Equal(form.first, value)])
        assert list(bits.members(found)) == list(range(value, 300, 50))

    assert len(block._fitting) <= 8


@pytest.mark.parametrize("distinct", [1, 2, 255, 256, 70_000])
def test_an_index_of_many_different_values(distinct: int) -> None:
    """Codes of one, two and three bytes."""
    column = [None if n % 7 == 0 else n % distinct for n in range(140_000)]
    index = Index.of(column)
    checks: list[tuple[Condition, Callable[[int], bool]]] = [
        (Equal(0, distinct // 2), lambda value: value == distinct // 2),
        (Between(0, low=distinct // 3, low_open=True), lambda value: value > distinct // 3),
        (Between(0, high=distinct // 3), lambda value: value <= distinct // 3),
    ]
    for condition, holds in checks:
        expected = [n for n, value in enumerate(column) if value is not None and holds(value)]
        assert list(bits.members(index.bits(condition))) == expected


def _numbers(rows: Any) -> list[int]:
    return [row[0] for row in rows]


def _rank(value: Any) -> tuple[int, Any]:
    return (0, 0) if value is None else (2, value) if isinstance(value, str) else (1, value)
