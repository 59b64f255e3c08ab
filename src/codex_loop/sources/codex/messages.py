"""Who said what in a Codex rollout: prompts, answers and thoughts.

From 0.34 on every text stands in the file twice, as an event (later: a completed item) and as a response item, in
either order. The first of the two becomes the record, the second only confirms it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from codex_loop.model.records import AgentMessage, AnyRecord, Attachment, Author, Reasoning, UserMessage
from codex_loop.sources.codex.compaction import settled
from codex_loop.sources.codex.envelope import Payload
from codex_loop.sources.codex.interruptions import MARK, interrupted_message
from codex_loop.sources.codex.shapes import author as author_of
from codex_loop.sources.codex.state import EVENT, ITEM, Base, RolloutState, Side
from codex_loop.sources.fields import as_body, items, text

Records = Iterable[AnyRecord]

_WRAPPED = re.compile(r"\s*<([A-Za-z_][\w-]*)(?: [^<>]*)?>.*</\1>\s*", re.DOTALL)
"""Context that Codex adds is one element from beginning to end, whatever its name will be."""
_IMAGE = ("<image", "</image")
_IMAGE_TAG = re.compile(r"\s*</?image\b[^<>]*>\s*")
_HUMAN_KINDS = ("plain", "user_message")
_COMPACTED = "Compact task completed"
"""What 0.63 lets the model say after a compaction; it never did."""
_CWD = re.compile(r"<cwd>([^<]+)</cwd>|^Current working directory: (.+)$", re.MULTILINE)


def spoken(content: object) -> tuple[list[str], int]:
    """The texts of message content without the tags around images, and how many images it holds."""
    if isinstance(content, str):
        return [content], 0
    words: list[str] = []
    images = 0
    for part in content if isinstance(content, list) else ():
        said = part.get("text") if isinstance(part, dict) else None
        if not isinstance(said, str):
            images += "image" in (text(as_body(part), "type") or "")
        elif not (said.lstrip().startswith(_IMAGE) and _IMAGE_TAG.fullmatch(said)):
            words.append(said)
    return words, images


def message(state: RolloutState, at: Base, of: Payload) -> Records:
    """The response item `message`."""
    if of.role == "assistant":
        words, _ = spoken(of.content)
        yield from answer(state, at, "".join(words), ITEM, ident=_text(of.id), phase=_text(of.phase))
    elif of.role == "user":
        yield from _user_item(state, at, of)
    else:
        words, _ = spoken(of.content)
        said = "\n".join(words)
        yield Attachment(**at, name=of.role if isinstance(of.role, str) else "message", text=said, size=len(said))


def _user_item(state: RolloutState, at: Base, of: Payload) -> Records:
    words, images = spoken(of.content)
    said = "".join(words)
    who = _author(said, of)
    if who == "human":
        yield from prompt(state, at, said, ITEM, ident=_text(of.id), images=images)
        return
    if said.startswith(MARK):
        yield from interrupted_message(state, at)
    if state.cwd is None and (found := _CWD.search(said)):
        state.cwd = found[1] or found[2]
    yield UserMessage(**at, text=said, author=who, id=_text(of.id), images=images)


def _author(said: str, of: Payload) -> Author:
    """0.169 says of each part of a message where it comes from; before, only its beginning tells."""
    kinds = items(as_body(of.internal_chat_message_metadata_passthrough), "content_item_kinds")
    if any(isinstance(kind, str) and kind.startswith("user.") for kind in kinds):
        return "human"
    who = author_of(said)
    if who == "human" and (_WRAPPED.fullmatch(said) or (kinds and kinds[0] != "unknown")):
        return "injected"
    return who


def prompt(state: RolloutState, at: Base, said: str, side: Side, *, ident: str | None, images: int) -> Records:
    """What the person asked for, once."""
    if state.prompted is not None:
        state.prompted = True
    if state.already("user", said, side):
        return
    yield from settled(state, at, "auto")
    if state.prompted is None:
        state.aborted = False
    state.fresh = True
    author: Author = "injected" if state.subagent else "human"  # nobody typed what one agent tells another
    yield UserMessage(**at, text=said, author=author, id=ident, images=images)


def user_event(state: RolloutState, at: Base, of: Payload) -> Records:
    """The event `user_message`; its early versions also announced injected context, by kind."""
    said = _text(of.message) or ""
    if isinstance(of.kind, str) and of.kind not in _HUMAN_KINDS:
        return  # its response item tells it
    images = sum(len(kept) for kept in (of.images, of.local_images) if isinstance(kept, list))
    yield from prompt(state, at, said, EVENT, ident=None, images=images)


def answer(
    state: RolloutState, at: Base, said: str, side: Side, *, ident: str | None = None, phase: str | None = None
) -> Records:
    """What the model told the person, once."""
    if said and not state.already("agent", said, side):
        return (AgentMessage(**at, text=said, id=ident, phase=phase),)
    return ()


def answer_event(state: RolloutState, at: Base, of: Payload) -> Records:
    said = _text(of.message) or ""
    if said == _COMPACTED and state.compacted:
        return ()
    return answer(state, at, said, EVENT, phase=_text(of.phase))


def thought(state: RolloutState, at: Base, parts: list[str], side: Side, ident: str | None = None) -> Records:
    """The readable part of reasoning, once; a summary of several parts has an event for each of them."""
    news = [part for part in parts if part and not state.already("reasoning", part, side)]
    return (Reasoning(**at, text="\n\n".join(news), id=ident),) if news else ()


def thought_event(state: RolloutState, at: Base, of: Payload) -> Records:
    said = of.text
    if isinstance(said, str) and said and not state.already("reasoning", said, EVENT):
        return (Reasoning(**at, text=said),)
    return ()


def reasoning(state: RolloutState, at: Base, of: Payload) -> Records:
    """The response item `reasoning`; most of them hold nothing that can be read."""
    parts = spoken(of.summary)[0]
    if of.content:
        parts += spoken(of.content)[0]
    return thought(state, at, parts, ITEM, _text(of.id)) if parts else ()


def completed_prompt(state: RolloutState, at: Base, item: object) -> Records:
    """The completed item `UserMessage`."""
    of = as_body(item)
    words, images = spoken(of.get("content"))
    yield from prompt(state, at, "".join(words), EVENT, ident=text(of, "id"), images=images)


def completed_answer(state: RolloutState, at: Base, item: object) -> Records:
    of = as_body(item)
    words, _ = spoken(of.get("content"))
    yield from answer(state, at, "".join(words), EVENT, ident=text(of, "id"), phase=text(of, "phase"))


def completed_thought(state: RolloutState, at: Base, item: object) -> Records:
    of = as_body(item)
    parts = [part for name in ("summary_text", "raw_content") for part in items(of, name) if isinstance(part, str)]
    yield from thought(state, at, parts, EVENT, text(of, "id"))


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
