"""`python -m cancelkit`: the same as the command."""

from __future__ import annotations

from cancelkit.command import main

main(prog_name="cancelkit")
