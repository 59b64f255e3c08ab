"""What a user forbade and a machine can see: files that must stay as they are.

Most of what goes wrong in how an agent works leaves nothing behind. This does: "don't touch schema.sql" is broken or
kept in the files that are handed over. It is a guard beside the tests, never a check by itself: doing nothing keeps it.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Iterable, Sequence

from codex_loop.tasks.distill.ground import Ground
from codex_loop.tasks.distill.segment import Segment
from codex_loop.tasks.distill.tree import Tree
from codex_loop.tasks.distill.verifiers import is_test

PREFIX = "unchanged: "
"""Before the path, in the names of what is checked."""
_SENTENCE = re.compile(r"(?<=[.;!?])\s+|\n+")
_VERB = r"(?:touch|chang|modif|edit|alter|delet|remov|renam|rewrit|overwrit)\w*"
_NOT = r"do(?:n['\u2019]?t| not)|never|must(?:n['\u2019]?t| not)|should(?:n['\u2019]?t| not)|without|not allowed to"
_FORBIDS = re.compile(
    rf"\b(?:{_NOT})\b[^,]{{0,30}}?\b{_VERB}\s+(?P<what>[^,]+)"
    r"|\bleave\s+(?P<left>[^,]+?)\s+(?:alone|as it is|as they are|unchanged)",
    re.IGNORECASE,
)
_WORD = re.compile(r"[\w./\\-]*\w")


def forbidden(segment: Segment, ground: Ground, before: Tree, changed: Iterable[str]) -> tuple[str, ...]:
    """Files the user said must not be changed, and the solution does not change, by their paths."""
    found: set[str] = set()
    for prompt in segment.prompts:
        for sentence in _SENTENCE.split(prompt.text):
            for match in _FORBIDS.finditer(sentence):
                told = match["what"] or match["left"] or ""
                # "don't change a.py to make b.py pass" says nothing about b.py.
                named = re.split(r"\b(?:to|so|because|for|when|while|but|unless|except)\b", told)[0]
                found |= {path for word in _WORD.findall(named) if (path := _file(word, ground, before)) is not None}
    # Tests are laid over the agent's copies, whatever it made of them.
    return tuple(sorted(path for path in found - set(changed) if not is_test(path)))


def _file(word: str, ground: Ground, tree: Tree) -> str | None:
    """The file a word names: by its path, or by its name where only one is called so."""
    if "." not in word and "/" not in word:
        return None
    path = ground.relative(word) or posixpath.normpath(word)
    if path in tree:
        return path
    ending = [each for each in tree.paths() if each.endswith(f"/{path}")]
    return ending[0] if len(ending) == 1 else None


def sums(paths: Sequence[str], before: Tree) -> str:
    """What `sha256sum --check` reads: the content each of these files had."""
    rows = [(hashlib.sha256(before.read(path) or b"").hexdigest(), path) for path in paths]
    return "".join(f"{digest}  {path}\n" for digest, path in rows)
