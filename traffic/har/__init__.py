"""HAR 1.2 files: exchanges out of what browsers, proxies and test tools write, and a HAR out of exchanges.

Owns: the layout of HAR files, the ways in which their writers differ.
Source: HAR 1.2 (Jan Odvarko); exports of Chromium, Firefox, Safari, Playwright and Fiddler.
"""

from __future__ import annotations

from cancelkit.traffic.har.reading import HarError, Recording, read_har
from cancelkit.traffic.har.writing import har_entry, har_head, har_log

__all__ = ["HarError", "Recording", "har_entry", "har_head", "har_log", "read_har"]
