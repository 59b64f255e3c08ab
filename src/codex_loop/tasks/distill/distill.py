"""From a signal, a cluster or a span of lines to draft tasks; read this first.

A draft is a proposal: its tests are candidates until the gate has run them with and without the solution. Where no
check can be had, the draft says so (`unverified`); where not even the files can be had again, there is none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from codex_loop.capture.transcript import Told, transcript
from codex_loop.errors import UsageError
from codex_loop.harbor import folders
from codex_loop.store import ids, places, signals
from codex_loop.store.engine import Database
from codex_loop.store.places import Place
from codex_loop.store.signals import Signal
from codex_loop.tasks.distill import segment as segments
from codex_loop.tasks.distill import states, verifiers
from codex_loop.tasks.distill.folder import Contents, Value, write
from codex_loop.tasks.distill.git import Blobs
from codex_loop.tasks.distill.ground import Ground, ground
from codex_loop.tasks.distill.instruction import instruction, slug
from codex_loop.tasks.distill.refusal import NoTask
from codex_loop.tasks.distill.segment import Segment
from codex_loop.tasks.distill.states import After, Before
from codex_loop.tasks.distill.story import Story, story
from codex_loop.tasks.distill.tree import LARGEST_BYTES
from codex_loop.tasks.distill.verifiers import Verifier, is_test

State = Literal["draft", "unverified", "none"]
Seed = Callable[[Sequence[Told], int], bytes | None]
"""Writes the lines of a session before this one as a trajectory, the context a request leans on."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What is to become tasks: one of signal, cluster, or a session with a span of its lines."""

    signal: str | None = None
    cluster: str | None = None
    session: str | None = None
    first: int | None = None
    last: int | None = None
    kind: str = "friction"
    category: str | None = None
    cluster_id: str | None = None
    """Of a span, as somebody named it."""
    repositories: tuple[Path, ...] = ()
    """Clones named for this request."""
    known: tuple[Path, ...] = ()
    """Clones, and folders of clones, of the settings."""
    limit: int | None = None
    largest_bytes: int = LARGEST_BYTES


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

    place: Place
    kind: str
    category: str | None
    signal_id: str | None = None
    cluster_id: str | None = None
    lines: tuple[tuple[int, int], ...] = ()
    """Places of the evidence: file and offset."""
    span: tuple[int, int] | None = None


class _Pointer(msgspec.Struct):
    source: int
    offset: int


_pointers: msgspec.json.Decoder[list[_Pointer]] = msgspec.json.Decoder(list[_Pointer])


def distill(
    database: Database,
    request: Request,
    output: Path,
    *,
    seed: Seed | None = None,
    told: Callable[[str], None] = lambda _: None,
) -> tuple[Draft, ...]:
    """Draft tasks of what is asked for: one at `output` itself, those of a cluster in folders below it.

    Signals about the same part of a session give one task. Raise UsageError for an id that nothing has.
    """
    moments = list(_moments(database, request))
    single = request.cluster is None
    drafts: list[Draft] = []
    sessions: dict[int, tuple[Story, list[Told]]] = {}
    seen: set[tuple[int, int, int]] = set()
    for moment in moments:
        if request.limit is not None and sum(draft.state == "draft" for draft in drafts) >= request.limit:
            break
        key = moment.place.key
        if key not in sessions:
            lines = transcript(database, moment.place)
            sessions[key] = (story(moment.place.agent, moment.place.native_id, lines), lines)
        tale, lines = sessions[key]
        if not lines:
            drafts.append(_none(moment, (0, 0), "the archive holds no line of the session"))
            continue
        part = _segment(tale, moment)
        if (key, part.first, part.last) in seen:
            continue
        seen.add((key, part.first, part.last))
        told(moment.place.id)
        drafts.append(_Drafting(tale, lines, moment, request, seed).draft(part, output, single=single))
    return tuple(drafts)


def _moments(database: Database, request: Request) -> Iterable[_Moment]:
    if request.signal is not None:
        found = signals.listed(database, signals.Wanted(id=request.signal))
        if len(found) != 1:
            what = "no signal is called" if not found else f"{len(found)} signals begin with"
            raise UsageError(f"{what} {request.signal}; `codex-loop signals list` shows their ids")
        yield _of_signal(database, found[0])
    elif request.cluster is not None:
        yield from _of_cluster(database, request.cluster)
    elif request.session is not None:
        place = places.find(database, request.session)
        yield _Moment(
            place=place,
            kind=request.kind,
            category=request.category,
            cluster_id=request.cluster_id,
            span=(request.first or 1, request.last or 1 << 60),
        )
    else:
        raise UsageError("nothing named; give --signal-id or --cluster-id, as `codex-loop signals list` shows them")


def _of_cluster(database: Database, text: str) -> Iterable[_Moment]:
    """The worst first, one session after another, so that a limit leaves variety."""
    if ids.span(text, "cluster_") is None:
        raise UsageError(f"{text} is no id of a cluster; `codex-loop cluster` shows them")
    wanted = text if text.startswith("cluster_") else f"cluster_{text}"
    members = [
        each for each in signals.listed(database, signals.Wanted()) if (each.cluster_id or "").startswith(wanted)
    ]
    names = {each.cluster_id for each in members}
    if len(names) != 1:
        what = "no cluster with signals begins with" if not names else f"{len(names)} clusters begin with"
        raise UsageError(f"{what} {text}; `codex-loop cluster` shows their ids")
    turn: dict[str | None, int] = {}
    ranked = []
    for signal in sorted(members, key=lambda each: (-each.severity, each.id)):
        turn[signal.session_id] = turn.get(signal.session_id, 0) + 1
        ranked.append((turn[signal.session_id], -signal.severity, signal.id, signal))
    for *_, signal in sorted(ranked, key=lambda each: each[:3]):
        if signal.session_id is not None:
            yield _of_signal(database, signal)


def _of_signal(database: Database, signal: Signal) -> _Moment:
    if signal.session_id is None:
        raise UsageError(
            f"{signal.id} is about several sessions at once; distill its cluster, or a signal of one session"
        )
    return _Moment(
        place=places.find(database, signal.session_id),
        kind=signal.type,
        category=signal.category_now,
        signal_id=signal.id,
        cluster_id=signal.cluster_id,
        lines=tuple((each.source, each.offset) for each in _pointers.decode(bytes(signal.evidence))),
    )


def _segment(tale: Story, moment: _Moment) -> Segment:
    if moment.span is not None:
        return segments.between(tale, *moment.span)
    return segments.around(tale, [tale.places[place] for place in moment.lines if place in tale.places])


def _none(moment: _Moment, span: tuple[int, int], reason: str, name: str = "") -> Draft:
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
        session_id=moment.place.id,
        signal_id=moment.signal_id,
        cluster_id=moment.cluster_id,
        start_seq=span[0],
        end_seq=span[1],
        source_commit=None,
    )


class _Drafting:
    """One moment on its way to a task."""

    def __init__(self, tale: Story, lines: list[Told], moment: _Moment, request: Request, seed: Seed | None) -> None:
        self.tale, self.lines, self.moment, self.request, self.seed = tale, lines, moment, request, seed

    def draft(self, part: Segment, output: Path, *, single: bool) -> Draft:
        name = slug(part.prompts[0].text, f"{self.moment.place.id}#{part.first}")
        try:
            place = ground(self.tale, self.request.repositories, self.request.known)
            with Blobs(place.repository) as blobs:
                return self._write(part, place, blobs, name, output if single else output / name)
        except NoTask as reason:
            return _none(self.moment, (part.first, part.last), str(reason), name)

    def _write(self, part: Segment, place: Ground, blobs: Blobs, name: str, folder: Path) -> Draft:
        start = states.before(self.tale, place, blobs, part.first, part.last, self.request.largest_bytes)
        part, end, verifier = self._checked(part, place, start)
        text = instruction(part, place, seeded=False)
        seeded = self.seed(self.lines, part.first) if self.seed is not None and text.edited else None
        if seeded is not None:
            text = instruction(part, place, seeded=True)
        verifier = _only_if_solved(verifier, start, end)
        facts = self._facts(part, start, end, verifier, edited=text.edited, left_out=text.left_out)
        after = None if end.lost else end.tree
        made = write(folder, Contents(name, text, verifier, start.tree, after, seeded, facts))
        return msgspec.structs.replace(
            _none(self.moment, (part.first, part.last), "", name),
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
            if (
                following is None
                or self.moment.span is not None
                or not _goes_on(self.tale, further, following, place, end)
            ):
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
