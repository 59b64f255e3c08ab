"""Claude Code over its control protocol: `get_usage`. No prompt is sent, no model is called, no session is kept."""

from __future__ import annotations

import msgspec

from codex_loop.agents.place import Place
from codex_loop.agents.processes import Child
from codex_loop.sources.claude.usage_control import answered, refused
from codex_loop.sources.fields import Body, as_body, body, text
from codex_loop.sources.samples.event import Reading

REQUEST = "codex-loop-usage"
ALONE = ("--no-session-persistence", "--strict-mcp-config", "--settings", '{"disableAllHooks":true}')
"""No transcript is left, and neither the user's servers nor hooks are started by being asked."""

_any: msgspec.json.Decoder[object] = msgspec.json.Decoder()


def ask(place: Place, until_s: float) -> Reading:
    """The limits as the control request tells them. Raise NotSaid when it does not, CannotStart."""
    command = [*place.command, "-p", "--input-format", "stream-json", "--output-format", "stream-json", "--verbose"]
    with Child([*command, *ALONE], environ=place.environ, cwd=place.folder, talks=True) as child:
        request = {"type": "control_request", "request_id": REQUEST, "request": {"subtype": "get_usage"}}
        child.say(msgspec.json.encode(request) + b"\n")
        # Its input stays open until the answer is there: an end of input is an end of the talk.
        while (raw := child.line(until_s)) is not None:
            response = _response(raw)
            if response:
                return _read(response)
        raise child.unanswered(until_s)


def _response(raw: bytes) -> Body:
    try:
        line = as_body(_any.decode(raw))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    response = body(line, "response")
    ours = text(line, "type") == "control_response" and text(response, "request_id") == REQUEST
    return response if ours else {}


def _read(response: Body) -> Reading:
    if text(response, "subtype") != "success":
        raise refused(response.get("error"))
    return answered(response.get("response"))
