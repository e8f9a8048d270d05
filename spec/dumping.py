"""A document as YAML to be read by people.

Owns: the form: keys in their order, texts of several lines as blocks, no aliases, no needless quotes.
Source: YAML 1.2; what is written is read back the same by YAML 1.1 readers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

from cancelkit.spec.places import CORE


class _Dumper(yaml.SafeDumper):
    """Quotes what either version of YAML would take for something else than text."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
        return super().increase_indent(flow, False)


def _string(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text.strip("\n") else None
    if not text.replace("\n", "").isprintable():
        style = '"'  # other line breaks and control characters are kept by escapes only
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _string)
for _name, _pattern, _first in CORE:
    _Dumper.add_implicit_resolver("tag:yaml.org,2002:" + _name, re.compile(_pattern), _first)


def dump(document: Mapping[str, Any]) -> str:
    """Return `document` (JSON data) as YAML, which `read_document` reads as the same data."""
    text: str = yaml.dump(dict(document), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)
    return text
