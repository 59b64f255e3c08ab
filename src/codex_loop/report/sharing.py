"""Text that may leave this machine: without secrets, and without the name of whose home it was."""

from __future__ import annotations

import re

from codex_loop.redaction import redact
from codex_loop.report import words

_HOME = re.compile(r"(?<![\w.~-])(?:/home/|/Users/|/var/home/|[A-Za-z]:[\\/]+Users[\\/]+)[^/\\\s:\"'`<>|]+")
_ACCOUNT = re.compile(r"(?<=://)[^/@\s]+@")
_LAST_NAME = re.compile(r"[^/\\:]+?(?=(?:\.git)?[/\\]*$)")


def shareable(text: str) -> str:
    """The text on one line, redacted once more, with `~` for home folders."""
    return _HOME.sub("~", _ACCOUNT.sub("", redact(words.visible(text)).text))


def project(address: str | None) -> str | None:
    """What a repository or a folder is called; its address and the folders above it stay here."""
    found = None if address is None else _LAST_NAME.search(address)
    return None if found is None else shareable(found.group())
