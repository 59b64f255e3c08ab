"""Notices: once per cycle and threshold, stored before they are sent, on real channels."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from codex_loop.clock import DAY_MS, HOUR_MS, MINUTE_MS
from codex_loop.errors import SettingsError
from codex_loop.settings import load
from codex_loop.store import notices as store
from codex_loop.store.engine import Database, open_for_writing
from codex_loop.store.notices import Notice
from codex_loop.usage.limits import judge
from codex_loop.usage.notices import RUNS_OUT, Channel, channels, due, send
from tests.usage.test_limits import NOW, sample, weekly

AT = (80.0, 95.0, 100.0)


@pytest.fixture
def database(place: str) -> Iterator[Database]:
    with open_for_writing(place) as opened:
        yield opened


def news(database: Database, *samples: Any, now: int = NOW) -> list[str]:
    return [each.threshold for each in due(database, judge(samples, now), now, AT)]


def told(database: Database, *samples: Any, now: int = NOW) -> list[str]:
    """What is sent now."""
    return [each.notice.threshold for each in send(database, due(database, judge(samples, now), now, AT), {})]


def lasting(used: float | None, **facts: Any) -> Any:
    """A window that is almost over, so that it does not run out before."""
    values: dict[str, Any] = {"left": MINUTE_MS} | facts
    return sample(used, **values)


def test_each_threshold_is_told_once_in_a_cycle(database: Database) -> None:
    assert told(database, lasting(79)) == []
    assert told(database, lasting(81)) == ["80"]
    assert told(database, lasting(90)) == []
    assert told(database, lasting(96)) == ["95"]
    assert told(database, lasting(100)) == ["100"]
    assert told(database, lasting(100)) == []


def test_of_several_thresholds_at_once_only_the_highest_is_told(database: Database) -> None:
    assert told(database, lasting(97)) == ["95"]
    assert told(database, lasting(97.5)) == []
    assert [each.threshold for each in store.since(database, 0)] == ["95"]


def test_a_new_cycle_is_told_anew_and_a_jittering_reset_is_none(database: Database) -> None:
    assert told(database, lasting(81)) == ["80"]
    assert told(database, lasting(82, left=MINUTE_MS + 40_000)) == []
    later = NOW + 5 * HOUR_MS
    assert told(database, lasting(83, ago=-5 * HOUR_MS, left=5 * HOUR_MS + MINUTE_MS), now=later) == ["80"]


def test_an_early_reset_is_a_new_cycle_although_its_end_is_the_same(database: Database) -> None:
    end = {"left": 2 * MINUTE_MS}
    before = [sample(85, ago=3 * MINUTE_MS, **end)]
    assert told(database, *before, now=NOW - 3 * MINUTE_MS) == ["80"]
    after = [*before, sample(10, ago=2 * MINUTE_MS, **end), sample(88, ago=MINUTE_MS, **end)]
    assert told(database, *after) == ["80"]


def test_that_it_runs_out_before_its_reset_is_told_once(database: Database) -> None:
    half = weekly(62, left=84 * HOUR_MS)
    assert told(database, half) == [RUNS_OUT]
    assert told(database, half) == []
    assert told(database, weekly(81, left=84 * HOUR_MS)) == ["80"]


def test_a_forecast_without_confidence_is_no_news(database: Database) -> None:
    assert news(database, weekly(30, left=7 * DAY_MS - 14 * HOUR_MS)) == []


def test_old_and_ended_windows_are_no_news(database: Database) -> None:
    assert news(database, lasting(99, ago=16 * MINUTE_MS)) == []
    assert news(database, lasting(99, left=-1)) == []
    assert news(database, lasting(None)) == []


def test_windows_and_accounts_are_told_of_apart(database: Database) -> None:
    one, other = lasting(81, account="k1"), lasting(81, account="k2", left=2 * MINUTE_MS)
    assert told(database, one, other, weekly(82, left=HOUR_MS)) == ["80", "80", "80"]


def test_of_two_processes_that_find_the_same_news_one_tells_it(database: Database) -> None:
    found = due(database, judge([lasting(81)], NOW), NOW, AT)
    assert (len(send(database, found, {})), len(send(database, found, {}))) == (1, 0)


def test_processes_that_send_at_the_same_time_tell_each_notice_once(place: str) -> None:
    open_for_writing(place).close()
    found = [notice(key=number, threshold=str(number)) for number in range(20)]
    heard: list[int] = []

    def process() -> None:
        with open_for_writing(place) as database:
            send(database, found, {"ear": lambda each: heard.append(each.key)})

    threads = [Thread(target=process) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(heard) == list(range(20))


def test_it_is_stored_before_it_is_sent_and_a_channel_that_fails_stops_no_other(database: Database) -> None:
    seen: list[str] = []

    def look(notice: Notice) -> None:
        seen.extend(each.message for each in store.since(database, 0) if each.key == notice.key)

    def fail(notice: Notice) -> None:
        raise OSError("no way to the person")

    ways: dict[str, Channel] = {"broken": fail, "whole": look}
    (sent,) = send(database, due(database, judge([lasting(81)], NOW), NOW, AT), ways)
    assert seen == ["Codex 5h limit: 81 % used; it resets in 1 m"]
    assert dict(sent.problems) == {"broken": "no way to the person"}
    assert store.since(database, 0)[0].channels == ("broken", "whole")
    assert told(database, lasting(81)) == []


def notice(**facts: Any) -> Notice:
    values: dict[str, Any] = {
        "key": 1, "agent": "codex", "account": "secret-hash", "limit_id": "codex", "window_key": "5h",
        "cycle_ms": NOW + HOUR_MS, "threshold": "80", "time_ms": NOW, "channels": (), "message": "Codex: 81 % used",
    }  # fmt: skip
    return Notice(**(values | facts))


def test_a_webhook_gets_the_notice_as_json_and_never_the_account(tmp_path: Path) -> None:
    bodies: list[bytes] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200 if self.path == "/ok" else 500)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it
            """Silent."""

    with HTTPServer(("127.0.0.1", 0), Hook) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            address = f"http://127.0.0.1:{server.server_address[1]}"
            way(tmp_path, CODEX_LOOP_NOTIFY_WEBHOOK=f"{address}/ok")(notice())
            with pytest.raises(OSError, match="500"):
                way(tmp_path, CODEX_LOOP_NOTIFY_WEBHOOK=f"{address}/broken")(notice())
        finally:
            server.shutdown()
            thread.join()
    said = json.loads(bodies[0])
    assert (said["schema"], said["message"], said["threshold"]) == (
        "codex-loop/notice/1", "Codex: 81 % used", "80",
    )  # fmt: skip
    assert said["cycle_ends_at"] == "2026-11-21T10:00:00.000Z"
    assert b"secret-hash" not in bodies[0]


def test_a_command_gets_the_sentence_as_its_last_word_and_json_as_its_input(tmp_path: Path) -> None:
    script, out = tmp_path / "tell.py", tmp_path / "heard.txt"
    script.write_text(f"import sys; open({str(out)!r}, 'w').write(sys.argv[-1] + '|' + sys.stdin.read())")
    way(tmp_path, CODEX_LOOP_NOTIFY_COMMAND=f'"{sys.executable}" "{script}"')(notice())
    sentence, _, given = out.read_text().partition("|")
    assert (sentence, json.loads(given)["window"]) == ("Codex: 81 % used", "5h")


def test_a_command_that_fails_says_so(tmp_path: Path) -> None:
    script = tmp_path / "fail.py"
    script.write_text("raise SystemExit(3)")
    with pytest.raises(OSError, match="ended with exit code 3"):
        way(tmp_path, CODEX_LOOP_NOTIFY_COMMAND=f'"{sys.executable}" "{script}"')(notice())
    with pytest.raises(OSError, match="is no http address"):
        way(tmp_path, CODEX_LOOP_NOTIFY_WEBHOOK="file:///etc/passwd")(notice())


@pytest.mark.parametrize("line", ["say 'half", "   "])
def test_a_command_line_that_is_none_is_named(line: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="notify_command: "):
        way(tmp_path, CODEX_LOOP_NOTIFY_COMMAND=line)


def way(folder: Path, **environ: str) -> Channel:
    environ = {"CODEX_LOOP_DATA_DIR": str(folder), "CODEX_LOOP_NOTIFY_DESKTOP": "no", "HOME": str(folder)} | environ
    (channel,) = channels(load(environ=environ, config=folder / "none.toml"), environ).values()
    return channel


@pytest.mark.skipif(sys.platform != "linux", reason="the desktop of Linux")
def test_the_desktop_is_a_channel_where_there_is_one(tmp_path: Path) -> None:
    program, out = tmp_path / "notify-send", tmp_path / "said.txt"
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {out}\n')
    program.chmod(0o700)
    environ = {"PATH": f"{tmp_path}:/usr/bin:/bin", "CODEX_LOOP_DATA_DIR": str(tmp_path)}
    settings = load(environ=environ, config=tmp_path / "none.toml")
    assert channels(settings, environ) == {}
    channels(settings, environ | {"DISPLAY": ":0"})["desktop"](notice())
    assert out.read_text().splitlines()[-2:] == ["codex-loop", "Codex: 81 % used"]
