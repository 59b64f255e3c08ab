"""`codex-loop usage limits` and the status file."""

from __future__ import annotations

import stat
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest

from codex_loop.cli.app import run
from codex_loop.clock import DAY_MS, HOUR_MS, MINUTE_MS, now_ms
from codex_loop.store.engine import open_for_reading, open_for_writing
from codex_loop.usage import status_file
from tests.cli.conftest import Json
from tests.cli.test_hot_paths import HEAVY, PROBE
from tests.store.builder import Builder


def add(store: Builder, now: int, used: float | None, *, ago: int = MINUTE_MS, **facts: Any) -> None:
    """A word of Codex on its window of five hours, of which a fifth is left."""
    values: dict[str, Any] = {
        "agent": "codex", "host": "h", "limit_id": "codex", "slot": "primary", "window_minutes": 300,
        "time_ms": now - ago, "used_percent": used, "resets_ms": now + HOUR_MS,
    }  # fmt: skip
    store.row("limit_samples", **(values | facts))


WEEK: dict[str, Any] = {"slot": "secondary", "window_minutes": 10_080}


def test_without_any_limit_it_says_what_to_do(store: Builder, said: Callable[..., str]) -> None:
    assert "`codex-loop sample` asks both agents" in said("usage", "limits", code=4)


def test_the_tightest_window_is_said_first_and_a_used_up_one_is_a_finding(
    store: Builder, said: Callable[..., str], told: Callable[..., Json]
) -> None:
    now = now_ms()
    add(store, now, 20.0, plan="pro", credits="9.99")
    add(store, now, 100.0, resets_ms=now + 2 * DAY_MS, **WEEK)
    out = said("usage", "limits", code=1)
    assert out.startswith("codex weekly is used up until ")
    assert "plan: codex pro\ncredits: codex 9.99\n" in out
    assert max(map(len, out.splitlines())) <= 80
    answer = told("usage", "limits", code=1)
    assert (answer["schema"], answer["exhausted"]) == ("codex-loop/usage-limits/1", True)
    assert [each["window"] for each in answer["limits"]] == ["weekly", "5h"]
    assert answer["effective"] == answer["limits"][0]
    assert (answer["effective"]["left_percent"], answer["effective"]["basis"]) == (0.0, "provider")


def test_a_window_that_does_not_last_says_until_when(
    store: Builder, said: Callable[..., str], told: Callable[..., Json]
) -> None:
    now = now_ms()
    add(store, now, 62.0, resets_ms=now + 84 * HOUR_MS, **WEEK)
    assert "38 % left of codex weekly until " in (out := said("usage", "limits", "--timezone", "UTC"))
    assert "; runs out " in out
    assert "\nforecast by the rule `mean`, with medium confidence\n" in out
    (line,) = told("usage", "limits")["limits"]
    assert line["pace"]["ratio"] == pytest.approx(1.24, abs=0.001)
    assert (line["forecast"]["lasts"], line["forecast"]["rule"], line["recent"]) == (False, "mean", None)
    assert line["told_by"] == "session"


def test_old_and_ended_windows_show_it(store: Builder, said: Callable[..., str], told: Callable[..., Json]) -> None:
    now = now_ms()
    add(store, now, 62.0, ago=30 * MINUTE_MS, resets_ms=now + HOUR_MS)
    add(store, now, 99.0, resets_ms=now - 1, **WEEK)
    out = said("usage", "limits")
    assert "30 m old" in out
    assert ", as told 30 m ago; it lasts.\nforecast by the rule `mean`, with low confidence\n" in out
    assert "began anew" in out
    assert "99" not in out
    weekly = told("usage", "limits")["limits"][1]
    assert (weekly["state"], weekly["used_percent"], weekly["left_percent"]) == ("expired", None, None)
    assert weekly["no_forecast"] == "it began anew since it was last told"


def test_only_one_agent_can_be_asked_for(
    store: Builder, told: Callable[..., Json], refused: Callable[..., str]
) -> None:
    now = now_ms()
    add(store, now, 62.0)
    add(store, now, 70.0, agent="claude", limit_id="claude", slot="five_hour")
    assert [each["agent"] for each in told("usage", "limits", "--source", "codex")["limits"]] == ["codex"]
    assert told("usage", "limits", "--source", "all")["effective"]["agent"] == "claude"
    assert "no such agent; write all, claude, codex" in refused("usage", "limits", "--source", "clod")


def test_notices_are_sent_on_demand_and_once(
    store: Builder, told: Callable[..., Json], said: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODEX_LOOP_NOTIFY_DESKTOP", "no")
    add(store, now_ms(), 81.0, resets_ms=now_ms() + MINUTE_MS)
    assert told("usage", "limits")["notices"] is None
    assert "notice: Codex 5h limit: 81 % used; it resets in " in said("usage", "limits", "--notify")
    assert told("usage", "limits", "--notify")["notices"] == []


def test_without_a_store_none_is_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / "none.db"
    assert [run(["usage", "limits", "--db", str(place), *more]) for more in ([], ["--notify"])] == [3, 3]
    assert not place.exists()
    assert capsys.readouterr().err.count("run `codex-loop ingest` first") == 2


@pytest.mark.parametrize("form", [(), ("--json",)], ids=["table", "json"])
def test_looking_at_limits_imports_nothing_heavy(store: Builder, form: tuple[str, ...]) -> None:
    add(store, now_ms(), 42.0)
    store.write()
    words = ["usage", "limits", "--db", store.place, *form]
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(words=words)], capture_output=True, text=True, check=True, encoding="utf-8"
    )
    loaded = set(done.stdout.splitlines()[-1].split())
    assert "codex_loop.store.limits" in loaded
    assert sorted(loaded & HEAVY) == []


def test_who_reads_the_status_file_always_finds_it_whole(tmp_path: Path) -> None:
    path = tmp_path / "status.json"
    pages = [msgspec.json.encode({"schema": "codex-loop/status/1", "pad": str(n) * 50_000}) for n in range(4)]
    status_file.put(path, pages[0])
    with ThreadPoolExecutor(4) as pool:
        writing = [pool.submit(status_file.put, path, pages[n % 4]) for n in range(200)]
        seen = {path.read_bytes() for _ in range(200)}
    # Windows does not replace what is being read; the page before it then stays.
    assert sys.platform == "win32" or all(each.result() for each in writing)
    assert seen <= set(pages)
    assert [each.name for each in tmp_path.iterdir()] == ["status.json"]


def test_the_status_file_has_five_dials_and_is_private(store: Builder, tmp_path: Path) -> None:
    now = now_ms()
    add(store, now, 42.0, via="app-server")
    add(store, now, 97.0, resets_ms=now - 1, **WEEK)
    add(store, now, 5.0, agent="claude", limit_id="claude", slot="seven_day_opus", window_minutes=10_080)
    add(store, now, 99.0, limit_id="codex_other")
    store.write()
    path = tmp_path / "deep" / "status.json"
    with open_for_reading(store.place) as database:
        assert status_file.write(database, path, now)
    page = msgspec.json.decode(path.read_bytes())
    assert (page["schema"], page["written_ms"]) == ("codex-loop/status/1", now)
    dials = {each["dial"]: (each["state"], each["used_percent"]) for each in page["dials"]}
    assert dials == {
        "C5": ("current", 42.0),
        "CW": ("expired", None),
        "S": ("unknown", None),
        "W": ("unknown", None),
        "O": ("current", 5.0),
    }
    assert [each.name for each in path.parent.iterdir()] == ["status.json"]
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_dial_is_of_the_account_that_was_told_of_last(store: Builder, tmp_path: Path) -> None:
    now = now_ms()
    add(store, now, 90.0, account="k1", ago=2 * MINUTE_MS)
    add(store, now, 10.0, account="k2", resets_ms=now + 3 * HOUR_MS)
    store.write()
    with open_for_reading(store.place) as database:
        assert status_file.look(database, now).dials[0].used_percent == 10.0


def test_a_status_file_that_cannot_be_written_stops_nobody(store: Builder, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    store.write()
    with open_for_reading(store.place) as database:
        assert not status_file.write(database, tmp_path / "file" / "status.json", now_ms())


def test_looking_at_the_usual_store_leaves_the_status_file_and_at_another_one_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CODEX_LOOP_DATA_DIR", str(tmp_path))
    for name in ("codex-loop.db", "other.db"):
        open_for_writing(str(tmp_path / name)).close()
    monkeypatch.delenv("CODEX_LOOP_DB", raising=False)
    run(["status", "--db", str(tmp_path / "other.db")])
    assert not (tmp_path / "status.json").exists()
    run(["status", "--json"])
    assert msgspec.json.decode((tmp_path / "status.json").read_bytes())["agents"] == []
    (tmp_path / "status.json").unlink()
    assert run(["usage", "limits"]) == 4
    assert (tmp_path / "status.json").exists()
    capsys.readouterr()
