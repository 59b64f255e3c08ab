"""Nothing of a person leaves with a task: no secret, no home folder, no address.

Secrets are looked for in every text, the base tree included. Homes and addresses that the repository itself holds are
its own, published with it, and only counted; what a session added must have none.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from codex_loop.redaction import default_redactor
from codex_loop.tasks.gate.check import Check, failed, joined, passed, some, warned
from codex_loop.tasks.gate.folder import REPOSITORY, Written, files, is_text, members

SESSION = ("instruction.md", "task.toml", "trajectory.json")
"""What was said in a session; the rest of a task is the project's own text."""

_HOME = re.compile(r"(?:/home/|/Users/|[A-Za-z]:\\{1,2}Users\\{1,2})([A-Za-z0-9._-]+)")
_NOBODY = frozenset(
    {"agent", "app", "builder", "circleci", "developer", "node", "nobody", "public", "root", "runner", "shared"}
    | {"someone", "test", "ubuntu", "user", "username", "users", "vagrant", "vscode", "you"}
)
_MAIL = re.compile(r"[A-Za-z0-9._%+-]+@((?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,})\b")
_RESERVED = re.compile(r"(^|\.)(example|invalid|test|localhost|local)(\.(com|org|net))?$", re.IGNORECASE)
_FILE_TYPES = frozenset({"png", "jpg", "jpeg", "gif", "svg", "webp", "ico", "css", "js", "ts", "py", "md", "json"})


class _Text(NamedTuple):
    place: str
    data: bytes

    @property
    def is_session(self) -> bool:
        return self.place in SESSION

    @property
    def is_base(self) -> bool:
        return self.place.startswith(f"{REPOSITORY}:")


def look(task: Written) -> Iterator[Check]:
    """Secrets in every text of the task, then personal data."""
    rules: Counter[str] = Counter()
    perhaps = 0
    secret: set[str] = set()
    new = _Personal()
    base = _Personal()
    count = 0
    for text in _texts(task.path):
        count += 1
        for found in default_redactor().block(text.data).lines:
            for finding in found.redacted.findings:
                if finding.tier == "definite":
                    rules[finding.rule] += finding.count
                    secret.add(text.place)
                else:
                    perhaps += finding.count
        (base if text.is_base else new).add(text)
    if rules:
        kinds = [f"{rule} ×{times}" for rule, times in sorted(rules.items())]
        yield failed("secrets", f"{joined(secret)} holds {joined(rules)}", files=some(secret), found=kinds)
    else:
        unsure = f"; {perhaps} places only resemble one" if perhaps else ""
        yield passed("secrets", f"no secret in {count} texts{unsure}", texts=count, candidates=perhaps)
    yield _personal(new, base)


def _personal(new: _Personal, base: _Personal) -> Check:
    theirs = len(base.homes) + len(base.mails)
    known = f"; {theirs} that the repository itself holds are its own" if theirs else ""
    homes, mails = new.homes.keys() - base.homes.keys(), new.mails.keys() - base.mails.keys()
    said = {new.homes[each].place for each in homes if new.homes[each].is_session}
    said |= {new.mails[each].place for each in mails if new.mails[each].is_session}
    seen = {"homes": len(homes), "addresses": len(mails), "of_the_repository": theirs}
    if said:
        return failed("personal", f"{joined(said)} holds a home folder or an address of a person{known}", **seen)
    if homes or mails:
        where = {each.place for each in (*map(new.homes.get, homes), *map(new.mails.get, mails)) if each is not None}
        return warned("personal", f"{joined(where)} holds {len(homes) + len(mails)} home folders or addresses", **seen)
    return passed("personal", f"no home folder and no address of a person{known}", **seen)


class _Personal:
    """Home folders and addresses, each with the first text it stood in."""

    def __init__(self) -> None:
        self.homes: dict[str, _Text] = {}
        self.mails: dict[str, _Text] = {}

    def add(self, text: _Text) -> None:
        words = text.data.decode("utf-8", "replace")
        for home in _HOME.finditer(words):
            if home[1].lower().rstrip(".") not in _NOBODY:
                self.homes.setdefault(home[0], text)
        for mail in _MAIL.finditer(words):
            if not _is_nobody(mail[0].lower(), mail[1].lower()):
                self.mails.setdefault(mail[0].lower(), text)


def _is_nobody(address: str, domain: str) -> bool:
    """Whether it is an example, a remote, or the name of a file like `icon@2x.png`."""
    is_file = domain.rpartition(".")[2] in _FILE_TYPES
    return is_file or "noreply" in address or address.startswith("git@") or _RESERVED.search(domain) is not None


def _texts(path: Path) -> Iterator[_Text]:
    for place in files(path):
        name = place.relative_to(path).as_posix()
        if name == REPOSITORY:
            for member in members(path):
                if member.kind == "file" and is_text(member.data):
                    yield _Text(f"{REPOSITORY}:{member.path}", member.data)
        elif is_text(data := place.read_bytes()):
            yield _Text(name, data)
