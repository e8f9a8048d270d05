"""Which names mean a secret: of headers, parameters and fields.

Owns: the words.
"""

from __future__ import annotations

import re
from typing import Final

SECRET: Final = re.compile(
    r"auth(?!enticate$)|token|secret|passw|api-?_?key|cookie|csrf|xsrf|signature|mock-control", re.I
)
"""Names of headers, parameters and fields whose values must not be shown."""
SHORTEST: Final = 6
"""A secret shorter than this is not looked for elsewhere: it would be found in every other word."""
