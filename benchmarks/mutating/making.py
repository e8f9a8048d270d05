"""The mutants of a Python file: those of Cosmic Ray's operators, and three kinds that declarative code needs.

Owns: Mutant, `mutants`.
Knows nothing of: what the code does, and how a mutant is judged.

Cosmic Ray changes what computes: operators, numbers, conditions. Much of a Django API is said instead, in arguments of
fields, in lists of fields and in sets of states; so an argument is left out, an element is left out, a statement is
left out. mutmut runs unit tests within its own process and can't judge a server; Cosmic Ray runs any command, but
changes the files of the checkout in place, one at a time. So its operators are used through its API here, on copies.
"""

from __future__ import annotations

import ast
import difflib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

PREFIX = "core/"
GROUPS = ("ReplaceBinaryOperator", "ReplaceComparisonOperator", "ReplaceUnaryOperator")
LEFT_OUT = frozenset({"NoOp", "VariableInserter", "VariableReplacer"})
"""One changes nothing; the others want to be told names."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of one file.

    operator: what kind of change. line: the first that it changes. before, after: the lines that differ.
    source: the whole changed file.
    """

    file: str
    operator: str
    line: int
    before: str
    after: str
    number: int
    source: str

    @property
    def key(self) -> str:
        """The same as long as the changed lines are, and as many equal ones stand before them."""
        parts = (self.file, self.operator, self.before, self.after, str(self.number))
        return sha256("\0".join(parts).encode()).hexdigest()[:12]


def mutants(file: str, source: str) -> list[Mutant]:
    """Every mutant of a file's source, each text once."""
    found: list[Mutant] = []
    seen, alike = {source}, Counter[tuple[str, str, str]]()
    for operator, changed in (*_computing(source), *_saying(source)):
        if changed in seen:
            continue
        seen.add(changed)
        line, before, after = _difference(source, changed)
        alike[operator, before, after] += 1
        found.append(Mutant(file, operator, line, before, after, alike[operator, before, after], changed))
    return found


def _difference(source: str, changed: str) -> tuple[int, str, str]:
    old, new = source.splitlines(), changed.splitlines()
    blocks = [b for b in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes() if b[0] != "equal"]
    first, last = blocks[0], blocks[-1]
    before, after = old[first[1] : last[2]], new[first[3] : last[4]]
    return first[1] + 1, "\n".join(map(str.strip, before)), "\n".join(map(str.strip, after))


def _computing(source: str) -> Iterator[tuple[str, str]]:
    """(operator, changed source) of Cosmic Ray."""
    nodes = list(ast_nodes(get_ast(source)))
    for full in sorted(operator_names()):
        name = full.removeprefix(PREFIX)
        if name in LEFT_OUT:
            continue
        operator = get_operator(full)()
        group = next((group for group in GROUPS if name.startswith(group)), name)
        for number in range(sum(len(list(operator.mutation_positions(node))) for node in nodes)):
            if changed := mutate_code(source, operator, number):
                yield group, changed


def _saying(source: str) -> Iterator[tuple[str, str]]:
    """(operator, changed source) where an argument, an element or a statement is left out."""
    text = source.encode()
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))

    def part(node: ast.expr | ast.keyword | ast.stmt) -> str:
        return ast.get_source_segment(source, node) or ""

    def replaced(node: ast.expr | ast.stmt, new: str) -> str:
        end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or 0
        start, end = starts[node.lineno - 1] + node.col_offset, starts[end_line - 1] + end_column
        return (text[:start] + new.encode() + text[end:]).decode()

    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            given = [*node.args, *node.keywords]
            for keyword in node.keywords:
                kept = ", ".join(part(one) for one in given if one is not keyword)
                yield "RemoveArgument", replaced(node, f"{part(node.func)}({kept})")
        elif isinstance(node, ast.List | ast.Set | ast.Dict):
            yield from (("RemoveElement", replaced(node, new)) for new in _shorter(node, part))
        elif isinstance(node, ast.ClassDef | ast.FunctionDef):
            for statement in node.body:
                if new := _without(statement):
                    yield "RemoveStatement", replaced(statement, new)


def _shorter(node: ast.List | ast.Set | ast.Dict, part: object) -> Iterator[str]:
    """The display without each of its elements in turn."""
    assert callable(part)
    if isinstance(node, ast.Dict):
        pairs = [(key, value) for key, value in zip(node.keys, node.values, strict=True)]
        whole = [f"{part(key)}: {part(value)}" if key else f"**{part(value)}" for key, value in pairs]
    else:
        whole = [part(one) for one in node.elts]
    for at in range(len(whole)):
        rest = ", ".join([*whole[:at], *whole[at + 1 :]])
        if isinstance(node, ast.List):
            yield f"[{rest}]"
        else:
            yield f"{{{rest}}}" if rest or isinstance(node, ast.Dict) else "set()"


def _without(statement: ast.stmt) -> str | None:
    """What stands in the place of a statement that is left out; None for those that are kept."""
    if isinstance(statement, ast.Expr):
        docstring = isinstance(statement.value, ast.Constant) and isinstance(statement.value.value, str)
        return None if docstring else "pass"
    if isinstance(statement, ast.Return):
        return "return None" if statement.value is not None else None
    return "pass" if isinstance(statement, ast.Assign | ast.AugAssign | ast.Raise | ast.If) else None
