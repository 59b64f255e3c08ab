"""A question to a provider's server: sent with a key, asked again where that may help, and never sent on elsewhere."""

from __future__ import annotations

import http.client
import re
import urllib.error
import urllib.request
from email.message import Message
from typing import IO, NamedTuple

ATTEMPTS = 4
TIMEOUT_S = 60.0
WAIT_S = 30.0
"""Nobody waits longer between two attempts, whatever the server says."""
MOST_BYTES = 64 * 1024 * 1024
"""No answer is longer; the rest of a stream without end is not waited for."""
_LOST = (OSError, http.client.HTTPException)
_WHO = re.compile(r"^(\w+://)?.*@", re.DOTALL)
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


class _Refused(Exception):
    """The server answered, but not with what was asked for."""

    def __init__(self, error: urllib.error.HTTPError) -> None:
        super().__init__(f"status {error.code}")
        self.code = error.code
        self.wait_s = _seconds(error.headers.get("Retry-After"))


class _TooLong(Exception):
    """The server does not come to an end."""


def ask(place: str, key: str, body: bytes) -> Answer:
    """Post the JSON `body`. Never raises for what a network or a server may do; no reason tells key or address."""
    key = key.strip()
    if not key or not key.isascii() or not key.isprintable():
        return Answer(None, "the key is empty, or holds characters that cannot be sent")
    # Few commands ask anybody: no other pays for this import.
    import stamina
    from stamina.instrumentation import set_on_retry_hooks

    set_on_retry_hooks([])  # whoever asks says how it went, once
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    opener = urllib.request.build_opener(_NoRedirects)
    try:
        for attempt in stamina.retry_context(_again, attempts=ATTEMPTS, timeout=None, wait_initial=0.5):
            with attempt:
                return Answer(_sent(opener, place, headers, body))
    except (_Refused, _TooLong) as refusal:
        return Answer(None, str(refusal))
    except (http.client.InvalidURL, ValueError):
        return Answer(None, "that is no address")
    except _LOST as error:
        return Answer(None, str(getattr(error, "reason", error)))
    raise AssertionError("every attempt returns or raises")


def shown(place: str) -> str:
    """The address for a message, without who is named before an `@`, perhaps with a password."""
    return _WHO.sub(r"\1", place)


def _sent(opener: urllib.request.OpenerDirector, place: str, headers: dict[str, str], body: bytes) -> bytes:
    request = urllib.request.Request(place, body, headers)  # noqa: S310  # the user's own setting
    try:
        with opener.open(request, timeout=TIMEOUT_S) as answer:
            data: bytes = answer.read(MOST_BYTES + 1)
    except urllib.error.HTTPError as error:
        with error:  # it holds the connection
            raise _Refused(error) from None
    if len(data) > MOST_BYTES:
        raise _TooLong(f"it sent more than {MOST_BYTES >> 20} MiB")
    return data


def _again(error: Exception) -> bool | float:
    """Whether to ask again, and in how many seconds if the server says so."""
    if isinstance(error, _Refused):
        return error.code in _LATER and (error.wait_s is None or error.wait_s)
    return isinstance(error, _LOST) and not isinstance(error, http.client.InvalidURL)


def _seconds(said: str | None) -> float | None:
    """A `Retry-After` of seconds; one that asks for more than anybody waits, or for a date, is none."""
    try:
        wait = float(said or "")
    except ValueError:
        return None
    return wait if 0 < wait <= WAIT_S else None
