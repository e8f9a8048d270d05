"""/healthz and /readyz, where load balancers and orchestrators look: is the process alive, may calls come?

Owns: these paths and their answers. They need no token, tell nothing, belong to no session and are in no journal.
Knows nothing of: what makes a server ready (lifetime.py). Where the contract has such a path, it is the contract's.
"""

from __future__ import annotations

from collections.abc import Collection

from starlette.types import Scope

from cancelkit.mockserver.replies import Reply, error, json_reply

ALIVE, READY = PATHS = ("/healthz", "/readyz")


def taken(answered: Collection[str]) -> list[str]:
    """What the banner says of the paths that are the contract's own."""
    return [
        f"health    {path} is the contract's own; ask /_mock/ready instead" for path in PATHS if path not in answered
    ]


def health(scope: Scope, *, ready: bool) -> Reply:
    """The answer to a probe."""
    if scope["method"] not in ("GET", "HEAD"):
        return error(405, "This path is only read.", "method_not_allowed", {"Allow": "GET, HEAD"}).reply
    if scope["path"] == ALIVE:
        return json_reply(200, {"alive": True})
    return json_reply(200 if ready else 503, {"ready": ready})
