"""The dials of status bars, and the start of the two programs that run all day."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from codex_loop.__main__ import main
from codex_loop.cli import hot
from codex_loop.cli.dials import FORMATS, Reading, drawn, overall, readings
from codex_loop.clock import DAY_MS, HOUR_MS, MINUTE_MS, now_ms
from codex_loop.settings import load

NOW = 1_795_251_600_000


def dial(name: str, used: float | None, **facts: Any) -> dict[str, Any]:
    told: dict[str, Any] = {
        "dial": name, "state": "current", "used_percent": used, "resets_ms": NOW + 2 * HOUR_MS,
        "observed_ms": NOW - MINUTE_MS, "stale_after_ms": 15 * MINUTE_MS, "exhausts_ms": None, "via": "app-server",
    }  # fmt: skip
    return told | facts


def page(*dials: Mapping[str, Any]) -> dict[str, object]:
    return {"schema": "codex-loop/status/1", "dials": list(dials)}


USUAL = page(
    dial("C5", 42.4),
    dial("CW", 97.0, resets_ms=NOW + 3 * DAY_MS),
    dial("S", 80.0),
    dial("W", 55.0, observed_ms=NOW - 3 * HOUR_MS),
)


def shown(told: Mapping[str, object] = USUAL, now: int = NOW) -> list[Reading]:
    return readings(told, now)


@pytest.mark.parametrize(
    ("told", "text", "kind"),
    [
        (dial("C5", 0.0), "C5 0%", "ok"),
        (dial("C5", 79.9), "C5 80%", "ok"),
        (dial("C5", 80), "C5 80%", "warning"),
        (dial("C5", 30, exhausts_ms=NOW + HOUR_MS), "C5 30%", "warning"),
        (dial("C5", 95), "C5 95%", "critical"),
        (dial("C5", None), "C5 –(1m)", "unknown"),
        (dial("C5", None, observed_ms=None), "C5 –", "unknown"),
        (dial("C5", 42, observed_ms=NOW - 16 * MINUTE_MS), "C5 –(16m)", "stale"),
        (dial("C5", 42, observed_ms=None), "C5 –", "stale"),
        (dial("C5", 42, resets_ms=NOW), "C5 –(1m)", "unknown"),
        (dial("C5", 42, state="expired", resets_ms=None), "C5 –(1m)", "unknown"),
        (dial("C5", 42, observed_ms=NOW + DAY_MS), "C5 42%", "ok"),
        ({"dial": "C5", "used_percent": "42", "observed_ms": True}, "C5 –", "unknown"),
    ],
)
def test_a_number_is_shown_only_while_it_holds(told: dict[str, Any], text: str, kind: str) -> None:
    reading = shown(page(told))[0]
    assert (reading.text, reading.kind) == (text, kind)


def test_a_file_that_was_written_long_ago_ages_by_itself() -> None:
    assert [each.text for each in shown(now=NOW + HOUR_MS)] == ["C5 –(1h)", "CW –(1h)", "S –(1h)", "W –(4h)", "O –"]
    assert shown(now=NOW + 2 * HOUR_MS)[0].kind == "unknown"


@pytest.mark.parametrize("told", [{}, {"dials": 3}, {"dials": [1, None, {"dial": ["C5"]}]}, page({"dial": "C5"})])
def test_of_any_other_content_nothing_is_known(told: dict[str, object]) -> None:
    assert [each.text for each in shown(told)] == ["C5 –", "CW –", "S –", "W –", "O –"]


def test_plain_is_one_line() -> None:
    assert drawn("plain", shown()) == "C5 42% CW 97% S 80% W –(3h) O –"


def test_waybar_gets_one_line_of_json_with_the_class_of_the_worst() -> None:
    line = drawn("waybar", shown())
    assert "\n" not in line
    said = json.loads(line)
    assert (said["class"], said["alt"], said["percentage"]) == ("critical", "critical", 97)
    assert said["tooltip"].splitlines()[:2] == [
        "Codex 5 hours: 42 % used, resets in 2h, told 1m ago by app-server",
        "Codex week: 97 % used, resets in 3d, told 1m ago by app-server",
    ]
    assert "percentage" not in json.loads(drawn("waybar", shown({})))


def test_a_tooltip_says_what_is_used_up_and_what_was_told_just_now() -> None:
    full = page(dial("C5", 100, observed_ms=NOW, exhausts_ms=NOW), dial("CW", 1, resets_ms=NOW))
    assert drawn("xbar", shown(full)).splitlines()[2:4] == [
        "Codex 5 hours: 100 % used, resets in 2h, used up, told just now by app-server",
        "Codex week: unknown, last told 1m ago",
    ]


def test_waybar_text_cannot_be_markup() -> None:
    said = json.loads(drawn("waybar", shown(page(dial("C5", 1, via="<b>&")))))
    assert "&lt;b&gt;&amp;" in said["tooltip"]


def test_tmux_and_polybar_colour_each_dial() -> None:
    assert drawn("tmux", shown()).startswith("C5 42% #[fg=red]CW 97%#[default] #[fg=yellow]S 80%#[default] ")
    assert drawn("polybar", shown()).startswith("C5 42% %{F#ff5555}CW 97%%{F-} ")


def test_xbar_gets_a_title_and_a_menu() -> None:
    lines = drawn("xbar", shown(page(dial("C5", 1, via="a|b")))).splitlines()
    assert lines[:2] == ["C5 1% CW – S – W – O –", "---"]
    assert lines[2].endswith("by a/b")
    assert lines[-1] == "Refresh | refresh=true"
    assert drawn("xbar", shown()).splitlines()[0].endswith(" | color=#ff5555")


def test_i3blocks_gets_a_long_and_a_short_text_and_a_colour() -> None:
    assert drawn("i3blocks", shown()).splitlines() == ["C5 42% CW 97% S 80% W –(3h) O –", "CW 97%", "#ff5555"]
    assert drawn("i3blocks", shown(page(dial("C5", 1)))).splitlines() == ["C5 1% CW – S – W – O –", "C5 1%"]


def test_json_has_every_dial_with_its_age() -> None:
    said = json.loads(drawn("json", shown()))
    assert (said["schema"], said["class"], len(said["dials"])) == ("codex-loop/widget/1", "critical", 5)
    assert said["dials"][3]["class"] == "stale"
    assert said["dials"][3]["age_seconds"] == 10_800


def test_the_worst_known_dial_gives_the_colour() -> None:
    assert overall(shown(page(dial("C5", 1)))) == "ok"
    assert overall(shown(page(dial("C5", 1), dial("S", 2, observed_ms=None)))) == "stale"
    assert overall(shown({})) == "unknown"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CODEX_LOOP_DATA_DIR", str(tmp_path))
    return tmp_path


def put(folder: Path, *dials: Mapping[str, Any]) -> None:
    (folder / "status.json").write_text(json.dumps(page(*dials)))


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_is_printed_also_without_a_status_file(
    form: str, folder: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert main(["widget", "--format", form]) == 0
    assert "C5 –".encode() in capfdbinary.readouterr().out or form == "waybar"


def test_a_critical_block_is_urgent_in_i3blocks_only(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    put(folder, dial("C5", 99, resets_ms=now_ms() + HOUR_MS, observed_ms=now_ms()))
    assert [main(["widget", f"--format={form}"]) for form in ("i3blocks", "plain")] == [33, 0]
    assert "C5 99%" in capfd.readouterr().out


def test_only_the_dials_that_are_asked_for_are_drawn(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["widget", "--dials", "cw,O"]) == 0
    assert capfd.readouterr().out == "CW – O –\n"


@pytest.mark.parametrize("words", [["--dials", "X"], ["--format", "kde"], ["--colour"], ["--format"], ["extra"]])
def test_a_mistake_is_one_sentence(words: list[str], folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["widget", *words]) == 2
    assert capfd.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("name", ["widget", "statusline"])
def test_both_explain_themselves(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help"]) == 0
    assert f"Usage: codex-loop {name}" in capfd.readouterr().out


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"schema":"codex-loop/status/2"}', b'{"dials":[]}', b"\xff" * 10, b"[" * 100_000],
)
def test_a_page_that_is_not_ours_is_no_page(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "status.json").write_bytes(content)
    assert hot.status_page(str(tmp_path)) == {}


@pytest.mark.parametrize(
    ("environ", "toml"),
    [
        ({}, None),
        ({}, 'data_dir = "~/elsewhere"'),
        ({}, 'data_dir = "/abs/place"\njobs = 2'),
        ({"CODEX_LOOP_DATA_DIR": "~/mine"}, 'data_dir = "/abs/place"'),
        ({"CODEX_LOOP_DATA_DIR": ""}, None),
        ({"XDG_DATA_HOME": "/xdg"}, None),
        ({"XDG_DATA_HOME": "relative"}, None),
        ({"XDG_CONFIG_HOME": "{tmp}/config"}, 'data_dir = "/of/config"'),
    ],
)
def test_the_data_folder_is_the_one_that_every_command_uses(
    environ: dict[str, str], toml: str | None, tmp_path: Path
) -> None:
    environ = {name: value.replace("{tmp}", str(tmp_path)) for name, value in environ.items()}
    config = tmp_path / "config" / "codex-loop" / "config.toml"
    config.parent.mkdir(parents=True)
    if toml is not None:
        config.write_text(toml)
    if "XDG_CONFIG_HOME" not in environ:
        environ["CODEX_LOOP_CONFIG"] = str(config)
    assert Path(hot.data_dir(None, environ)) == load(environ=environ).data_dir
    assert Path(hot.data_dir("~/flag", environ)) == load({"data_dir": Path("~/flag")}, environ=environ).data_dir


PROBE = """
import sys, time
before = time.process_time()
from codex_loop.__main__ import main
code = main({words!r})
spent = time.process_time() - before
sys.stderr.write(" ".join([str(code), str(spent), *sys.modules]))
"""


@pytest.mark.parametrize("words", [["widget", "--format", "waybar"], ["statusline"]], ids=lambda words: str(words[0]))
def test_what_runs_all_day_imports_the_standard_library_only_and_is_quick(words: list[str], folder: Path) -> None:
    put(folder, dial("C5", 42))
    given = b'{"rate_limits":{"five_hour":{"used_percentage":1,"resets_at":1}}}'
    spent, modules = [], list[str]()
    for _ in range(5):
        environ = {**os.environ, "CODEX_LOOP_DATA_DIR": str(folder)}
        done = subprocess.run(
            [sys.executable, "-c", PROBE.format(words=words)], input=given, capture_output=True, check=True, env=environ
        )
        code, seconds, *modules = done.stderr.decode().split()
        assert code == "0"
        spent.append(float(seconds))
    ours = {name for name in modules if name.startswith("codex_loop")}
    assert ours <= {"codex_loop", "codex_loop.__main__", "codex_loop.cli", "codex_loop.cli.hot", "codex_loop.cli.dials",
                    "codex_loop.cli.feed"}  # fmt: skip
    foreign = {"msgspec", "typing_extensions", "inspect", "sqlite3", "datetime", "pathlib", "subprocess", "cyclopts"}
    assert foreign.isdisjoint(modules)
    # The declared budget is 40 ms with the interpreter's own start; a machine under load measures more.
    assert min(spent) < 0.120


def test_nobody_hears_of_a_reader_that_went_away(folder: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "codex_loop", "widget"], stdout=writer, stderr=subprocess.PIPE, check=False
        )
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")
