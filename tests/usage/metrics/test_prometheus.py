"""A real Prometheus scrapes the real command, loads the shipped rules, and answers the dashboard's questions."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import msgspec
import pytest

from codex_loop.clock import HOUR_MS, format_ms, now_ms
from tools import prometheus

pytestmark = pytest.mark.contract

SHIPPED = files("codex_loop.usage.monitoring")
TOKEN = "correct horse battery staple"
PATIENCE_S = 60


@contextmanager
def ended(*command: str | Path, **streams: Any) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen([*map(str, command)], text=True, **streams) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def analyzer(folder: Path) -> Iterator[int]:
    """The command over one sample of each tool; its port."""
    at, windows = now_ms(), {"codex": "5h_limit", "claude": "session"}
    lines = [
        {"source_tool": tool, "seq_no": number, "timestamp": format_ms(at),
         "windows": {windows[tool]: {"used_percent": 40.0 + number, "resets_at": format_ms(at + HOUR_MS)}}}
        for number, tool in enumerate(windows, 1)
    ]  # fmt: skip
    (folder / "usage-20261121.jsonl").write_bytes(b"".join(msgspec.json.encode(each) + b"\n" for each in lines))
    (folder / "token").write_text(TOKEN, encoding="utf-8")
    words: list[str | Path] = [
        "--port",
        "0",
        "--token-file",
        folder / "token",
        "--data-dir",
        folder,
        "--db",
        folder / "loop.db",
    ]
    with ended(sys.executable, "-m", "codex_loop", "analyzer", *words, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        said = process.stderr.readline()
        yield int(said.split("/metrics")[0].rsplit(":", 1)[1])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Prometheus that has scraped once: where its API is."""
    folder = tmp_path_factory.mktemp("prometheus")
    with analyzer(folder) as port, as_file(SHIPPED / "alerts.yml") as rules:
        job = {
            "job_name": "codex-loop",
            "scrape_interval": "1s",
            "authorization": {"credentials_file": str(folder / "token")},
            "static_configs": [{"targets": [f"127.0.0.1:{port}"]}],
        }
        config = {"global": {"evaluation_interval": "1s"}, "rule_files": [str(rules)], "scrape_configs": [job]}
        (folder / "prometheus.json").write_text(json.dumps(config), encoding="utf-8")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            own = probe.getsockname()[1]
        command = [
            prometheus.find("prometheus"), f"--config.file={folder / 'prometheus.json'}",
            f"--storage.tsdb.path={folder / 'data'}", f"--web.listen-address=127.0.0.1:{own}",
        ]  # fmt: skip
        log = (folder / "log").open("w", encoding="utf-8")
        with log, ended(*command, stdout=log, stderr=log):
            url = f"http://127.0.0.1:{own}/api/v1/"
            until = time.monotonic() + PATIENCE_S
            while not scraped(url):
                assert time.monotonic() < until, (folder / "log").read_text(encoding="utf-8")
                time.sleep(0.1)
            yield url


def scraped(url: str) -> bool:
    try:
        return [each["value"][1] for each in query(url, "up")] == ["1"]
    except OSError:
        return False


def asked(url: str, path: str) -> Any:
    with urllib.request.urlopen(url + path, timeout=10) as answer:
        found = json.loads(answer.read())
    assert found["status"] == "success"
    return found["data"]


def query(url: str, expr: str) -> list[Any]:
    found: list[Any] = asked(url, f"query?{urllib.parse.urlencode({'query': expr})}")["result"]
    return found


def test_what_was_sampled_arrives(server: str) -> None:
    codex, claude = query(server, 'codex_usage_ratio{window="5h_limit"}'), query(server, "claude_usage_ratio")
    assert [float(each["value"][1]) for each in (*codex, *claude)] == [0.41, 0.42]


def test_every_question_of_the_dashboard_is_answered_and_the_dials_with_a_number(server: str) -> None:
    answers = {}
    for panel in json.loads((SHIPPED / "dashboard.json").read_text(encoding="utf-8"))["panels"]:
        for target in panel["targets"]:
            plain = target["expr"].replace("$__rate_interval", "5m").replace("$instance", ".*")
            answers[panel["title"]] = query(server, plain)
    assert float(answers["C5"][0]["value"][1]) == 0.41
    assert float(answers["S"][0]["value"][1]) == 0.42
    assert answers["O"] == []
    assert len(answers["Limits used"]) == 2


def test_the_rules_are_loaded_and_every_one_can_be_evaluated(server: str) -> None:
    until = time.monotonic() + PATIENCE_S
    while "unknown" in (health := [rule["health"] for rule in loaded(server)]):
        assert time.monotonic() < until, health
        time.sleep(0.1)
    assert health == ["ok"] * 8


def loaded(server: str) -> list[Any]:
    return [rule for group in asked(server, "rules")["groups"] for rule in group["rules"]]
