"""What a Containerfile says, and a folder of files as an image builder would be sent it.

Owns: reading instructions (with continued lines, build arguments left as they are), the patterns of .containerignore.
Knows nothing of: building. Source: Containerfile(5), containerignore(5).
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from tests.clients.running import ROOT


@dataclass
class Stage:
    """From one FROM to the next. said: the arguments of every instruction, in their order, by its name."""

    base: str
    said: dict[str, list[str]] = field(default_factory=dict)

    def last(self, name: str) -> str:
        return self.said[name][-1]

    def words(self, name: str) -> list[str]:
        """The JSON form of an instruction's command; what stands before it, such as options, is left out."""
        text = self.last(name)
        found: list[str] = json.loads(text[text.index("[") :])
        return found


def stages(text: str) -> list[Stage]:
    joined = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#")).replace("\\\n", " ")
    found: list[Stage] = []
    for line in filter(str.strip, joined.splitlines()):
        name, _, argument = line.strip().partition(" ")
        if name == "FROM":
            found.append(Stage(argument))
        elif found:
            found[-1].said.setdefault(name, []).append(argument.strip())
    return found


def sent(folder: Path) -> None:
    """Copy what .containerignore lets through: it names what is wanted, after a `*` that takes everything away."""
    lines = (ROOT / ".containerignore").read_text(encoding="utf-8").splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]
    assert patterns[0] == "*"
    ignore = shutil.ignore_patterns(*(line.removeprefix("**/") for line in patterns[1:] if not line.startswith("!")))
    for line in patterns:
        source = ROOT / line[1:]
        if line.startswith("!") and source.is_dir():
            shutil.copytree(source, folder / line[1:], symlinks=True, ignore=ignore)
        elif line.startswith("!") and source.is_file():
            shutil.copy(source, folder)
