"""`codex-loop analyzer` as a process, a page, a file."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families

from codex_loop.cli.app import run
from codex_loop.clock import HOUR_MS, format_ms, now_ms
from codex_loop.errors import Exit
from codex_loop.store.engine import open_for_reading
from tests.usage.status_programs import Programs

TOKEN = "correct horse battery staple"
Said = Callable[..., tuple[int, str, str]]


def line(source: str | None, used: float, *, window: str, number: int | None = None) -> bytes:
    """A line as samplers write them, also those that knew one agent only."""
    at = now_ms()
    event = {
        "timestamp": format_ms(at),
        "hostname": "h",
        "windows": {window: {"used_percent": used, "resets_at": format_ms(at + HOUR_MS)}},
    }
    named = {} if source is None else {"source_tool": source}
    numbered = {} if number is None else {"seq_no": number}
    return msgspec.json.encode(named | numbered | event) + b"\n"


@pytest.fixture
def samples(tmp_path: Path) -> Path:
    folder = tmp_path / "cctrack"
    folder.mkdir()
    (folder / "usage-20261120.jsonl").write_bytes(line(None, 42.0, window="session"))
    return folder


@pytest.fixture
def places(tmp_path: Path, samples: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setenv("CODEX_LOOP_DATA_DIR", str(tmp_path / "data"))
    return ["--data-dir", str(samples), "--db", str(tmp_path / "loop.db")]


@pytest.fixture
def said(places: list[str], capsys: pytest.CaptureFixture[str]) -> Said:
    def say(*words: str) -> tuple[int, str, str]:
        code = run(["analyzer", *words, *places])
        return code, *capsys.readouterr()

    return say


@contextmanager
def serving(places: list[str], *words: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The real command, until the test is done with it; and where its page is."""
    command = [sys.executable, "-m", "codex_loop", "analyzer", "--port", "0", *words, *places]
    signal.signal(signal.SIGINT, signal.default_int_handler)  # in the background it is ignored, and that is inherited
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stderr is not None
            said = process.stderr.readline()
            assert "metrics at http://" in said, said + process.stderr.read()
            yield process, said.split()[3].rstrip(";")
        finally:
            process.kill()


def values(page: str) -> dict[str, float]:
    return {
        f"{sample.name}{sorted(sample.labels.values())}": sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


def get(url: str, token: str | None = None) -> str:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=30) as answer:
        page: bytes = answer.read()
        return page.decode()


def test_an_old_file_of_claude_alone_is_read(said: Said) -> None:
    code, page, _ = said("--once")
    assert code == Exit.OK
    found = values(page)
    assert found["claude_usage_ratio['session']"] == 0.42
    assert not any(name.startswith("codex_usage_ratio") for name in found)


def test_a_mixed_file_gives_each_agent_its_own(said: Said, samples: Path) -> None:
    both = line("claude", 10.0, window="weekly_all", number=1) + line("codex", 20.0, window="5h_limit", number=2)
    (samples / "usage-20261121.jsonl").write_bytes(both)
    found = values(said("--once")[1])
    assert found["claude_usage_ratio['session']"] == 0.42
    assert found["claude_usage_ratio['weekly_all']"] == 0.1
    assert found["codex_usage_ratio['5h_limit']"] == 0.2
    assert found["cctrack_sampler_last_capture_timestamp_seconds['codex']"] > 1_700_000_000


def test_two_cycles_with_a_codex_that_fails_are_counted_by_source(
    said: Said, places: list[str], tmp_path: Path
) -> None:
    if os.name == "nt":
        pytest.skip("the programs are scripts with a first line that Windows does not read")
    programs = Programs(tmp_path / "bin")
    works, fails = programs.works("claude"), programs.make("codex", "sys.exit(7)")
    for _ in range(2):
        assert run(["sample", "--claude-status", works, "--codex-status", fails, *places]) == Exit.DEGRADED
    said("--rules")  # what the cycles printed is out of the way
    found = values(said("--once")[1])
    assert found["cctrack_sampler_captures_total['claude']"] == 2
    assert found["cctrack_sampler_captures_total['codex']"] == 0
    assert found["cctrack_sampler_capture_failures_total['codex']"] == 2
    assert found["codexloop_sampler_capture_failures_total['codex', 'exec']"] == 2
    assert found["cctrack_sampler_capture_failures_total['claude']"] == 0


def test_an_analyzer_that_starts_again_takes_no_line_twice(said: Said, samples: Path, tmp_path: Path) -> None:
    (samples / "usage-20261121.jsonl").write_bytes(line("codex", 20.0, window="5h_limit", number=2))
    said("--once")
    with (samples / "usage-20261121.jsonl").open("ab") as file:
        file.write(line("codex", 21.0, window="5h_limit", number=3))
    said("--once")
    with open_for_reading(str(tmp_path / "loop.db")) as database:
        told = database.rows("SELECT agent, used_percent FROM limit_samples ORDER BY 1, 2")
        assert told == [("claude", 42.0), ("codex", 20.0), ("codex", 21.0)]
        accounts = "SELECT read, stored, duplicate, rejected FROM cursors WHERE lane = 'accounting' ORDER BY 1"
        assert database.rows(accounts) == [(1, 1, 0, 0), (2, 2, 0, 0)]


def test_whoever_only_looks_sends_no_notice(said: Said, samples: Path, tmp_path: Path) -> None:
    (samples / "usage-20261121.jsonl").write_bytes(line("codex", 99.0, window="5h_limit", number=2))
    assert values(said("--once")[1])["codex_usage_ratio['5h_limit']"] == 0.99
    with open_for_reading(str(tmp_path / "loop.db")) as database:
        assert database.rows("SELECT message FROM notices") == []


def test_a_file_that_cannot_be_read_is_named_and_the_others_are_told(said: Said, samples: Path) -> None:
    (samples / "usage-20261121.jsonl").mkdir()
    code, page, sentence = said("--once")
    assert values(page)["claude_usage_ratio['session']"] == 0.42
    assert (code, "usage-20261121.jsonl" in sentence) == (Exit.DEGRADED, True)


def test_the_json_has_the_same_samples(said: Said) -> None:
    report = msgspec.json.decode(said("--once", "--json")[1])
    told = {family["name"]: family["samples"] for family in report["families"]}
    assert report["schema"] == "codex-loop/analyzer/1"
    assert told["claude_usage_ratio"] == [{"labels": {"window": "session"}, "value": 0.42}]


def test_without_any_store_it_says_so_and_tells_the_rest(said: Said, samples: Path) -> None:
    for file in samples.iterdir():
        file.unlink()
    code, page, problem = said("--once")
    assert code == Exit.DEGRADED
    assert values(page)["codexloop_store_up[]"] == 0
    assert "codex-loop ingest" in problem


def test_the_file_for_the_textfile_collector_is_written(said: Said, tmp_path: Path) -> None:
    folder = tmp_path / "textfiles"
    folder.mkdir()
    assert said("--textfile", str(folder))[0] == Exit.OK
    assert values((folder / "codexloop.prom").read_text(encoding="utf-8"))["claude_usage_ratio['session']"] == 0.42
    code, _, sentence = said("--textfile", str(tmp_path / "absent"))
    assert code == Exit.USAGE
    assert "absent: no such folder" in sentence


def test_rules_and_dashboard_can_be_printed(said: Said) -> None:
    assert "alert: CodexLoopSourceFailing" in said("--rules")[1]
    assert msgspec.json.decode(said("--dashboard")[1])["title"]


def test_an_open_address_without_a_token_is_refused_before_anything_listens(said: Said) -> None:
    code, _, sentence = said("--host", "0.0.0.0", "--port", "0")
    assert (code, "--token-file" in sentence, sentence.count("\n")) == (Exit.USAGE, True, 1)


@pytest.mark.parametrize("port", ["65536", "99999"])
def test_a_port_that_cannot_be_is_refused_with_a_sentence(said: Said, port: str) -> None:
    code, _, sentence = said("--port", port)
    assert (code, f"--port {port}" in sentence, sentence.count("\n")) == (Exit.USAGE, True, 1)


def test_two_ways_to_say_the_token_are_one_too_many(said: Said, tmp_path: Path) -> None:
    assert said("--token", TOKEN, "--token-file", str(tmp_path / "token"))[0] == Exit.USAGE


def test_an_empty_token_file_opens_nothing(said: Said, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("\n", encoding="utf-8")
    code, _, sentence = said("--host", "0.0.0.0", "--port", "0", "--token-file", str(tmp_path / "token"))
    assert (code, "too short" in sentence) == (Exit.USAGE, True)


def test_a_scrape_sees_what_was_sampled_since_the_last_one(places: list[str], samples: Path) -> None:
    with serving(places) as (_, url):
        assert values(get(url))["claude_usage_ratio['session']"] == 0.42
        with (samples / "usage-20261120.jsonl").open("ab") as file:
            file.write(line("claude", 43.0, window="session", number=7))
        assert values(get(url))["claude_usage_ratio['session']"] == 0.43


def test_two_scrapers_at_once_are_told_the_same(places: list[str]) -> None:
    with serving(places) as (_, url), ThreadPoolExecutor(2) as scrapers:
        pages = list(scrapers.map(get, [url] * 12))
    assert {values(page)["claude_usage_ratio['session']"] for page in pages} == {0.42}


def test_a_token_opens_the_page_and_nothing_else_does(places: list[str], tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text(f"{TOKEN}\n", encoding="utf-8")
    with serving(places, "--host", "0.0.0.0", "--token-file", str(secret)) as (_, url):
        here = url.replace("0.0.0.0", "127.0.0.1")
        assert "claude_usage_ratio" in get(here, TOKEN)
        with pytest.raises(urllib.error.HTTPError, match="401") as refusal:
            get(here)
        refusal.value.close()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_it_is_told_to(places: list[str], number: signal.Signals) -> None:
    with serving(places) as (process, url):
        get(url)
        process.send_signal(number)
        assert process.wait(30) == Exit.OK
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_the_console_script_is_the_same_command() -> None:
    code = "import sys; from codex_loop.cli.analyzer import main; sys.argv[1:] = ['--rules']; sys.exit(main())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.startswith("# Alert rules")) == (0, True)
