"""Scenarios: the requests that a test wants to find, written as a short list of recipes.

Owns: the form of a scenario (docs/workbench.md), and reading one from YAML or JSON.
Knows nothing of: how records are stored; what a recipe may say is fixtures/recipe.py's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cancelkit.fixtures.recipe import Recipe, RecipeError
from cancelkit.mockserver.state import clock
from cancelkit.spec import Contract, Schema

FORM = "cancelkit_scenario"
TOP = frozenset({FORM, "start", "scope", "now", "requests", "records"})
MOST = 100_000
_AGO = re.compile(r"(?:(\d{1,6})|an?|one|last)\s+(second|minute|hour|day|week|month|year)s?(\s+ago)?")
_UNITS = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
    "month": timedelta(days=30),
    "year": timedelta(days=365),
}


class ScenarioError(ValueError):
    """A scenario that can't be used; the message names the place in it."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """empty: the requests that are there go first. now: freeze the clock there, or None."""

    empty: bool
    now: datetime | None
    recipes: tuple[Recipe, ...]


def from_file(path: Path, contract: Contract, now: datetime) -> Scenario:
    """Read a scenario from a YAML (or JSON) file.

    Raises:
        ScenarioError: the file can't be read, or something in it makes no sense.
    """
    import yaml

    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{path} can't be read: {getattr(error, 'strerror', None) or error}") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise ScenarioError(f"{path}{where}: is not YAML: {getattr(error, 'problem', error)}") from error
    except RecursionError as error:
        raise ScenarioError(f"{path}: is nested too deeply") from error
    try:
        return read(data, contract, now)
    except ScenarioError as error:
        raise ScenarioError(f"{path}: {error}") from error


def read(data: object, contract: Contract, now: datetime) -> Scenario:
    """Read a scenario from plain data; times such as "2 days ago" count back from `now`, or from its own `now`.

    Raises:
        ScenarioError: naming the place.
    """
    try:
        data = _readable(data, "")
    except RecursionError as error:
        raise ScenarioError("is nested too deeply, or holds itself") from error
    if isinstance(data, list):
        data = {"requests": data}
    if not isinstance(data, dict):
        raise ScenarioError("a scenario is a list of recipes, or an object with `requests`")
    names = _scope_names(contract)
    known = TOP | set(names)
    if unknown := [key for key in data if key not in known]:
        raise ScenarioError(f"the scenario: unknown key {unknown[0]!r}; known are {', '.join(sorted(known))}")
    if data.get(FORM, 1) != 1:
        raise ScenarioError(f"{FORM} must be 1")
    start = data.get("start", "default")
    if start not in ("default", "empty"):
        raise ScenarioError("start must be `default` (keep the data that is there) or `empty`")
    frozen = _time(data["now"], now, "now") if data.get("now") is not None else None
    listed = "records" if "records" in data else "requests"
    requests = data.get(listed, [])
    if not isinstance(requests, list):
        raise ScenarioError(f"{listed} must be a list of recipes")
    shared = {name: _part(data[name], schema, name) for name, schema in names.items() if data.get(name) is not None}
    if data.get("scope") is not None:
        shared["scope"] = _whole(data["scope"], "scope")
    recipes = tuple(
        _recipe(line, f"{listed}[{index}]", contract, frozen or now, shared) for index, line in enumerate(requests)
    )
    if sum(recipe.count for recipe in recipes) > MOST:
        raise ScenarioError(f"a scenario makes at most {MOST} requests; use --size or --data for more")
    return Scenario(start == "empty", frozen, recipes)


def _readable(value: object, place: str) -> object:
    """The value with what JSON escapes as two halves put together, as YAML leaves them apart."""
    if isinstance(value, str) and not value.isascii():
        try:
            return value.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError as error:
            shown = value.encode("ascii", "backslashreplace").decode()[:100]
            where = place.removeprefix(".") or "the scenario"
            raise ScenarioError(f'{where}: "{shown}" holds half of a surrogate pair, which is no character') from error
    if isinstance(value, list):
        return [_readable(inner, f"{place}[{index}]") for index, inner in enumerate(value)]
    if isinstance(value, dict):
        return {_readable(name, place): _readable(inner, f"{place}.{name}") for name, inner in value.items()}
    return value


def _scope_names(contract: Contract) -> dict[str, Schema]:
    """What the scope's parameters are called here, with their schemas: channel for channel_id."""
    return {parameter.name.removesuffix("_id"): parameter.schema for parameter in contract.resource.scope}


def _part(value: object, schema: Schema, place: str) -> object:
    if schema.get("type") == "integer" and type(value) is not int:
        raise ScenarioError(f"{place} must be an integer")
    if schema.get("type", "string") == "string" and not isinstance(value, str):
        raise ScenarioError(f"{place} must be a text")
    return value


def _whole(value: object, place: str) -> tuple[Any, ...]:
    if isinstance(value, dict):
        raise ScenarioError(f"{place} must be a value, or a list of the scope's values")
    return tuple(value) if isinstance(value, list | tuple) else (value,)


def _recipe(line: object, place: str, contract: Contract, now: datetime, shared: Mapping[str, Any]) -> Recipe:
    if not isinstance(line, dict):
        raise ScenarioError(f"{place} must be an object such as {{count: 3}}")
    count = line.get("count", 1)
    if type(count) is not int or not 0 <= count <= MOST:
        raise ScenarioError(f"{place}.count must be an integer from 0 to {MOST}")
    given: dict[str, Any] = {str(name): value for name, value in line.items()}
    for name in ("created", "modified"):
        if given.get(name) is not None:
            given[name] = _time(given[name], now, f"{place}.{name}")
    names = _scope_names(contract)
    own = {n: _part(given[n], schema, f"{place}.{n}") for n, schema in names.items() if given.get(n) is not None}
    if given.get("scope") is not None:
        own["scope"] = _whole(given["scope"], f"{place}.scope")
    given = {name: value for name, value in given.items() if name not in (*names, "scope")}
    try:
        return Recipe(contract, **{**given, **(own or shared)})
    except RecipeError as error:
        raise ScenarioError(f"{place}.{error}") from error


def _time(value: object, now: datetime, place: str) -> datetime:
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    if isinstance(value, str):
        text = " ".join(value.lower().split())
        if text in ("now", "today"):
            return now
        if text == "yesterday":
            return now - _UNITS["day"]
        ago = _AGO.fullmatch(text)
        if ago and (ago[3] or text.startswith("last ")):
            try:
                return now - int(ago[1] or 1) * _UNITS[ago[2]]
            except OverflowError as error:
                raise ScenarioError(f"{place}: {value!r} is too long ago") from error
    try:
        return clock.moment(str(value) if hasattr(value, "isoformat") else value)
    except clock.ClockError as error:
        raise ScenarioError(
            f"{place}: {value!r} is not a time; write 2025-03-01T12:00:00Z, `3 days ago` or `last week`"
        ) from error
