"""Which addresses are this machine's only.

Owns: the one answer to that.
Source: RFC 1122, 3.2.1.3 (127.0.0.0/8); RFC 4291, 2.5.3 (::1) and 2.5.5.2 (IPv4 in IPv6); RFC 6761, 6.3 (localhost).
"""

from __future__ import annotations

from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Whether a host, as it stands in a URL or as a client's address, is this machine and no other can be it.

    host: an address, with or without brackets and zone; or a name, of which only localhost and those below it count.
    """
    name = host.lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name.strip("[]").split("%")[0].removeprefix("::ffff:")).is_loopback
    except ValueError:
        return False
