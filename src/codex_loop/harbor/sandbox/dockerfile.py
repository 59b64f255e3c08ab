"""A Dockerfile as the list of what it does. What is not understood is refused: skipped, it would change the task."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from typing import NamedTuple

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_VARIABLE = re.compile(r"\\\$|\$(?:\{([A-Za-z_]\w*)(?::([-+])([^}]*))?\}|([A-Za-z_]\w*))")
_WITHOUT_EFFECT = frozenset({"LABEL", "EXPOSE", "MAINTAINER", "STOPSIGNAL", "CMD", "HEALTHCHECK", "USER"})
"""What a command in the sandbox cannot tell apart; it has one user and no start of its own."""
_FLAGS_WITHOUT_EFFECT = ("--chown", "--link")
_HEREDOC = re.compile(r"<<-?[\"']?\w+")


class NotUnderstood(Exception):
    """The Dockerfile asks for something that cannot be done here; the message says what, and on which line."""


class Run(NamedTuple):
    """A shell command."""

    command: str
    folder: str
    variables: Mapping[str, str]


class Copy(NamedTuple):
    """Files of the task's folder into the sandbox."""

    sources: tuple[str, ...]
    target: str
    """Absolute; ends with `/` when it must be a folder."""
    mode: str | None
    unpacks: bool
    """ADD: an archive is unpacked."""


class Workdir(NamedTuple):
    """A folder that exists from here on."""

    folder: str


Step = Run | Copy | Workdir


class Recipe(NamedTuple):
    """What a Dockerfile does, and what holds afterwards."""

    steps: tuple[Step, ...]
    folder: str
    variables: Mapping[str, str]
    """Those of ENV."""


def read(text: str) -> Recipe:
    """The recipe; raise NotUnderstood."""
    builder = _Builder()
    for number, keyword, rest in _instructions(text):
        try:
            builder.take(keyword, rest)
        except ValueError as error:
            raise NotUnderstood(f"line {number} of the Dockerfile, {keyword}: {error}") from error
    return Recipe(tuple(builder.steps), builder.folder, dict(builder.variables))


class _Builder:
    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.folder = "/"
        self.variables: dict[str, str] = {}
        self._arguments: dict[str, str] = {}
        self._stages = 0

    def take(self, keyword: str, rest: str) -> None:
        if keyword in _WITHOUT_EFFECT:
            return
        method = {
            "FROM": self._from,
            "ARG": self._arg,
            "ENV": self._env,
            "WORKDIR": self._workdir,
            "RUN": self._run,
            "COPY": self._copy,
            "ADD": self._add,
            "SHELL": self._shell,
            "VOLUME": self._volume,
        }.get(keyword)
        if method is None:
            raise ValueError("this instruction cannot be done without docker")
        method(rest)

    def _from(self, _: str) -> None:
        self._stages += 1
        if self._stages > 1:
            raise ValueError("several stages cannot be built without docker")

    def _arg(self, rest: str) -> None:
        for word in _words(rest):
            name, separator, value = word.partition("=")
            if separator:
                self._arguments[name] = self._filled(value)

    def _env(self, rest: str) -> None:
        first, _, after = rest.partition(" ")
        if "=" not in first:
            pairs = [(first, after.strip())]
        else:
            pairs = [(name, value) for word in _words(rest) for name, _, value in [word.partition("=")]]
        filled = {name: self._filled(value) for name, value in pairs}
        if wrong := [name for name in filled if not _NAME.fullmatch(name)]:
            raise ValueError(f"{wrong[0]!r} is no name of a variable")
        self.variables.update(filled)

    def _workdir(self, rest: str) -> None:
        self.folder = self._absolute(self._filled(_words(rest)[0] if rest else ""))
        self.steps.append(Workdir(self.folder))

    def _volume(self, rest: str) -> None:
        for folder in _listed(rest) or _words(rest):
            self.steps.append(Workdir(self._absolute(self._filled(folder))))

    def _run(self, rest: str) -> None:
        if rest.startswith("--"):
            raise ValueError(f"the option {rest.split(maxsplit=1)[0].split('=', maxsplit=1)[0]} needs docker")
        if _HEREDOC.search(rest) and "\n" not in rest:
            raise ValueError("a here-document needs docker; write the command on one line")
        listed = _listed(rest)
        command = shlex.join(listed) if listed else rest
        self.steps.append(Run(command, self.folder, {**self._arguments, **self.variables}))

    def _copy(self, rest: str) -> None:
        self._bring(rest, unpacks=False)

    def _add(self, rest: str) -> None:
        self._bring(rest, unpacks=True)

    def _bring(self, rest: str, *, unpacks: bool) -> None:
        mode = None
        while rest.startswith("--"):
            flag, _, rest = rest.partition(" ")
            name, _, value = flag.partition("=")
            rest = rest.strip()
            if name == "--chmod":
                mode = self._filled(value)
            elif name not in _FLAGS_WITHOUT_EFFECT:
                raise ValueError(f"the option {name} needs docker")
        words = [self._filled(word) for word in _listed(rest) or _words(rest)]
        if len(words) < 2:
            raise ValueError("it names no source or no target")
        *sources, target = words
        if any("://" in source or source.startswith(("<<", "git@")) for source in sources):
            raise ValueError("only files of the task's own folder are brought in")
        self.steps.append(Copy(tuple(sources), self._target(target, len(sources)), mode, unpacks))

    def _target(self, text: str, sources: int) -> str:
        folder = text.endswith("/") or text in (".", "..") or sources > 1
        return self._absolute(text).rstrip("/") + ("/" if folder else "")

    def _shell(self, rest: str) -> None:
        if (_listed(rest) or [""])[0] not in ("/bin/sh", "/bin/bash", "sh", "bash"):
            raise ValueError("only sh and bash are there")

    def _absolute(self, text: str) -> str:
        if not text:
            raise ValueError("it names no folder")
        joined = text if text.startswith("/") else f"{self.folder}/{text}"
        parts: list[str] = []
        for part in joined.split("/"):
            if part == "..":
                parts = parts[:-1]
            elif part not in ("", "."):
                parts.append(part)
        return "/" + "/".join(parts)

    def _filled(self, text: str) -> str:
        known = {**self._arguments, **self.variables}

        def value(found: re.Match[str]) -> str:
            if found.group() == "\\$":
                return "$"
            given = known.get(found.group(1) or found.group(4), "")
            if found.group(2) == "-":
                return given or found.group(3)
            if found.group(2) == "+":
                return found.group(3) if given else ""
            return given

        return _VARIABLE.sub(value, text)


def _instructions(text: str) -> Iterator[tuple[int, str, str]]:
    """Line number, keyword and the rest of every instruction, continued lines joined."""
    pending, started = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if stripped.startswith("#"):
            if not pending and re.match(r"#\s*escape\s*=\s*[^\\]", stripped):
                raise NotUnderstood(f"line {number} of the Dockerfile: another escape character needs docker")
            continue
        if not stripped:
            continue
        started = started or number
        if stripped.endswith("\\"):
            pending += f"{line.rstrip()[:-1]} " if pending else f"{stripped[:-1]} "
            continue
        keyword, _, rest = f"{pending}{stripped}".strip().partition(" ")
        yield started, keyword.upper(), rest.strip()
        pending, started = "", 0
    if pending.strip():
        keyword, _, rest = pending.strip().partition(" ")
        yield started, keyword.upper(), rest.strip()


def _listed(text: str) -> list[str] | None:
    """The words of the JSON form; None: it is the shell form."""
    if not text.startswith("["):
        return None
    try:
        words = json.loads(text)
    except ValueError:
        return None
    return words if isinstance(words, list) and all(isinstance(word, str) for word in words) else None


def _words(text: str) -> list[str]:
    # Quotes go, a backslash before a dollar sign stays for `_filled` to see.
    return shlex.split(text.replace("\\$", "\\\\$"))
