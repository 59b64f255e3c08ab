"""A question to a provider's server: sent with a key, asked again where that may help, and never sent on elsewhere."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable
from email.message import Message
from typing import IO, NamedTuple

ATTEMPTS = 4
TIMEOUT_S = 60.0
_LATER = frozenset({408, 409, 429, 500, 502, 503, 504})


class Answer(NamedTuple):
    """What came back; without data, why."""

    data: bytes | None
    reason: str = ""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the key, and what was asked, to whatever place it names."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> None:
        del req, fp, code, msg, headers, newurl


def ask(place: str, key: str, body: bytes, sleep: Callable[[float], None]) -> Answer:
    """Post the JSON `body`. Never raises for what a network or a server may do."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    opener = urllib.request.build_opener(_NoRedirects)
    reason = ""
    for attempt in range(ATTEMPTS):
        if attempt:
            sleep(0.5 * 2**attempt)
        try:
            request = urllib.request.Request(place, body, headers)  # noqa: S310  # the user's own setting
            with opener.open(request, timeout=TIMEOUT_S) as answer:
                return Answer(answer.read())
        except urllib.error.HTTPError as error:
            reason = f"status {error.code}"
            if error.code not in _LATER:
                break
        except (OSError, ValueError) as error:  # ValueError: the setting names no address
            reason = str(getattr(error, "reason", error))
    return Answer(None, reason)
