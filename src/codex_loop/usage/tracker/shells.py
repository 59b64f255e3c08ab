"""The short commands as functions of a shell: os oe ox od od1 od2, as ae ax ad, zs ze zx zd, occ, acm."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

Shell = Literal["bash", "zsh", "fish"]

_LETTERS = {"o": "codex", "a": "claude", "z": "glm"}
_ACTIONS = {"s": "start", "e": "end", "x": "cross"}
_INGEST = {"occ": "codex-ccusage", "acm": "claude-monitor"}
_SCOPES = ("session", "daily", "weekly", "monthly")


def script(shell: Shell) -> str:
    """What a shell has to read once: `eval "$(tracker aliases --shell bash)"`, `tracker aliases --shell fish | source`.

    They are functions and not aliases, so that they work in scripts and pipes, and hide programs of the same name
    (`as`, `od`) only in the shell that asked for them.
    """
    lines = _fish() if shell == "fish" else _posix()
    return "\n".join(lines) + "\n"


def _deletions() -> Iterator[tuple[str, str]]:
    for letter, provider in _LETTERS.items():
        yield f"{letter}d", f"tracker alias delete {provider}"
    for index in (1, 2):
        yield f"od{index}", f"tracker alias delete codex --phase after --index {index}"


def _pastes() -> Iterator[tuple[str, str]]:
    for letter, provider in _LETTERS.items():
        for short, action in _ACTIONS.items():
            yield f"{letter}{short}", f"tracker alias {action} {provider}"


def _posix() -> Iterator[str]:
    names = [name for name, _ in (*_pastes(), *_deletions())] + list(_INGEST)
    yield f"unalias {' '.join(names)} 2>/dev/null || true"
    yield "_tracker_paste() {"
    yield "  local word"
    yield '  for word in "$@"; do'
    yield '    case "$word" in --file|--file=*|--stdin|--run|--help|-h) tracker "$@"; return;; esac'
    yield "  done"
    yield '  tracker "$@" --stdin'
    yield "}"
    for name, words in _pastes():
        yield f'function {name} {{ _tracker_paste {words.removeprefix("tracker ")} "$@"; }}'
    for name, words in _deletions():
        yield f'function {name} {{ {words} "$@"; }}'
    yield "function occ {"
    yield "  local scope=session"
    yield f'  case "${{1:-}}" in {"|".join(_SCOPES)}) scope="$1"; shift;; esac'
    yield '  _tracker_paste ingest codex-ccusage --scope "$scope" "$@"'
    yield "}"
    yield 'function acm { _tracker_paste ingest claude-monitor "$@"; }'


def _fish() -> Iterator[str]:
    yield "function _tracker_paste"
    yield "  if string match -q -r -- '^(--file(=.*)?|--stdin|--run|--help|-h)$' $argv"
    yield "    tracker $argv"
    yield "  else"
    yield "    tracker $argv --stdin"
    yield "  end"
    yield "end"
    for name, words in _pastes():
        yield f"function {name}; _tracker_paste {words.removeprefix('tracker ')} $argv; end"
    for name, words in _deletions():
        yield f"function {name}; {words} $argv; end"
    yield "function occ"
    yield "  set -l scope session"
    yield f'  if contains -- "$argv[1]" {" ".join(_SCOPES)}'
    yield "    set scope $argv[1]"
    yield "    set -e argv[1]"
    yield "  end"
    yield "  _tracker_paste ingest codex-ccusage --scope $scope $argv"
    yield "end"
    yield "function acm; _tracker_paste ingest claude-monitor $argv; end"
