"""From a signal, a cluster or a span of lines to draft tasks; read this first.

A draft is a proposal: its tests are candidates until the gate has run them with and without the solution. Where no
check can be had, the draft says so (`unverified`); where not even the files can be had again, there is none.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Literal

import msgspec

from codex_loop.errors import NoTask, UsageError
from codex_loop.harbor import folders
from codex_loop.store import ids, places, signals
from codex_loop.store.engine import Database
from codex_loop.store.signals import Signal
from codex_loop.tasks.bundle.recording import Recording
from codex_loop.tasks.distill import guards, states, verifiers
from codex_loop.tasks.distill import segment as segments
from codex_loop.tasks.distill.folder import Contents, Value, write
from codex_loop.tasks.distill.git import Blobs
from codex_loop.tasks.distill.ground import Ground, grounds
from codex_loop.tasks.distill.instruction import instruction, moved, slug
from codex_loop.tasks.distill.reading import Session, of_recording, of_store
from codex_loop.tasks.distill.segment import Segment
from codex_loop.tasks.distill.states import After, Before
from codex_loop.tasks.distill.story import Story
from codex_loop.tasks.distill.tree import LARGEST_BYTES
from codex_loop.tasks.distill.verifiers import Verifier, is_test

State = Literal["draft", "unverified", "none"]
_ENVIRONMENT = re.compile(r"(^|\s)\S*/(?:\.?venv|env|virtualenv|\.tox/\w+)/bin/(?=\w)")
"""The folder of programs that a project keeps for itself."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What is to become tasks: a signal, or a cluster of them; and where its repositories may be."""

    signal: str | None = None
    cluster: str | None = None
    repositories: tuple[Path, ...] = ()
    """Clones named for this request."""
    known: tuple[Path, ...] = ()
    """Clones, and folders of clones, of the settings."""
    limit: int | None = None
    """At most so many drafts that can be checked."""
    largest_bytes: int = LARGEST_BYTES


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a session as somebody named it, by lines or by turns, and what they call it."""

    first: int | None = None
    last: int | None = None
    first_turn: str | None = None
    last_turn: str | None = None
    kind: str = "friction"
    category: str | None = None
    cluster_id: str | None = None


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one moment."""

    name: str
    path: str | None
    """None: no task could be written."""
    digest: str | None
    state: State
    reason: str | None
    """Why it is not a draft that can be checked."""
    verifier: str
    gold: str | None
    """Hash of the solution; two tasks with the same one are one."""
    type: str
    category: str | None
    session_id: str
    signal_id: str | None
    cluster_id: str | None
    start_seq: int
    end_seq: int
    source_commit: str | None
    notes: tuple[str, ...] = ()


class _Moment(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a session that somebody wants as a task."""

    session_id: str
    kind: str
    category: str | None
    signal_id: str | None = None
    cluster_id: str | None = None
    lines: tuple[tuple[int, int], ...] = ()
    """Places of the evidence: file and offset."""


class _Pointer(msgspec.Struct):
    source: int
    offset: int


_pointers: msgspec.json.Decoder[list[_Pointer]] = msgspec.json.Decoder(list[_Pointer])


def distill(
    database: Database, request: Request, output: Path, *, told: Callable[[str], None] = lambda _: None
) -> tuple[Draft, ...]:
    """Draft tasks of what is asked for: one at `output` itself, those of a cluster in folders below it.

    Signals about the same part of a session give one task. Raise UsageError for an id that nothing has.
    """
    drafts: list[Draft] = []
    sessions: dict[str, Session] = {}
    seen: set[tuple[str, int, int]] = set()
    for moment in _moments(database, request):
        if request.limit is not None and sum(draft.state == "draft" for draft in drafts) >= request.limit:
            break
        session = sessions.get(moment.session_id)
        if session is None:
            session = sessions[moment.session_id] = of_store(database, places.find(database, moment.session_id))
        if not session.story.prompts:
            drafts.append(_none(moment, (0, 0), "the archive holds no prompt of a person in this session"))
            continue
        held = [session.places[place] for place in moment.lines if place in session.places]
        part = segments.around(session.story, held)
        if (moment.session_id, part.first, part.last) in seen:
            continue
        seen.add((moment.session_id, part.first, part.last))
        told(moment.session_id)
        drafting = _Drafting(session, moment, request, named=False)
        drafts.append(drafting.draft(part, output, single=request.cluster is None))
    return tuple(drafts)


def distill_span(recording: Recording, span: Span, request: Request, output: Path) -> Draft:
    """The draft of a part of a recorded session, at `output`. Raise UsageError for a span that it does not have."""
    session = of_recording(recording)
    first, last = _lines(session.story, span)
    moment = _Moment(session_id=recording.id, kind=span.kind, category=span.category, cluster_id=span.cluster_id)
    part = segments.between(session.story, first, last)
    return _Drafting(session, moment, request, named=True).draft(part, output, single=True)


def _lines(story: Story, span: Span) -> tuple[int, int]:
    first, last = span.first, span.last
    starts = {prompt.turn: prompt.seq for prompt in reversed(story.prompts) if prompt.turn is not None}
    for turn in (span.first_turn, span.last_turn):
        if turn is not None and turn not in starts:
            known = ", ".join(list(starts)[::-1][:3]) or "none"
            raise UsageError(f"the session has no turn {turn} with a prompt; its turns are {known}")
    if span.first_turn is not None:
        first = starts[span.first_turn]
    if span.last_turn is not None:
        following = [prompt.seq for prompt in story.prompts if prompt.seq > starts[span.last_turn]]
        last = following[0] - 1 if following else story.last_seq
    first, last = 1 if first is None else first, story.last_seq if last is None else last
    if not 1 <= first <= last or first > story.last_seq:
        raise UsageError(f"lines {first} to {last} are no part of the session, which has lines 1 to {story.last_seq}")
    return first, last


def _moments(database: Database, request: Request) -> Iterable[_Moment]:
    if request.signal is not None:
        found = signals.listed(database, signals.Wanted(id=request.signal))
        if len(found) != 1:
            what = "no signal is called" if not found else f"{len(found)} signals begin with"
            raise UsageError(f"{what} {request.signal}; `codex-loop signals list` shows their ids")
        yield _of_signal(found[0])
    elif request.cluster is not None:
        yield from _of_cluster(database, request.cluster)
    else:
        raise UsageError("nothing named; give --signal-id or --cluster-id, as `codex-loop signals list` shows them")


def _of_cluster(database: Database, text: str) -> Iterable[_Moment]:
    """The worst first, one session after another, so that a limit leaves variety."""
    wanted = f"cluster_{text.removeprefix('cluster_')}"
    if ids.span(wanted, "cluster_") is None:
        raise UsageError(f"{text} is no id of a cluster; `codex-loop cluster` shows them")
    every = signals.listed(database, signals.Wanted())
    members = [each for each in every if (each.cluster_id or "").startswith(wanted)]
    names = {each.cluster_id for each in members}
    if len(names) != 1:
        what = "no cluster with signals begins with" if not names else f"{len(names)} clusters begin with"
        raise UsageError(f"{what} {text}; `codex-loop cluster` shows their ids")
    turn: Counter[str] = Counter()
    ranked: list[tuple[int, float, str, Signal]] = []
    for signal in sorted(members, key=lambda each: (-each.severity, each.id)):
        if signal.session_id is not None:
            turn[signal.session_id] += 1
            ranked.append((turn[signal.session_id], -signal.severity, signal.id, signal))
    for *_, signal in sorted(ranked, key=lambda each: each[:3]):
        yield _of_signal(signal)


def _of_signal(signal: Signal) -> _Moment:
    if signal.session_id is None:
        raise UsageError(
            f"{signal.id} is about several sessions at once; distill its cluster, or a signal of one session"
        )
    return _Moment(
        session_id=signal.session_id,
        kind=signal.type,
        category=signal.category_now,
        signal_id=signal.id,
        cluster_id=signal.cluster_id,
        lines=tuple((each.source, each.offset) for each in _pointers.decode(bytes(signal.evidence))),
    )


def _none(moment: _Moment, span: tuple[int, int], reason: str | None, name: str = "") -> Draft:
    return Draft(
        name=name,
        path=None,
        digest=None,
        state="none",
        reason=reason,
        verifier="missing",
        gold=None,
        type=moment.kind,
        category=moment.category,
        session_id=moment.session_id,
        signal_id=moment.signal_id,
        cluster_id=moment.cluster_id,
        start_seq=span[0],
        end_seq=span[1],
        source_commit=None,
    )


class _Drafting:
    """One moment on its way to a task."""

    def __init__(self, session: Session, moment: _Moment, request: Request, *, named: bool) -> None:
        self.session, self.tale, self.moment, self.request = session, session.story, moment, request
        self.named = named
        """Somebody named the lines: they are neither more nor less."""

    def draft(self, part: Segment, output: Path, *, single: bool) -> Draft:
        name = slug(part.prompts[0].text, f"{self.moment.session_id}#{part.first}")
        folder, wrong = output if single else output / name, ""
        try:
            for place in grounds(self.tale, self.request.repositories, self.request.known):
                with Blobs(place.repository) as blobs:
                    try:
                        start = states.before(
                            self.tale, place, blobs, part.first, part.last, self.request.largest_bytes
                        )
                    except NoTask as reason:
                        wrong = wrong or str(reason)
                        continue
                    return self._write(part, place, start, name, folder)
        except NoTask as reason:
            wrong = wrong or str(reason)
        return _none(self.moment, (part.first, part.last), wrong, name)

    def _write(self, part: Segment, place: Ground, start: Before, name: str, folder: Path) -> Draft:
        part, end, verifier = self._checked(part, place, start)
        text = instruction(part, place, seeded=False)
        seed = self.session.context(part.first) if text.edited else None
        if seed is not None:
            seed = moved(seed.decode(), place).encode()
            text = instruction(part, place, seeded=True)
        verifier = _in_sandbox(_only_if_solved(verifier, start, end), place)
        guarded: tuple[str, ...] = ()
        if verifier.kind != "missing":
            guarded = guards.forbidden(part, place, start.tree, end.tree.differing(start.tree))
            kept = (*verifier.pass_to_pass, *(f"{guards.PREFIX}{path}" for path in guarded))
            verifier = msgspec.structs.replace(verifier, pass_to_pass=kept)
        facts = self._facts(part, start, end, verifier, edited=text.edited, left_out=text.left_out)
        after = None if end.lost else end.tree
        made = write(folder, Contents(name, text, verifier, start.tree, after, seed, guarded, facts))
        return msgspec.structs.replace(
            _none(self.moment, (part.first, part.last), None, name),
            path=str(folder),
            digest=folders.digest(folder),
            state="unverified" if verifier.kind == "missing" else "draft",
            reason=verifier.reason,
            verifier=verifier.kind,
            gold=hashlib.sha256(made.fix).hexdigest() if made.fix else None,
            source_commit=start.start.commit,
            notes=made.notes,
        )

    def _checked(self, part: Segment, place: Ground, start: Before) -> tuple[Segment, After, Verifier]:
        """The moment, what it left, and the best check of it; a moment that ends red takes the next turns along."""
        end = states.after(self.tale, place, start, part.first, part.last)
        verifier = self._derived(part, place, start, end)
        if verifier.kind != "missing" and not end.lost:
            return part, end, verifier
        further = part
        for _ in range(2):
            following = segments.longer(self.tale, further)
            if following is None or self.named or not _goes_on(self.tale, further, following, place, end):
                break
            further = following
            later = states.after(self.tale, place, start, further.first, further.last)
            found = self._derived(further, place, start, later)
            if found.kind != "missing" and not later.lost:
                return further, later, found
        return self._mended_later(part, place, start, end, verifier)

    def _mended_later(
        self, part: Segment, place: Ground, start: Before, end: After, verifier: Verifier
    ) -> tuple[Segment, After, Verifier]:
        red = verifiers.red_end(self.tale, part, place, end.tree)
        wanted = {*end.tree.differing(start.tree), *end.lost, *(red.test_files if red is not None else ())}
        later = states.from_later(self.tale, place, start, end, part.last, wanted)
        if later is None:
            return part, end, verifier
        chosen = verifier if verifier.kind != "missing" else red
        return (part, later, chosen) if chosen is not None else (part, end, verifier)

    def _derived(self, part: Segment, place: Ground, start: Before, end: After) -> Verifier:
        return verifiers.derive(self.tale, place, part, end.tree.differing(start.tree), end.tree)

    def _facts(
        self, part: Segment, start: Before, end: After, verifier: Verifier, *, edited: bool, left_out: int
    ) -> dict[str, Value]:
        moment, facts = self.moment, self.tale.facts
        return {
            "signal_type": moment.kind,
            "signal_category": moment.category,
            "signal_id": moment.signal_id,
            "cluster_id": moment.cluster_id,
            "source_agent": facts.agent,
            "source_agent_version": facts.version,
            "source_session_id": facts.native_id,
            "source_turn_ids": part.turns,
            "start_seq": part.first,
            "end_seq": part.last,
            "source_commit": start.start.commit,
            "source_commit_basis": start.start.basis,
            "uncommitted_files": start.dirty,
            "solution_from": end.sources if not end.lost else (),
            "verifier_kind": verifier.kind,
            "verifier_command": verifier.command or None,
            "unverified_reason": verifier.reason,
            "fail_to_pass": verifier.fail_to_pass,
            "pass_to_pass": verifier.pass_to_pass,
            "instruction_edited": edited,
            "remarks_left_out": left_out,
        }


def _goes_on(tale: Story, part: Segment, following: Segment, place: Ground, end: After) -> bool:
    """Whether the next turn still works on what this one left red."""
    red = verifiers.red_end(tale, part, place, end.tree)
    return red is not None and len(following.prompts) > len(part.prompts)


def _in_sandbox(verifier: Verifier, place: Ground) -> Verifier:
    """The command as it can be run there: its paths are the sandbox's, and the programs those on the PATH."""
    variables = tuple((name, moved(value, place)) for name, value in verifier.variables)
    command = _ENVIRONMENT.sub(r"\1", moved(verifier.command, place))
    return msgspec.structs.replace(verifier, command=command, variables=variables)


def _only_if_solved(verifier: Verifier, start: Before, end: After) -> Verifier:
    """A check without a known solution cannot be shown to be fair."""
    if verifier.kind == "missing":
        return verifier
    if end.lost:
        path, reason = next(iter(end.lost.items()))
        why = f"the change of {path} cannot be done again ({reason}), and no commit holds it"
        return Verifier(kind="missing", reason=why)
    changed = end.tree.differing(start.tree)
    if not any(not is_test(path) for path in changed):
        why = "only tests were changed" if changed else "nothing that was changed is recorded"
        return Verifier(kind="missing", reason=f"{why}, so no solution is known")
    return verifier
