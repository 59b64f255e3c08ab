"""One line of a Codex rollout, read in a single pass: only the fields that the frequent records need become objects.

What is large and says nothing (encrypted reasoning, snapshots, replaced histories, instructions) is skipped by the
decoder itself. Fields are typed `object` on purpose: a field of an unexpected type must not cost the line.
"""

from __future__ import annotations

import msgspec

from codex_loop.sources.fields import Body, as_body, text
from codex_loop.sources.lines import BadLine, parse


class Payload(msgspec.Struct):
    """The frequent fields of all payloads, in the order in which Codex writes them."""

    type: str = ""
    role: object = None
    turn_id: object = None
    id: object = None
    content: object = None
    summary: object = None
    message: object = None
    text: object = None
    kind: object = None
    images: object = None
    local_images: object = None
    item: object = None
    status: object = None
    name: object = None
    namespace: object = None
    arguments: object = None
    input: object = None
    call_id: object = None
    output: object = None
    phase: object = None
    action: object = None
    cwd: object = None
    approval_policy: object = None
    sandbox_policy: object = None
    model: object = None
    effort: object = None
    collaboration_mode: object = None
    internal_chat_message_metadata_passthrough: object = None


class Envelope(msgspec.Struct):
    timestamp: str | None = None
    type: str = ""
    payload: Payload | None = None


class Lazy(msgspec.Struct):
    """The same line again, with all of its payload: for the rare records."""

    payload: object = None


_envelope: msgspec.json.Decoder[Envelope] = msgspec.json.Decoder(Envelope)
_lazy: msgspec.json.Decoder[Lazy] = msgspec.json.Decoder(Lazy)
_object: msgspec.json.Decoder[dict[str, object]] = msgspec.json.Decoder(dict[str, object])


def read(line: bytes) -> Envelope:
    """The envelope of a line; raises BadLine when the line is no JSON object."""
    try:
        return _envelope.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _lenient(parse(_object, line))


def whole(line: bytes) -> dict[str, object]:
    """The line as it is; raises BadLine."""
    return parse(_object, line)


def payload_of(line: bytes) -> Body:
    """All fields of the payload of a line that `read` accepted."""
    try:
        return as_body(_lazy.decode(line).payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return as_body(parse(_object, line).get("payload"))


def item(of: Body) -> Payload:
    """A response item that came without an envelope."""
    return msgspec.convert({**of, "type": text(of, "type") or ""}, Payload)


def _lenient(of: dict[str, object]) -> Envelope:
    payload = of.get("payload")
    inner = item(payload) if isinstance(payload, dict) else None
    return Envelope(text(of, "timestamp"), text(of, "type") or "", inner)


__all__ = ["BadLine", "Envelope", "Payload", "item", "payload_of", "read", "whole"]
