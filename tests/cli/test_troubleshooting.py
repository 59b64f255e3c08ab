"""Every symptom of docs/troubleshooting.md happens, and the words quoted there are the words that are said."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from codex_loop.cli.app import run
from tests.store.builder import BORN_MS, Builder

PAGE = Path(__file__).parents[2] / "docs" / "troubleshooting.md"
Say = Callable[..., str]


@pytest.fixture
def heard(page: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Say:
    """Runs a command; everything it said, as one line with single spaces."""
    monkeypatch.setenv("CODEX_LOOP_DATA_DIR", str(tmp_path / "data"))

    def hear(*words: str, code: int = 0) -> str:
        assert run(words) == code
        out, err = capsys.readouterr()
        return " ".join(f"{out} {err}".split())

    return hear


def quoted(words: str) -> str:
    """The words, if the page quotes them."""
    page = " ".join(PAGE.read_text(encoding="utf-8").replace("`", "").split())
    assert words in page, words
    return words


def test_an_empty_home_has_no_sessions(heard: Say, tmp_path: Path) -> None:
    homes = ["--codex-home", str(tmp_path), "--claude-home", str(tmp_path)]
    assert quoted("No sessions found in") in heard("ingest", *homes, "--db", str(tmp_path / "x.db"))


def test_a_home_that_is_not_there_is_wrong_usage(heard: Say, tmp_path: Path) -> None:
    absent = str(tmp_path / "absent")
    assert "does not exist" in heard("ingest", "--codex-home", absent, "--db", str(tmp_path / "x.db"), code=2)


def test_doctor_names_a_spine_of_another_schema_without_its_session(heard: Say, tmp_path: Path) -> None:
    spine = tmp_path / "codex" / "trace_spine" / "t" / "segment-000.jsonl"
    spine.parent.mkdir(parents=True)
    spine.write_text('{"schema_version":"trace_spine_v9","thread_id":"t","seq":0,"type":"x"}\n', encoding="utf-8")
    place = str(tmp_path / "x.db")
    heard("ingest", "--codex-home", str(tmp_path / "codex"), "--claude-home", str(tmp_path), "--db", place)
    said = heard("doctor", "--db", place, code=1)
    assert quoted("schema-version: schema_version is 'trace_spine_v9', expected") in said
    assert quoted("session-meta-missing: no session_meta record") in said
    assert "session-meta-missing" in heard("trace", "validate", str(spine.parent), code=1)


def test_dashes_mean_that_only_tokens_were_read(store: Builder, heard: Say) -> None:
    store.file(session="s1", lane="accounting")
    store.usage(store.session("s1"), input=5, quality=1)
    store.write()
    said = heard("sessions", "--db", store.place)
    assert quoted("– is not known: only the tokens of such a session have been read so far") in said
    assert quoted("~ marks tokens that the agent's files give only in part") in said


def test_limits_that_no_file_states_are_unknown(store: Builder, heard: Say) -> None:
    store.session("s1", agent="claude")
    store.write()
    assert quoted("limits unknown: no file of it states any") in heard("status", "--db", store.place)


def test_an_id_that_means_two_sessions_is_refused(store: Builder, heard: Say) -> None:
    for number in range(2):
        store.session(f"019a1b2c-{number}")
    store.write()
    assert quoted("may mean codex:019a1b2c-") in heard("show", "019a1b2c", "--db", store.place, code=2)


def test_a_search_for_signs_is_refused(store: Builder, heard: Say) -> None:
    assert quoted("holds no word to search for") in heard("search", "=>", "--db", store.place, code=2)


def test_rejected_lines_and_unknown_types_are_counted(store: Builder, heard: Say) -> None:
    store.file(rejected=1)
    values = {"length": 3, "digest": "d", "head": "", "tail": "", "seen_ms": BORN_MS}
    store.row("quarantine", lane="full", reason="not JSON", **values)
    times = {"first_seen_ms": BORN_MS, "last_seen_ms": BORN_MS}
    store.row("unknown_types", source="codex-rollout", type="dream", agent_version="0.200", count=3, **times)
    store.write()
    said = heard("doctor", "--db", store.place)
    assert quoted("rejected 1: not JSON") in said
    assert quoted("unknown 3: codex-rollout dream 0.200 × 3") in said


def test_a_named_file_of_no_known_format_is_told(heard: Say, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing of an agent", encoding="utf-8")
    homes = ["--codex-home", str(tmp_path), "--claude-home", str(tmp_path)]
    said = heard("ingest", *homes, "--path", str(tmp_path / "notes.txt"), "--db", str(tmp_path / "x.db"), code=4)
    assert quoted("cannot read") in said
    assert quoted("it is of no format that is known here") in said


def test_a_store_that_is_not_there(heard: Say, tmp_path: Path) -> None:
    said = heard("sessions", "--db", str(tmp_path / "none.db"), code=3).replace("`", "")
    before, after = quoted("no store at … yet; run codex-loop ingest first").split("…")
    assert re.search(f"{re.escape(before)}.*{re.escape(after)}", said)


def test_a_store_of_a_later_version(store: Builder, heard: Say) -> None:
    store.write()
    store.database.execute("UPDATE alembic_version SET version_num = '9999'")
    first, second = quoted("has schema …, newer than …").split("…")[:2]
    assert f"{first}9999{second}" in heard("sessions", "--db", store.place, code=3)


def test_a_database_of_another_program(heard: Say, tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "notes.db")
    connection.execute("CREATE TABLE notes (text TEXT)")
    connection.close()
    said = heard("init", "--db", str(tmp_path / "notes.db"), code=4)
    assert quoted("it belongs to another program") in said


def test_a_file_that_is_no_database(heard: Say, tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"neither a database nor a small text" * 40)
    assert quoted("cannot be used as a database") in heard("sessions", "--db", str(tmp_path / "x.db"), code=4)


def test_a_store_that_another_process_is_writing(store: Builder, heard: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    from codex_loop.store import engine

    monkeypatch.setattr(engine, "_BUSY_MS", 1)
    with store.database.transaction():
        said = heard("ingest", "--codex-home", str(Path(store.place).parent), "--db", store.place, code=4)
    assert quoted("is being written by another process") in said
