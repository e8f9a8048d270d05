"""What the mock says when it is ready: where it is and how to try it at once.

Owns: the text.
Knows nothing of: sockets, apps.
"""

from __future__ import annotations

import json

from cancelkit.fixtures.world import World
from cancelkit.mockserver.settings import Settings

_PATH = "/api/channel/{channel}/cancellation_requests/"


def base_url(address: str, port: int) -> str:
    """Return where a client on this machine finds the mock: an address that means "all of them" is none to call."""
    address = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, address)  # noqa: S104
    return f"http://{f'[{address}]' if ':' in address else address}:{port}"


def banner(url: str, settings: Settings, world: World, unknown: str, notes: tuple[str, ...] = ()) -> str:
    """Return the banner: base URL, channels, valid references, curls that work when pasted.

    unknown: the key that is refused even where any other is known.
    """
    items = {channel: _items(world, channel) for channel in world.channels}
    lines = [
        f"cancelkit mock at {url}",
        f"  docs      {url}/docs/     dashboard {url}/_mock/",
        f"  requests  {len(world.requests)} in channels {', '.join(map(str, world.channels))}",
    ]
    lines += [
        f"  channel {channel}: order items such as {', '.join(map(str, items[channel][:3]))}; "
        f"reasons such as {', '.join(map(str, _reasons(world, channel)[:3]))}"
        for channel in world.channels
        if items[channel]
    ]
    lines.append(
        "  key       "
        + ("one of those given" if settings.tokens else f"any but {unknown} (Authorization: Token <anything>)")
    )
    lines += [f"  {note}" for note in notes]
    channel = next((channel for channel in world.channels if items[channel] and _reasons(world, channel)), None)
    token = "$TOKEN" if settings.tokens else settings.example_token
    if channel is not None:
        body = {
            "order_item": items[channel][-1],
            "reason": _reasons(world, channel)[0],
            "cancellation_type": "cancel",
        }
        path = _PATH.format(channel=channel)
        lines += [
            "Try:",
            f'  curl -H "Authorization: Token {token}" "{url}{path}?limit=2"',
            f'  curl -H "Authorization: Token {token}" -H "Content-Type: application/json" '
            f"-d '{json.dumps(body)}' {url}{path}",
        ]
    return "\n".join(lines)


def _items(world: World, channel: int) -> list[int]:
    return sorted(id for id, item in world.order_items.items() if item["order"]["channel"] == channel)


def _reasons(world: World, channel: int) -> list[int]:
    return sorted(id for id, owner in world.reason_channels.items() if owner == channel)
