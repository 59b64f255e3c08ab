"""How Claude Code transcripts become files: subagents, forks, proxies, replays, and damage."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from benchmarks.corpus import claude_lines as spell
from benchmarks.corpus.claude_lines import Version
from benchmarks.corpus.claude_sessions import Transcript
from benchmarks.corpus.codex_families import File, Making
from benchmarks.corpus.draw import token, uuid4
from benchmarks.corpus.truth import SessionTruth


def _open(make: Making, version: Version, later_ms: int = 0, *, fork_of: Transcript | None = None) -> Transcript:
    session = uuid4(make.rng)
    kind, parent, family = "root", None, None
    if fork_of:
        kind, parent, family = "fork", fork_of.place.session.decode(), fork_of.truth.family
    truth = make.ledger.session("claude", session.decode(), kind=kind, family=family, parent=parent)
    return Transcript(version, truth, make.pools, make.rng, make.started_ms + later_ms, session=session)


def _file(run: Transcript, torn: bytes = b"") -> File:
    name = f"projects/-home-dev-{run.project.decode()}/{run.place.session.decode()}.jsonl"
    return File("claude", name, b"".join(run.lines) + torn)


def plain(make: Making, version: Version) -> Iterator[File]:
    run = _open(make, version)
    run.start()
    run.run_until(make.size)
    run.close(run.truth.tokens)
    yield _file(run)


def proxied(make: Making, version: Version) -> Iterator[File]:
    """Another vendor's model behind a gateway: no request ids at all."""
    run = _open(make, version)
    run.asks, run.model = False, b"glm-4.6"
    run.start()
    run.run_until(make.size)
    yield _file(run)


def torn(make: Making, version: Version) -> Iterator[File]:
    """The writer is in the middle of a line of a message that is already known."""
    run = _open(make, version)
    run.start()
    run.run_until(make.size)
    run.user(b'"and what about the other one?"')
    yield _file(run, torn=run.lines.pop()[:-30])


def with_subagent(make: Making, version: Version) -> Iterator[File]:
    """The parent delegates; where the subagent is written depends on the version."""
    parent = _open(make, version)
    parent.start()
    parent.run_until(make.size // 2)
    if version.subagents == "inline":
        _inline(make, parent)
    else:
        yield _beside(make, parent)
    parent.run_until(make.size)
    yield _file(parent)


def _inline(make: Making, parent: Transcript) -> None:
    """1.0: sidechain lines stand in the parent's file, without an agent id."""
    blank = SessionTruth("claude", "subagent", "")
    run = Transcript(
        parent.version, blank, make.pools, make.rng, parent.time.ms, session=parent.place.session, sidechain=True
    )
    run.place = run.place._replace(cwd=parent.place.cwd)
    run.prompt()
    key = f"{parent.place.session.decode()}/{run.leaf.decode()}"
    run.truth = make.ledger.session(
        "claude", key, kind="subagent", family=parent.truth.family, parent=parent.place.session.decode()
    )
    for _ in range(6):
        run.respond()
    run.answer()
    for line in run.lines:
        parent.keep(line)
    parent.time.ms = run.time.ms
    parent.delegate(b"", run)


def _beside(make: Making, parent: Transcript) -> File:
    """2.x: the subagent has its own file; early 2.x puts it flat beside the sessions."""
    agent, session = token(make.rng, 28 if parent.version.subagents == "nested" else 32), parent.place.session.decode()
    truth = make.ledger.session(
        "claude", f"{session}/{agent.decode()}", kind="subagent", family=parent.truth.family, parent=session
    )
    run = Transcript(
        parent.version,
        truth,
        make.pools,
        make.rng,
        parent.time.ms,
        session=parent.place.session,
        agent=agent,
        sidechain=True,
    )
    run.project, run.place = parent.project, run.place._replace(cwd=parent.place.cwd)
    run.prompt()
    while run.bytes < make.size // 2:
        run.respond()
    run.answer()
    parent.time.ms = run.time.ms
    parent.delegate(agent, run)
    folder = f"projects/-home-dev-{parent.project.decode()}"
    if parent.version.subagents == "nested":
        folder += f"/{session}/subagents"
    return File("claude", f"{folder}/agent-{agent.decode()}.jsonl", b"".join(run.lines))


def session_fork(make: Making, version: Version) -> Iterator[File]:
    """`--fork-session`: the history is copied with its ids and times, under a new session id."""
    parent = _open(make, version)
    parent.start()
    parent.run_until(make.size)
    yield _file(parent)
    copied = parent.turn_ends[len(parent.turn_ends) // 2]
    child = _open(make, version, parent.time.ms - make.started_ms + 3_600_000, fork_of=parent)
    child.project, child.place = parent.project, child.place._replace(cwd=parent.place.cwd)
    child.keep(spell.queued(child.place.session, child.time.stamp))
    for line in parent.lines[:copied]:
        child.keep(line.replace(parent.place.session, child.place.session))
    child.leaf, child.last, child.context = parent.leaf, parent.last, parent.context
    child.run_until(child.bytes + make.size // 2)
    yield _file(child)


def _overwrite(line: bytes, field: bytes, value: bytes) -> bytes:
    """The same line with another value of the same length in a field of the envelope."""
    start = line.rindex(field) + len(field)
    return line[:start] + value + line[start + len(value) :]


def replayed(make: Making, version: Version) -> Iterator[File]:
    """A side conversation repeats parent messages under new request ids; only the originals count."""
    parent = _open(make, version)
    parent.start()
    parent.run_until(make.size)
    side = parent.place._replace(sidechain=True)
    for line in [line for line in parent.lines if b'"stop_reason":"tool_use"' in line][:5]:
        copy = line.replace(b'"isSidechain":false', b'"isSidechain":true', 1)
        copy = _overwrite(copy, b'"requestId":"', b"req_09%b" % token(make.rng))
        parent.keep(_overwrite(copy, b'"uuid":"', uuid4(make.rng)))
    parent.keep(spell.user(side, parent.leaf, uuid4(make.rng), parent.time.stamp, b'"by the way"'))
    yield _file(parent)


Family = Callable[[Making, Version], Iterator[File]]

UNDISPUTED: tuple[Family, ...] = (with_subagent, session_fork)
DISPUTED: tuple[Family, ...] = (proxied, torn, replayed)
