"""Which task of one run is which of the other: equal digests, or equal names where no digests are known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from codex_loop.measure.measured import Measured, Share, Task, shares

Joined = Literal["digest", "name"]


class Pair(NamedTuple):
    """One task in both runs."""

    before: Share
    after: Share

    @property
    def task(self) -> Task:
        """As the run that knows its origin tells it."""
        return self.after.task if self.after.task.digest is not None else self.before.task

    @property
    def difference(self) -> float | None:
        if self.before.reward is None or self.after.reward is None:
            return None
        return self.after.reward - self.before.reward

    @property
    def cluster(self) -> str:
        """Tasks of one session are not independent of each other; a task without a known session stands alone."""
        task = self.task
        return f"session {task.source_session_id}" if task.source_session_id else f"task {task.name}"


class Pairing(NamedTuple):
    """Two runs, task by task."""

    pairs: tuple[Pair, ...]
    """Graded on both sides."""
    ungraded: tuple[Pair, ...]
    """In both, without a valid attempt on one side."""
    missing: tuple[str, ...]
    """Only in the baseline."""
    extra: tuple[str, ...]
    """Only in the candidate."""
    changed: tuple[str, ...]
    """The same name with another content: another task."""
    joined: Joined


def pair(baseline: Measured, candidate: Measured) -> Pairing:
    """Both runs joined; every task of either is in exactly one of the lists."""
    before, after = shares(baseline), shares(candidate)
    joined: Joined = "digest" if _has_digests(before) and _has_digests(after) else "name"
    found = _by_digest(before, after) if joined == "digest" else _by_name(before, after)
    couples = sorted(found, key=lambda couple: couple.task.name)
    taken = {id(share) for couple in couples for share in couple}
    missing = {share.task.name for share in before if id(share) not in taken}
    extra = {share.task.name for share in after if id(share) not in taken}
    changed = missing & extra
    graded = [couple for couple in couples if couple.difference is not None]
    return Pairing(
        pairs=tuple(graded),
        ungraded=tuple(couple for couple in couples if couple.difference is None),
        missing=tuple(sorted(missing - changed)),
        extra=tuple(sorted(extra - changed)),
        changed=tuple(sorted(changed)),
        joined=joined,
    )


def _has_digests(of: Sequence[Share]) -> bool:
    return all(share.task.digest is not None for share in of)


def _by_digest(before: Sequence[Share], after: Sequence[Share]) -> list[Pair]:
    known = {share.task.digest: share for share in before}
    found = [(known.pop(share.task.digest, None), share) for share in after]
    return [Pair(old, new) for old, new in found if old is not None]


def _by_name(before: Sequence[Share], after: Sequence[Share]) -> list[Pair]:
    """By the whole name, else by the part after the slash, which older lists use."""
    pairs: list[Pair] = []
    left = list(after)
    for spelled in (_whole, _short):
        known = {spelled(share): share for share in left}
        once = {spelled(share) for share in before if _is_alone(spelled(share), before, spelled)}
        taken = {id(each.before) for each in pairs}
        for share in before:
            found = known.get(spelled(share)) if spelled(share) in once and id(share) not in taken else None
            if found is not None and _is_alone(spelled(found), left, spelled):
                pairs.append(Pair(share, found))
        matched = {id(each.after) for each in pairs}
        left = [share for share in left if id(share) not in matched]
    return pairs


def _whole(share: Share) -> str:
    return share.task.name


def _short(share: Share) -> str:
    return share.task.name.rpartition("/")[2]


def _is_alone(name: str, among: Sequence[Share], spelled: Callable[[Share], str]) -> bool:
    return sum(spelled(share) == name for share in among) == 1
