"""A small store on SQLite, a page of 80 columns, a clock in UTC."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from codex_loop.cli.app import run
from codex_loop.usage.prices import price_table
from tests.store.builder import BORN_MS, MINUTE, Builder

Json = dict[str, Any]
ROOT = "019a1b2c-0000-7000-8000-000000000001"


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder of nobody, in which the price list lies ready, as after the first report."""
    folder = tmp_path_factory.mktemp("data")
    price_table(folder)
    return folder


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch, data_dir: Path) -> Iterator[None]:
    monkeypatch.setenv("CODEX_LOOP_DATA_DIR", str(data_dir))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TZ", "UTC")
    if hasattr(time, "tzset"):
        time.tzset()
    yield
    monkeypatch.undo()
    if hasattr(time, "tzset"):
        time.tzset()


@pytest.fixture
def store(tmp_path: Path, page: None) -> Iterator[Builder]:
    builder = Builder(str(tmp_path / "loop.db"))
    yield builder
    builder.close()


@pytest.fixture
def said(store: Builder, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Runs a command on the store: what it printed. `code` is the exit code it must have."""

    def say(*words: str, code: int = 0) -> str:
        store.write()
        assert run([*words, "--db", store.place]) == code
        return capsys.readouterr().out

    return say


@pytest.fixture
def refused(store: Builder, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Runs a command that cannot be right: the one sentence it said."""

    def say(*words: str) -> str:
        store.write()
        assert run([*words, "--db", store.place]) == 2
        out, err = capsys.readouterr()
        assert (out, err.count("\n")) == ("", 1)
        return err

    return say


@pytest.fixture
def told(said: Callable[..., str]) -> Callable[..., Json]:
    """The same in JSON."""

    def tell(*words: str, code: int = 0) -> Json:
        answer: Json = msgspec.json.decode(said(*words, "--json", code=code))
        return answer

    return tell


@pytest.fixture
def story(store: Builder) -> int:
    """A session in which something of every kind happens; its key."""
    store.file(session=ROOT)
    key = store.session(
        ROOT,
        lineage="main",
        started_ms=BORN_MS,
        ended_ms=BORN_MS + 9 * MINUTE,
        cwd="/home/ann/webshop",
        git_url="https://github.com/acme/webshop.git",
        model="gpt-5.2-codex",
        agent_version="0.169.0",
        title="Fix the failing login test",
    )
    turn = store.row(
        "turns",
        session_key=key,
        native_id="t1",
        started_ms=BORN_MS,
        duration_ms=124_000,
        approval_policy="on-request",
        sandbox_policy="workspace-write",
        model="gpt-5.2-codex",
        effort="high",
    )
    facts = {"session_key": key, "turn_key": turn}
    store.message(key, "Fix the login test\nand say why", time_ms=BORN_MS, turn_key=turn)
    store.message(key, "hidden thought", role="reasoning", turn_key=turn, indexed=False)
    store.tool(
        key,
        "c1",
        name="shell",
        command="pytest -q",
        status="failed",
        exit_code=1,
        duration_ms=2300,
        output="assert 1 == 2",
        started_ms=BORN_MS + 5000,
        turn_key=turn,
    )
    store.usage(key, input=12_000, cached=8_000, output=900, time_ms=BORN_MS + 6000, model="gpt-5.2-codex")
    store.tool(
        key, "c2", name="Read", arguments='{"file_path":"/home/ann/webshop/a.py","limi', status="ok", turn_key=turn
    )
    store.tool(key, "c3", name="apply_patch", command="Update login.py", status="ok", turn_key=turn)
    path = "/home/ann/webshop/login.py"
    store.row("file_changes", **facts, call_id="c3", path=path, change="update", added=3, removed=1, ok=1)
    store.row("approvals", **facts, call_id="c3", decision="denied", who="user", basis="op", rank=40)
    store.row("compactions", **facts, trigger="auto", pre_tokens=180_000, post_tokens=12_000)
    store.row("events", **facts, kind="problem", scope="stream_error", code="429", message="Too many requests")
    store.row("events", **facts, kind="interrupted", scope="tool", basis="event")
    store.row("events", **facts, kind="reverted", scope="rollback")
    store.row("events", **facts, kind="plan", detail='{"steps":[["completed","find it"],["in_progress","fix it"]]}')
    store.message(key, "The cookie \x1b[31mexpired", role="agent", time_ms=BORN_MS + 9000, turn_key=turn)
    store.write()
    return key
