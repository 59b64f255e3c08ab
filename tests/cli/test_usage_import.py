"""`codex-loop usage import ccusage`: whole or not at all, compared and kept."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from codex_loop.cli.app import run
from codex_loop.errors import Exit
from tests.cli.conftest import Json
from tests.store.builder import BORN_MS, Builder

COUNTS = {"inputTokens": 1, "cacheReadTokens": 10, "cacheCreationTokens": 0, "outputTokens": 100, "totalTokens": 111}


def daily(total: int = 111, **top: Any) -> bytes:
    row = {"date": "2026-11-18", **COUNTS, "totalTokens": total, "costUSD": 0.5, "models": {}}
    return msgspec.json.encode({"daily": [row], "totals": {**COUNTS, "costUSD": 0.5}, **top})


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key of redaction is made in a folder of the test."""
    monkeypatch.setenv("CODEX_LOOP_DATA_DIR", str(tmp_path / "data"))


@pytest.fixture
def spent(store: Builder) -> Builder:
    store.usage(store.session("s1"), input=1, cached=10, output=100, time_ms=BORN_MS)
    store.write()
    return store


@pytest.fixture
def file(tmp_path: Path) -> Callable[[bytes], str]:
    def write(content: bytes) -> str:
        place = tmp_path / "report.json"
        place.write_bytes(content)
        return str(place)

    return write


def kept(store: Builder) -> int:
    return int(store.database.rows("SELECT count(*) FROM usage_imports")[0][0])


def test_a_report_that_agrees_is_kept_and_says_so(
    spent: Builder, said: Callable[..., str], told: Callable[..., Json], file: Callable[[bytes], str]
) -> None:
    out = said("usage", "import", "ccusage", file(daily()), "--timezone", "UTC")
    assert out == "daily report of codex, 2026-11-18 to 2026-11-18\n  1 row compared, all agree: 111 tokens.\n"
    assert kept(spent) == 1
    (again,) = told("usage", "import", "ccusage", file(daily()), "--timezone", "UTC")["reports"]
    assert (again["new"], again["costMicros"], again["timezone"], kept(spent)) == (False, 500_000, "UTC", 1)


def test_differences_are_told_with_their_reasons(
    spent: Builder, said: Callable[..., str], told: Callable[..., Json], file: Callable[[bytes], str]
) -> None:
    place = file(daily(113))
    (taken,) = told("usage", "import", "ccusage", place)["reports"]
    (difference,) = taken["differences"]
    assert (difference["period"], difference["agent"], difference["difference"]) == ("2026-11-18", "codex", 2)
    assert difference["ours"]["totalTokens"] == 111
    assert taken["flags"] == ["total-mismatch", "sum-mismatch"]
    lines = said("usage", "import", "ccusage", place).splitlines()
    assert any(line.split() == ["2026-11-18", "codex", "113", "111", "+2", "unexplained"] for line in lines)
    assert lines[-1] == "unexplained: nothing that is known of either side explains it"
    assert all(len(line) <= 80 for line in lines)


@pytest.mark.parametrize(
    ("content", "tag"),
    [
        (b"not json", "invalid-json"),
        (b"", "invalid-json"),
        (b"[]", "invalid-json"),
        (b"{}", "unknown-report"),
        (daily(monthly=[{"month": "2026-11"}]), "invalid-months"),
        (daily(-1), "invalid-days"),
    ],
)
def test_anything_invalid_rejects_the_whole_and_nothing_is_stored(
    spent: Builder,
    said: Callable[..., str],
    told: Callable[..., Json],
    file: Callable[[bytes], str],
    content: bytes,
    tag: str,
) -> None:
    answer = told("usage", "import", "ccusage", file(content), code=Exit.FINDING)
    assert (answer["rejected"]["tag"], answer["reports"], kept(spent)) == (tag, [], 0)
    first, last = said("usage", "import", "ccusage", file(content), code=Exit.FINDING).splitlines()
    assert first.startswith(f"rejected ({tag}): ")
    assert last == "Nothing was stored."


def test_a_report_is_read_from_stdin(
    spent: Builder, told: Callable[..., Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(daily())))
    answer = told("usage", "import", "ccusage", "-")
    assert [each["report"] for each in answer["reports"]] == ["daily"]


def test_days_are_compared_in_the_zone_that_is_named(
    spent: Builder, told: Callable[..., Json], file: Callable[[bytes], str]
) -> None:
    old = {"inputTokens": 11, "cachedInputTokens": 10, "outputTokens": 100, "totalTokens": 111}
    content = msgspec.json.encode({"daily": [{"date": "Nov 18, 2026", **old}], "totals": old})
    (taken,) = told("usage", "import", "ccusage", file(content))["reports"]
    assert (taken["timezone"], taken["flags"], taken["differences"]) == ("local", ["suspect:v18"], [])
    (east,) = told("usage", "import", "ccusage", file(content), "--timezone", "Pacific/Auckland")["reports"]
    assert [each["reasons"][0]["code"] for each in east["differences"]] == ["zone"]


def test_a_file_or_a_run_one_of_them(spent: Builder, refused: Callable[..., str], tmp_path: Path) -> None:
    assert "give a file (or - for stdin) or --run" in refused("usage", "import", "ccusage")
    assert "give a file (or - for stdin) or --run" in refused("usage", "import", "ccusage", "x.json", "--run")
    missing = str(tmp_path / "none.json")
    assert f"{missing}: No such file or directory" in refused("usage", "import", "ccusage", missing)
    assert "--timeout 0: ccusage needs more" in refused("usage", "import", "ccusage", "--run", "--timeout", "0")
    assert "--timezone Mars: no such zone" in refused("usage", "import", "ccusage", "-", "--timezone", "Mars")


def test_without_ccusage_the_sentence_says_what_installs_it(
    spent: Builder, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert run(["usage", "import", "ccusage", "--run", "--db", spent.place]) == Exit.MISSING
    assert "ccusage is not installed; install it with `npm install --global ccusage`" in capsys.readouterr().err


def test_without_a_store_nothing_is_made(tmp_path: Path, page: None, capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / "report.json"
    place.write_bytes(daily())
    assert run(["usage", "import", "ccusage", str(place), "--db", str(tmp_path / "none.db")]) == Exit.MISSING
    assert "run `codex-loop ingest` first" in capsys.readouterr().err
    assert not (tmp_path / "none.db").exists()


def test_a_secret_in_a_report_is_not_kept(
    spent: Builder, said: Callable[..., str], file: Callable[[bytes], str]
) -> None:
    secret = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"[:36]
    row = {"date": "2026-11-18", **COUNTS, "totalCost": 0, "modelsUsed": [], "modelBreakdowns": []}
    said("usage", "import", "ccusage", file(msgspec.json.encode({"projects": {f"-home-{secret}": [row]}})))
    ((body,),) = spent.database.rows("SELECT body FROM usage_imports")
    assert secret not in body
    assert msgspec.json.decode(body)["rows"][0]["tokens"]["total"] == 111


def test_what_a_report_says_does_not_steer_the_terminal(
    spent: Builder, said: Callable[..., str], file: Callable[[bytes], str]
) -> None:
    row = {**COUNTS, "agent": "pi\x1b[2J", "period": "2026-11-18", "modelBreakdowns": []}
    out = said("usage", "import", "ccusage", file(msgspec.json.encode({"daily": [row]})))
    assert "other-agent (known)" in out
    assert "\x1b" not in out


@pytest.mark.parametrize("kind", ["daily", "weekly", "monthly", "session", "blocks"])
def test_our_own_reports_are_read_as_those_of_ccusage_and_never_differ(
    store: Builder, said: Callable[..., str], told: Callable[..., Json], file: Callable[[bytes], str], kind: str
) -> None:
    codex, claude = store.session("s1"), store.session("s2", agent="claude")
    child = store.session("s2/a1", agent="claude", lineage="subagent", parent_id="s2")
    for at, session in enumerate((codex, claude, child, claude, codex)):
        when = BORN_MS + at * 86_400_000
        store.usage(session, input=at, cached=7, cache_write_5m=at * 5, output=100, model="gpt-5", time_ms=when)
    place = file(said("usage", kind, "--json").encode())
    (taken,) = told("usage", "import", "ccusage", place)["reports"]
    assert (taken["report"], taken["differences"]) == (kind, [])
    assert taken["totalTokens"] == taken["ourTotalTokens"] > 0
