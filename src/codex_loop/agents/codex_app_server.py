"""Codex's own server, asked over stdio for the limits of its account. No thread is started, no model is called."""

from __future__ import annotations

import time
from collections.abc import Mapping

import msgspec

from codex_loop import __version__
from codex_loop.agents.place import Place
from codex_loop.agents.processes import Child
from codex_loop.sources.codex.status_snapshot import account_of, answered, refused
from codex_loop.sources.fields import Body, as_body
from codex_loop.sources.samples.event import NotSaid, Reading

INITIALIZE, ACCOUNT, LIMITS = 1, 2, 3
_ACCOUNT_S = 2.0
"""How long the name of the account is waited for when its limits are already there: it may need the network."""

_any: msgspec.json.Decoder[object] = msgspec.json.Decoder()


def ask(place: Place, until_s: float) -> Reading:
    """The limits as `account/rateLimits/read` tells them. Raise NotSaid when it does not, CannotStart."""
    command = [*place.command, "app-server"]
    with Child(command, environ=place.environ, cwd=place.folder, talks=True) as child:
        talk = _Talk(child)
        client = {"name": "codex_loop", "title": "codex-loop", "version": __version__}
        talk.ask(INITIALIZE, "initialize", {"clientInfo": client})
        talk.answer(INITIALIZE, until_s)
        child.say(b'{"method":"initialized"}\n')
        talk.ask(ACCOUNT, "account/read", {"refreshToken": False})
        talk.ask(LIMITS, "account/rateLimits/read", None)
        reading = answered(talk.answer(LIMITS, until_s))
        if reading.account is None:
            reading = msgspec.structs.replace(reading, account=_account(talk, until_s))
        return reading


class _Talk:
    """Requests and their answers, which may come in any order."""

    def __init__(self, child: Child) -> None:
        self._child = child
        self._answers: dict[int, Body] = {}

    def ask(self, number: int, method: str, params: Mapping[str, object] | None) -> None:
        request = {"id": number, "method": method} if params is None else {
            "id": number, "method": method, "params": params,
        }  # fmt: skip
        self._child.say(msgspec.json.encode(request) + b"\n")

    def answer(self, number: int, until_s: float) -> object:
        """The result of one request. Raise NotSaid when it is refused, or does not come."""
        while number not in self._answers:
            raw = self._child.line(until_s)
            if raw is None:
                raise self._child.unanswered(until_s)
            answer = _decoded(raw)
            at = answer.get("id")
            if isinstance(at, int) and "method" not in answer:
                self._answers[at] = answer
        found = self._answers[number]
        if "result" not in found:
            raise refused(found.get("error"))
        return found["result"]


def _account(talk: _Talk, until_s: float) -> str | None:
    try:
        return account_of(talk.answer(ACCOUNT, min(until_s, time.monotonic() + _ACCOUNT_S)))
    except NotSaid:  # the limits are known; whose they are is not
        return None


def _decoded(raw: bytes) -> Body:
    try:
        return as_body(_any.decode(raw))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
