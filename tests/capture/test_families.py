"""Forks by copying: what is copied belongs to one session, also when the run that found it out was killed."""

from __future__ import annotations

import pytest

from tests.capture.ground import Ground, called, lines, meta, returned, said, same, started

PARENT = "codex/sessions/rollout-parent.jsonl"
CHILD = "codex/sessions/rollout-child.jsonl"
HISTORY = (said("user_message", "first", 1), said("agent_message", "done", 2), said("user_message", "second", 3))
OWN = (said("user_message", "another way", 31), said("agent_message", "as you like", 32))


def parent() -> bytes:
    return lines(meta("parent"), *HISTORY, said("agent_message", "after the fork", 40))


def child(*own: bytes, native_id: str = "child", second: int = 30) -> bytes:
    return lines(meta(native_id, second, forked_from_id="parent"), meta("parent"), *HISTORY, *own)


def texts(ground: Ground, native_id: str) -> list[str]:
    rows = ground.rows(
        "SELECT m.head FROM messages m JOIN sessions s ON s.key = m.session_key WHERE s.native_id = ?"
        " ORDER BY m.line_offset",
        (native_id,),
    )
    return [head for (head,) in rows]


def holds_each_once(ground: Ground) -> None:
    assert texts(ground, "parent") == ["first", "done", "second", "after the fork"]
    assert texts(ground, "child") == ["another way", "as you like"]


@pytest.mark.parametrize("order", [(PARENT, CHILD), (CHILD, PARENT)])
def test_copied_history_belongs_to_the_parent_in_every_order(ground: Ground, order: tuple[str, str]) -> None:
    files = {PARENT: parent(), CHILD: child(*OWN)}
    for path in order:
        ground.put(path, files[path])
        ground.ingest()
    holds_each_once(ground)
    assert [line for _, line in ground.archived(CHILD)] == child(*OWN).splitlines()


@pytest.mark.parametrize("before", [(), (PARENT,), (CHILD,)])
def test_a_run_killed_before_it_settled_the_forks_is_made_up_for(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, before: tuple[str, ...]
) -> None:
    files = {PARENT: parent(), CHILD: child(*OWN)}
    for path in before:
        ground.put(path, files[path])
        ground.ingest()
    for path, data in files.items():
        ground.put(path, data)

    def killed(*_: object) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("codex_loop.capture.ingest.settle", killed)
        with pytest.raises(KeyboardInterrupt):
            ground.ingest()
    ground.ingest()
    holds_each_once(ground)
    content = ground.content()
    assert ground.ingest().forks == 0
    same(content, ground.content())


def test_a_fork_that_goes_on_keeps_what_is_its_own(ground: Ground) -> None:
    ground.put(PARENT, parent())
    ground.put(CHILD, child())
    ground.ingest()
    assert texts(ground, "child") == []
    for line in OWN:
        ground.append(CHILD, lines(line))
        ground.ingest()
    holds_each_once(ground)


def test_of_two_forks_of_a_lost_thread_the_older_one_owns_what_they_share(ground: Ground) -> None:
    younger, older = child(*OWN, native_id="younger", second=31), child(*OWN[:1], native_id="older")
    ground.put("codex/sessions/rollout-younger.jsonl", younger)
    ground.ingest()
    assert texts(ground, "younger") == ["first", "done", "second", "another way", "as you like"]
    ground.put("codex/sessions/rollout-older.jsonl", older)
    ground.ingest()
    assert texts(ground, "older") == ["first", "done", "second", "another way"]
    assert texts(ground, "younger") == ["as you like"]


def test_a_fork_that_is_copied_whole_is_still_one_fork(ground: Ground) -> None:
    ground.put(PARENT, parent())
    ground.put(CHILD, child(*OWN))
    ground.ingest()
    ground.put("codex/archived_sessions/rollout-child.jsonl", child(*OWN))
    ground.ingest()
    holds_each_once(ground)
    inherited = ground.value("SELECT inherited_until FROM sessions WHERE native_id = 'child'")
    assert inherited == child(*OWN).index(OWN[0])


def test_a_session_that_was_never_forked_is_left_alone(ground: Ground) -> None:
    ground.put(PARENT, parent())
    ground.put("codex/sessions/rollout-twin.jsonl", lines(meta("twin"), *HISTORY))
    assert ground.ingest().forks == 0
    assert texts(ground, "twin") == ["first", "done", "second"]


SPAWNED = {"source": {"subagent": {"thread_spawn": {"parent_thread_id": "parent", "depth": 1}}}}
PARTED = (
    started("t1", 1),
    said("user_message", "first", 2),
    said("agent_message", "let me look", 3),
    called("c1", "ls", 4),
    returned("c1", "a.py", second=5),
    said("agent_message", "done", 6),
    started("t2", 7),
    said("user_message", "let somebody count", 8),
)
GIVEN = (*PARTED[:3], *PARTED[5:])
"""What a subagent is given of its parent's history: everything but the calls."""
COUNTED = (started("own", 31), said("agent_message", "three files", 32))


def given(*own: bytes, **more: str) -> bytes:
    return lines(meta("child", 30, **SPAWNED, **more), meta("parent"), *GIVEN, *own)


@pytest.mark.parametrize("order", [(PARENT, CHILD), (CHILD, PARENT)])
@pytest.mark.parametrize("more", [{"forked_from_id": "parent"}, {}], ids=["fork", "spawn"])
def test_parts_of_its_parents_history_are_not_a_subagents_own(
    ground: Ground, order: tuple[str, str], more: dict[str, str]
) -> None:
    later = (called("c2", "spawn", 40), said("agent_message", "three files", 41))
    files = {PARENT: lines(meta("parent"), *PARTED, *later), CHILD: given(*COUNTED, **more)}
    for path in order:
        ground.put(path, files[path])
        ground.ingest()
    assert texts(ground, "parent") == ["first", "let me look", "done", "let somebody count", "three files"]
    assert texts(ground, "child") == ["three files"]
    turns = "SELECT t.native_id FROM turns t JOIN sessions s ON s.key = t.session_key WHERE s.native_id = 'child'"
    assert ground.rows(turns) == [("own",)]


def test_a_subagent_that_was_given_parts_keeps_what_it_does_later(ground: Ground) -> None:
    ground.put(PARENT, lines(meta("parent"), *PARTED))
    ground.put(CHILD, given())
    ground.ingest()
    for line in COUNTED:
        ground.append(CHILD, lines(line))
        ground.ingest()
    assert texts(ground, "child") == ["three files"]
