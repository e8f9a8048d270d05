"""Connexion's plain mock: its AsyncApp and MockResolver over our contract, as its documentation shows.

    python benchmarks/serving/stock.py PORT SPEC.json

Owns: nothing but the start; the spec's examples are what it answers.
Knows nothing of: our mock.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Any

import uvicorn
from connexion import AsyncApp
from connexion.mock import MockResolver


def any_key(key: str) -> dict[str, Any]:
    """Let every key in, as our mock does by default."""
    return {"sub": key}


def main(port: str, spec: str) -> None:
    """Serve on the loopback until stopped."""
    logging.disable(logging.INFO)
    app = AsyncApp(__name__, specification_dir=Path(spec).parent)
    app.add_api(Path(spec).name, resolver=MockResolver(mock_all=True))
    uvicorn.run(
        app, host="127.0.0.1", port=int(port), loop="uvloop", http="httptools", access_log=False, log_level="warning"
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
