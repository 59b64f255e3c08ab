"""Does the instruction ask for what the tests want? A name that only tests and solution know cannot be guessed."""

from __future__ import annotations

import re

from codex_loop.tasks.gate import solution
from codex_loop.tasks.gate.check import Check, joined, passed, some, warned
from codex_loop.tasks.gate.folder import Written, files, gold, is_text, members

_NAME = re.compile(r"[^\W\d]\w{3,}")
_QUOTED = re.compile(r"\"([^\"\n\\]{4,80})\"|'([^'\n\\]{4,80})'")


def look(task: Written) -> Check:
    """Names and literals that hidden tests and solution share, and that nothing the agent can read mentions."""
    added = "\n".join(line for each in solution.changes(gold(task.path) or "") for line in each.added)
    wanted = _mentioned(added) & _mentioned(_hidden(task))
    asked = task.instruction.lower()
    unknown = {each for each in wanted if each.lower() not in asked} - _words(asked)
    for member in members(task.path):
        if not unknown:
            break
        if member.kind == "file" and is_text(member.data):
            text = member.data.decode("utf-8", "replace").lower()
            unknown = {each for each in unknown if each.lower() not in text}
    if unknown:
        detail = f"the tests want {joined(unknown)}, which neither instruction nor base tree mentions (underspecified)"
        return warned("specification", detail, names=some(unknown), count=len(unknown))
    return passed("specification", "every name that the tests want is in the instruction or the base tree", names=[])


def _hidden(task: Written) -> str:
    texts = (place.read_bytes() for place in files(task.path, "tests/hidden"))
    return "\n".join(data.decode("utf-8", "replace") for data in texts if is_text(data))


def _mentioned(text: str) -> set[str]:
    return set(_NAME.findall(text)) | {one or two for one, two in _QUOTED.findall(text)}


def _words(instruction: str) -> set[str]:
    """Names as prose spells them: `retry after` for `retry_after`."""
    words = re.findall(r"\w+", instruction)
    return {"_".join(words[at : at + size]) for size in (2, 3) for at in range(len(words))}
