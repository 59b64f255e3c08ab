"""A session as a task writer needs it: what was asked, what was run, which files were changed, each with its line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Protocol

import msgspec

from codex_loop.model import records as r
from codex_loop.tasks.distill.whole_files import Whole, snapshot, whole_files


class Line(Protocol):
    """A line of a session, wherever it was read from: the archive or a bundle."""

    @property
    def seq(self) -> int: ...

    @property
    def data(self) -> bytes: ...

    @property
    def records(self) -> tuple[r.AnyRecord, ...]: ...

    @property
    def inherited(self) -> bool: ...


class Prompt(msgspec.Struct, frozen=True):
    """What a person typed."""

    seq: int
    turn: str | None
    text: str


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A command and how it ended."""

    seq: int
    ended: int
    """Where its result stands; its own line when it has none."""
    call_id: str
    command: str
    cwd: str | None
    exit_code: int | None
    status: str
    output: str
    duration_ms: int | None


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was changed, as far as the session tells it."""

    seq: int
    path: str
    kind: str
    moved_to: str | None
    diff: str | None
    whole: Whole


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """Where and by what a session was made; None is not recorded."""

    agent: str
    native_id: str
    version: str | None = None
    started_ms: int | None = None
    cwd: str | None = None
    commit: str | None = None
    branch: str | None = None
    url: str | None = None


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """One session, in order."""

    facts: Facts
    prompts: tuple[Prompt, ...]
    runs: tuple[Run, ...]
    changes: tuple[Change, ...]
    last_seq: int
    snapshots: tuple[tuple[int, str], ...] = ()
    """Lines, and the commit that holds the whole work tree as it was then."""
    times: dict[int, int]
    """When each dated line was written."""

    def time_at(self, seq: int) -> int | None:
        """When this line was written, or the nearest dated one before it."""
        return next((self.times[at] for at in range(seq, 0, -1) if at in self.times), self.facts.started_ms)


def story(agent: str, native_id: str, lines: Sequence[Line]) -> Story:
    """What these lines tell; copies of another session's lines tell of that one and are left out."""
    own = [line for line in lines if not line.inherited]
    times = {line.seq: line.records[-1].time_ms for line in lines if line.records}
    return Story(
        facts=_facts(agent, native_id, own),
        prompts=tuple(_prompts(own)),
        runs=tuple(_runs(own)),
        changes=tuple(_changes(agent, own)),
        last_seq=lines[-1].seq if lines else 0,
        snapshots=tuple((line.seq, commit) for line in own if (commit := snapshot(agent, line.data)) is not None),
        times={seq: time_ms for seq, time_ms in times.items() if time_ms is not None},
    )


def _facts(agent: str, native_id: str, lines: Iterable[Line]) -> Facts:
    """The first that is told of each: where a session began is where its first prompt found the files."""
    known: dict[str, object] = {}
    for line in lines:
        for record in line.records:
            if isinstance(record, r.SessionStarted):
                said = {
                    "version": record.agent_version, "started_ms": record.started_ms, "cwd": record.cwd,
                    "commit": record.git_commit, "branch": record.git_branch, "url": record.git_url,
                }  # fmt: skip
                known = {name: value for name, value in said.items() if value is not None} | known
            elif isinstance(record, r.TurnStarted) and record.cwd is not None:
                known.setdefault("cwd", record.cwd)
    return msgspec.convert({"agent": agent, "native_id": native_id, **known}, Facts)


def _prompts(lines: Iterable[Line]) -> Iterable[Prompt]:
    """Some versions tell a prompt twice, as a message and as an event: nothing happens in between."""
    last: Prompt | None = None
    for line in lines:
        for record in line.records:
            if isinstance(record, r.UserMessage) and record.author == "human":
                if last is not None and last.text == record.text:
                    continue
                last = Prompt(line.seq, record.turn, record.text)
                yield last
            elif isinstance(record, r.ToolCall | r.AgentMessage):
                last = None


class _Result(msgspec.Struct):
    ended: int = 0
    exit_code: int | None = None
    status: str = "unknown"
    output: str = ""
    duration_ms: int | None = None

    def learn(self, seq: int, result: r.ToolResult) -> None:
        """A result may be told twice, and a program that goes on is asked again."""
        self.ended = max(self.ended, seq)
        if result.status != "unknown" and (self.exit_code is None or result.exit_code is not None):
            self.status = result.status
        self.exit_code = result.exit_code if result.exit_code is not None else self.exit_code
        self.duration_ms = result.duration_ms if self.duration_ms is None else self.duration_ms
        if len(result.output) > len(self.output):
            self.output = result.output


def _runs(lines: Sequence[Line]) -> Iterable[Run]:
    results: dict[str, _Result] = defaultdict(_Result)
    for line in lines:
        for record in line.records:
            if isinstance(record, r.ToolResult):
                results[record.call_id].learn(line.seq, record)
    for line in lines:
        for record in line.records:
            if isinstance(record, r.ToolCall) and record.command and _is_shell(record.name):
                result = results.get(record.call_id, _Result())
                yield Run(
                    seq=line.seq,
                    ended=max(result.ended, line.seq),
                    call_id=record.call_id,
                    command=record.command,
                    cwd=record.cwd,
                    exit_code=result.exit_code,
                    status=result.status,
                    output=result.output,
                    duration_ms=result.duration_ms,
                )


def _is_shell(name: str) -> bool:
    return name.lower() in ("exec_command", "shell", "shell_command", "local_shell", "bash", "powershell", "user_shell")


def _changes(agent: str, lines: Sequence[Line]) -> Iterable[Change]:
    scripts = {
        record.call_id: record.arguments
        for line in lines
        for record in line.records
        if isinstance(record, r.ToolCall) and "*** Begin Patch" in record.arguments
    }
    for line in lines:
        told = [record for record in line.records if isinstance(record, r.FileChange) and record.ok is not False]
        whole = whole_files(agent, line.data) if told else {}
        for record in told:
            yield Change(
                seq=line.seq,
                path=record.path,
                kind=record.change,
                moved_to=record.moved_to,
                diff=record.diff if record.diff is not None else _from_script(scripts, record),
                whole=whole.get(record.path, Whole()),
            )


def _from_script(scripts: dict[str, str], record: r.FileChange) -> str | None:
    """The hunks of a patch too long for the records: the call holds all of it."""
    script = scripts.get(record.call_id or "")
    if script is None or record.change == "delete":
        return None
    script = script.replace("\\n", "\n") if "\n*** " not in script else script
    for section in script.split("\n*** ")[1:]:
        head, _, hunks = section.partition("\n")
        verb, _, path = head.partition(": ")
        if verb in ("Add File", "Update File") and path.strip() and record.path.endswith(path.strip()):
            return hunks + "\n"
    return None
