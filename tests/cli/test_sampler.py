"""The sampler as it is really run: processes that are killed, two at once, a store that refuses."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from codex_loop.cli.app import run
from codex_loop.clock import format_ms, now_ms
from codex_loop.store.engine import open_for_reading
from tests.usage.status_programs import Programs

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the programs are scripts with a first line")


class Site:
    """A data folder of its own, status programs, and the sampler as a process."""

    def __init__(self, folder: Path) -> None:
        self.programs = Programs(folder / "bin")
        self.data = folder / "data"
        self.samples = self.data / "samples"
        self.environ = {name: value for name, value in os.environ.items() if not name.endswith("_STATUS_PATH")}
        self.environ |= {"CODEX_LOOP_DATA_DIR": str(self.data), "CODEX_LOOP_CONFIG": str(folder / "none.toml")}
        self.running: list[subprocess.Popen[str]] = []

    def start(self, *words: str, **variables: str) -> subprocess.Popen[str]:
        self.running.append(
            subprocess.Popen(
                [sys.executable, "-m", "codex_loop", *words],
                env=self.environ | variables,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        return self.running[-1]

    def sample(self, *words: str, **variables: str) -> tuple[int, str, str]:
        process = self.start("sample", *words, **variables)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    def lines(self, folder: Path | None = None) -> list[bytes]:
        files = sorted((folder or self.samples).glob("usage-*.jsonl"))
        return [line for path in files for line in path.read_bytes().splitlines()]

    def events(self, folder: Path | None = None) -> list[dict[str, Any]]:
        """Every line that is whole."""
        found = []
        for line in self.lines(folder):
            try:
                found.append(json.loads(line))
            except ValueError:
                continue
        return found

    def stored(self) -> int:
        with open_for_reading(str(self.data / "codex-loop.db")) as database:
            ((count,),) = database.rows("SELECT count(*) FROM limit_samples WHERE session_key IS NULL")
        return int(count)

    def close(self) -> None:
        for process in self.running:
            if process.poll() is None:
                process.kill()
            process.communicate(timeout=10)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.close()


def until(condition: Any) -> None:
    for _ in range(600):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come to pass")


def test_the_sampler_captures_both_sources_every_cycle_until_it_is_told_to_end(site: Site) -> None:
    a, b = site.programs.works("a"), site.programs.works("b")
    process = site.start("sampler", "--cadence", "1s", CLAUDE_STATUS_PATH=a, CODEX_STATUS_PATH=b)
    until(lambda: len(site.lines()) >= 4)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, "")
    events = site.events()
    assert [event["source_tool"] for event in events[:4]] == ["claude", "codex"] * 2
    assert [event["seq_no"] for event in events] == list(range(1, len(events) + 1))
    assert "claude 1 5h_limit 42 %" in out


def test_a_cycle_ends_in_the_store(site: Site) -> None:
    a, b = site.programs.works("a"), site.programs.works("b")
    code, out, _ = site.sample("--claude-status", a, "--codex-status", b, "--json")
    report = json.loads(out)
    assert (code, report["stored"], report["store_problem"], site.stored()) == (0, 2, None, 2)
    assert [(each["source"], each["seq_no"]) for each in report["sources"]] == [("claude", 1), ("codex", 2)]


def near_its_end(**window: Any) -> dict[str, Any]:
    """A window of which nearly everything is used, and which lasts until it ends in five minutes."""
    seen = {"used_percent": 96.0, "resets_at": format_ms(now_ms() + 300_000), "window_minutes": 300}
    return {"windows": {"5h_limit": seen | window}}


def test_a_limit_that_is_near_is_told_once(site: Site, tmp_path: Path) -> None:
    told = tmp_path / "told"
    notify = site.programs.make("notify", f"open({str(told)!r}, 'a').write('x')")
    near = site.programs.works("near", **near_its_end())
    variables = {"CODEX_LOOP_NOTIFY_COMMAND": notify, "CODEX_LOOP_NOTIFY_DESKTOP": "no", "CLAUDE_STATUS_PATH": ""}
    first = json.loads(site.sample("--codex-status", near, "--json", **variables)[1])
    second = json.loads(site.sample("--codex-status", near, "--json", **variables)[1])
    assert (len(first["notices"]), first["notices"][0]["problems"], second["notices"]) == (1, {}, [])
    assert told.read_text() == "x"


def test_a_cycle_refreshes_the_page_that_widgets_read(site: Site, tmp_path: Path) -> None:
    near = site.programs.works("near", **near_its_end(used_percent=50.0))
    page = site.data / "status.json"
    site.sample("--codex-status", near, "--db", str(tmp_path / "another.db"), CLAUDE_STATUS_PATH="")
    assert not page.exists()
    site.sample("--codex-status", near, CLAUDE_STATUS_PATH="")
    dials = {dial["dial"]: dial for dial in json.loads(page.read_text())["dials"]}
    assert (dials["C5"]["used_percent"], dials["CW"]["used_percent"]) == (50.0, None)


def test_two_cycles_reach_the_metrics_of_both_sources(site: Site) -> None:
    window = near_its_end(used_percent=42.0)["windows"]["5h_limit"]
    a = site.programs.works("a", windows={"session": window})
    b = site.programs.works("b", windows={"5h_limit": window})
    for _ in range(2):
        site.sample("--claude-status", a, "--codex-status", b)
    page = site.start("analyzer", "--once").communicate(timeout=60)[0].splitlines()
    for source in ("claude", "codex"):
        assert f'cctrack_sampler_captures_total{{source="{source}"}} 2.0' in page
        assert f'cctrack_sampler_capture_failures_total{{source="{source}"}} 0.0' in page
    assert 'codex_usage_ratio{window="5h_limit"} 0.42' in page
    assert 'claude_usage_ratio{window="session"} 0.42' in page


def test_what_the_statusline_was_told_meanwhile_is_stored_with_the_cycle(site: Site, tmp_path: Path) -> None:
    inbox = site.data / "inbox"
    inbox.mkdir(parents=True)
    window = {"used_percentage": 33, "resets_at": now_ms() // 1000 + 3600}
    line = {"schema": "codex-loop/statusline/1", "time_ms": now_ms(), "rate_limits": {"five_hour": window}}
    (inbox / "statusline-20261121.jsonl").write_text(json.dumps(line) + "\n")
    a = site.programs.works("a")
    both = ("--claude-status", "", "--codex-status", a)
    elsewhere = json.loads(site.sample(*both, "--data-dir", str(tmp_path / "elsewhere"), "--json")[1])
    here = json.loads(site.sample(*both, "--json")[1])
    assert (elsewhere["stored"], here["stored"], site.stored()) == (1, 2, 3)


def test_a_cycle_imports_nothing_heavy(site: Site) -> None:
    a = site.programs.works("a")
    words = ["sample", "--claude-status", a, "--codex-status", a]
    script = f"import sys; from codex_loop.cli.app import run; run({words!r}); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], env=site.environ, capture_output=True, text=True, check=True)
    heavy = {"sqlalchemy", "rich", "numpy", "pydantic", "cyclopts", "genai_prices", "asyncio"}
    assert heavy & set(done.stderr.split()) == set()


def test_a_flag_beats_a_variable_and_an_empty_one_disables_with_a_warning(site: Site) -> None:
    a, b = site.programs.works("a"), site.programs.works("b")
    code, _, err = site.sample("--claude-status", a, "--codex-status", "", CLAUDE_STATUS_PATH=b, CODEX_STATUS_PATH=b)
    assert (code, len(site.programs.calls("a")), site.programs.calls("b")) == (0, 1, [])
    assert err.startswith("codex-loop: warning: codex is disabled: CODEX_STATUS_PATH is empty")


def test_a_bad_path_warns_at_once_and_the_other_source_goes_on(site: Site) -> None:
    code, out, err = site.sample("--claude-status", site.programs.works("a"), "--codex-status", "/no/such/program")
    assert (code, [event["source_tool"] for event in site.events()]) == (4, ["claude"])
    assert err.startswith("codex-loop: warning: codex cannot be captured: /no/such/program does not exist")
    assert "codex gave nothing: exec" in out


@pytest.mark.parametrize("named", ["relative", "bare", "home"])
def test_a_program_may_be_named_as_in_a_shell(
    site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, named: str
) -> None:
    site.programs.works("mine")
    monkeypatch.chdir(tmp_path)
    paths = {"relative": "bin/mine", "bare": "mine", "home": "~/bin/mine"}
    search = f"{site.programs.folder}{os.pathsep}{os.environ['PATH']}"
    site.sample("--codex-status", paths[named], CLAUDE_STATUS_PATH="", PATH=search, HOME=str(tmp_path))
    assert [event["source_tool"] for event in site.events()] == ["codex"]


def test_without_a_program_named_ours_is_asked_which_needs_no_agent_where_a_rollout_tells(
    site: Site, tmp_path: Path
) -> None:
    day = tmp_path / "codex" / "sessions" / "2026" / "11" / "21"
    day.mkdir(parents=True)
    limits = {"limit_id": "codex", "plan_type": "pro", "primary": {
        "used_percent": 12.5, "window_minutes": 300, "resets_at": int(time.time()) + 7200}}  # fmt: skip
    line = {"timestamp": format_ms(now_ms()), "type": "event_msg",
            "payload": {"type": "token_count", "info": None, "rate_limits": limits}}  # fmt: skip
    rollout = day / "rollout-2026-11-21T09-00-00-019a1b2c-0000-7000-8000-000000000001.jsonl"
    rollout.write_text(json.dumps(line) + "\n")
    nowhere = str(tmp_path / "nowhere")
    code, out, _ = site.sample("--json", CODEX_HOME=str(tmp_path / "codex"), CLAUDE_CONFIG_DIR=nowhere, PATH=nowhere)
    claude, codex = json.loads(out)["sources"]
    assert (code, claude["failure"]) == (4, "exec")
    assert (codex["via"], codex["windows"]["5h_limit"]["used_percent"]) == ("rollout", 12.5)
    assert site.stored() == 1


def test_a_state_that_cannot_be_read_is_told(site: Site) -> None:
    a = site.programs.works("a")
    site.sample("--claude-status", a, "--codex-status", a)
    (site.samples / "sampler-state.json").write_bytes(b"{")
    code, _, err = site.sample("--claude-status", a, "--codex-status", a)
    assert (code, "cannot be read; its counts begin anew, the numbers go on" in err) == (0, True)
    assert [event["seq_no"] for event in site.events()] == [1, 2, 3, 4]


def test_with_both_disabled_there_is_nothing_to_do(site: Site) -> None:
    code, out, err = site.sample(CLAUDE_STATUS_PATH="", CODEX_STATUS_PATH="")
    assert (code, out, err.splitlines()[-1].startswith("codex-loop: both sources are disabled")) == (2, "", True)


def test_samples_go_to_the_folder_that_is_named_and_are_stored_from_there(site: Site, tmp_path: Path) -> None:
    elsewhere = tmp_path / "var" / "lib" / "cctrack"
    a, b = site.programs.works("a"), site.programs.works("b")
    site.sample("--claude-status", a, "--codex-status", b, "--data-dir", str(elsewhere))
    assert (len(site.lines(elsewhere)), site.samples.exists(), site.stored()) == (2, False, 2)


def test_a_store_that_refuses_costs_no_sample(site: Site) -> None:
    a, b = site.programs.works("a"), site.programs.works("b")
    (site.data / "broken.db").parent.mkdir(parents=True)
    (site.data / "broken.db").write_bytes(b"no database " * 100)
    both = ("--claude-status", a, "--codex-status", b)
    code, out, _ = site.sample(*both, "--db", str(site.data / "broken.db"))
    assert (code, len(site.events()), "not stored yet" in out) == (4, 2, True)
    site.sample(*both)
    assert site.stored() == 4


def test_both_hanging_end_in_time_and_leave_no_process(site: Site) -> None:
    pids = site.programs.folder / "pids"
    body = f"open({str(pids)!r}, 'a').write(f'{{os.getpid()}} '); time.sleep(60)"
    a, b = site.programs.make("a", body), site.programs.make("b", body)
    code, out, _ = site.sample("--claude-status", a, "--codex-status", b, "--status-timeout", "0.3")
    assert (code, out.count("timeout, no answer within")) == (4, 2)
    left = [pid for pid in pids.read_text().split() if psutil.pid_exists(int(pid))]
    assert (len(pids.read_text().split()), left) == (2, [])


@pytest.mark.parametrize(("command", "code"), [("sample", 130), ("sampler", 0)])
def test_told_to_end_in_mid_cycle_it_takes_the_program_with_it(site: Site, command: str, code: int) -> None:
    started = site.programs.folder / "started"
    waits = site.programs.make("waits", f"open({str(started)!r}, 'w').write(str(os.getpid())); time.sleep(60)")
    process = site.start(command, "--claude-status", waits, "--codex-status", "")
    until(lambda: started.exists() and started.read_text())
    process.terminate()
    process.communicate(timeout=10)
    assert process.returncode == code
    until(lambda: not psutil.pid_exists(int(started.read_text())))


def test_the_console_script_takes_the_same_words(site: Site) -> None:
    a = site.programs.works("a")
    script = "import sys; from codex_loop.cli.sampler import main; sys.exit(main())"
    words = ["--once", "--claude-status", a, "--codex-status", a, "--json"]
    done = subprocess.run([sys.executable, "-c", script, *words], env=site.environ, capture_output=True, check=True)
    assert json.loads(done.stdout)["schema"] == "codex-loop/sample/1"


def test_a_loop_prints_a_line_of_json_for_each_cycle(site: Site) -> None:
    a = site.programs.works("a")
    process = site.start("sampler", "--cadence", "1s", "--claude-status", a, "--codex-status", "/no/such", "--json")
    until(lambda: len(site.lines()) >= 3)  # the report of a cycle comes after its lines
    process.terminate()
    out, err = process.communicate(timeout=30)
    reports = [json.loads(line) for line in out.splitlines()]
    assert [report["sources"][0]["seq_no"] for report in reports[:2]] == [1, 2]
    assert 0 <= reports[0]["next_in_seconds"] <= 1
    assert err.count("\n") == 1


@pytest.mark.parametrize("cadence", ["soon", "0", "-5m"])
def test_a_cadence_that_cannot_be_is_refused(site: Site, cadence: str) -> None:
    process = site.start("sampler", f"--cadence={cadence}")
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err.count("\n")) == (2, 1)


def test_killed_between_its_two_sources_it_goes_on_with_the_next_number(site: Site) -> None:
    started = site.programs.folder / "started"
    a = site.programs.works("a")
    waits = site.programs.make("waits", f"open({str(started)!r}, 'w').write(str(os.getpid())); time.sleep(60)")
    process = site.start("sample", "--claude-status", a, "--codex-status", waits)
    until(lambda: started.exists() and started.read_text())
    process.kill()
    process.communicate(timeout=10)
    os.kill(int(started.read_text()), signal.SIGKILL)
    site.sample("--claude-status", a, "--codex-status", site.programs.works("b"))
    assert [(event["source_tool"], event["seq_no"]) for event in site.events()] == [
        ("claude", 1), ("claude", 2), ("codex", 3)
    ]  # fmt: skip
    assert site.stored() == 3


@pytest.mark.crash
def test_killed_at_any_moment_no_number_comes_twice(site: Site) -> None:
    chance = random.Random(7)
    a, b = site.programs.works("a"), site.programs.works("b")
    for _ in range(12):
        process = site.start("sample", "--claude-status", a, "--codex-status", b)
        time.sleep(chance.uniform(0.05, 0.4))
        process.kill()
        process.communicate(timeout=10)
    code, _, _ = site.sample("--claude-status", a, "--codex-status", b)
    numbers = [event["seq_no"] for event in site.events()]
    state = json.loads((site.samples / "sampler-state.json").read_text())
    assert (code, numbers) == (0, list(range(1, len(numbers) + 1)))
    assert state["seq_no"] == numbers[-1]


def test_of_two_samplers_at_once_one_works_and_the_other_says_why_not(site: Site) -> None:
    started = site.programs.folder / "started"
    slow = site.programs.make("slow", f"open({str(started)!r}, 'w').close(); time.sleep(1.5); print('{{}}')")
    first = site.start("sample", "--claude-status", slow, "--codex-status", site.programs.works("b"))
    until(started.exists)
    code, out, err = site.sample("--claude-status", slow, "--codex-status", site.programs.works("b"))
    first.communicate(timeout=30)
    assert (code, out) == (4, "")
    held = f"codex-loop: another sampler writes to {site.samples} (held by process {first.pid}); "
    assert err.startswith(held)
    assert [(event["source_tool"], event["seq_no"]) for event in site.events()] == [("codex", 1)]


def test_samples_reach_a_store_on_either_engine(
    place: str, site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CODEX_LOOP_DATA_DIR", str(site.data))
    a, b = site.programs.works("a"), site.programs.works("b")
    assert run(["sample", "--claude-status", a, "--codex-status", b, "--db", place, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["stored"] == 2
    with open_for_reading(place) as database:
        told = database.rows("SELECT agent, slot, window_minutes, used_percent FROM limit_samples ORDER BY agent")
    assert told == [("claude", "5h_limit", 300, 42.0), ("codex", None, 300, 42.0)]
