"""What every test may count on, however the run was started.

Owns: Ctrl-C reaching the programs that tests start: a shell's background job hands them a deaf ear for it.
"""

from __future__ import annotations

import signal

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
