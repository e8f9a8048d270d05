"""The version of this package, as it was installed.

Owns: `installed`.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def installed() -> str:
    """Such as "0.1.0"; "unknown" in a checkout that nothing has installed."""
    try:
        return version("cancelkit")
    except PackageNotFoundError:
        return "unknown"
