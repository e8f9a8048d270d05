"""Taking no more connections without resetting those that wait to be accepted, as closing a listening socket does.

Owns: the filter that has Linux drop requests for new connections; their senders ask again a second later, when they are
    refused. Elsewhere, and for sockets that are no TCP, nothing is done.
Source: socket(7), SO_ATTACH_FILTER; linux/filter.h; RFC 9293, 3.1, "Control bits".
"""

from __future__ import annotations

import ctypes
import socket
import struct
import sys
from contextlib import suppress

_ATTACH = 26
_SYN = (
    (0x30, 0, 0, 13),  # load the byte of the TCP header that holds the control bits
    (0x54, 0, 0, 0x12),  # of these SYN and ACK
    (0x15, 0, 1, 0x02),  # SYN alone:
    (0x06, 0, 0, 0),  # drop it
    (0x06, 0, 0, 0xFFFFFFFF),  # all else passes
)


def close_door(listener: socket.socket) -> None:
    """Have no more connections come to a listening socket."""
    if sys.platform == "linux" and listener.family != socket.AF_UNIX:
        program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in _SYN))
        with suppress(OSError):
            listener.setsockopt(socket.SOL_SOCKET, _ATTACH, struct.pack("HP", len(_SYN), ctypes.addressof(program)))
