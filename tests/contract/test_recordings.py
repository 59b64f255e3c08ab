"""The recordings hold what their truth says: counted here by a second, independent reading of the raw files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.codex import release
from tests.contract.truth import Truth, name, recorded, recordings

FOLDERS = recordings()
_HOME_FOLDERS = ("sessions", "projects")


def lines(folder: Path) -> Iterator[dict[str, Any]]:
    for home in _HOME_FOLDERS:
        for path in sorted((folder / home).rglob("*.jsonl")):
            yield from map(json.loads, path.read_text(encoding="utf-8").splitlines())


def raw(folder: Path) -> str:
    return "\n".join(json.dumps(line, ensure_ascii=False) for line in lines(folder))


@pytest.fixture(params=FOLDERS, ids=name, scope="module")
def folder(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


@pytest.fixture(scope="module")
def truth(folder: Path) -> Truth:
    return recorded(folder)


def test_there_are_recordings_of_every_version() -> None:
    versions = {path.parent.name for path in FOLDERS}
    assert len(versions) == 8
    assert len(FOLDERS) > 100


def test_every_prompt_is_in_the_files(folder: Path, truth: Truth) -> None:
    text = raw(folder)
    assert truth.prompts
    assert [prompted.prompt for prompted in truth.prompts if prompted.prompt not in text] == []


def test_every_call_of_a_whole_answer_is_in_the_files(folder: Path, truth: Truth) -> None:
    text = raw(folder)
    missing = [call.call_id for answer in truth.answers() for call in answer.calls if call.call_id not in text]
    assert missing == []


def test_no_file_is_big_or_names_the_machine_that_made_it(folder: Path) -> None:
    for path in folder.rglob("*.json*"):
        text = path.read_text(encoding="utf-8")
        assert len(text) < 60_000
        assert "/tmp/codex-loop" not in text
        assert "/root/" not in text


@pytest.mark.parametrize("folder", [path for path in FOLDERS if path.parent.name.startswith("codex")], ids=name)
def test_tokens_of_codex_are_the_tokens_sent(folder: Path) -> None:
    truth = recorded(folder)
    whole = [each for each in truth.responses if each.complete]
    sent = sum(each.counted.fresh + each.counted.cache_read + each.counted.output for each in whole)
    if release(truth.version) >= (0, 169):
        records = [line["payload"] for line in lines(folder) if line["type"] == "token_usage_record"]
        assert {each["response_id"]: each["usage"]["output_tokens"] for each in records} == {
            each.response_id: each.counted.output for each in whole
        }
        assert sum(each["usage"]["total_tokens"] for each in records) == sent
    else:
        assert _counted_by_totals(folder) == sent


def _counted_by_totals(folder: Path) -> int:
    """Older formats: what each event adds to the running total; a fork's file repeats its parent's events."""
    total = 0
    for path in sorted((folder / "sessions").rglob("*.jsonl")):
        before = 0
        origin = json.loads(path.read_text(encoding="utf-8").split("\n", 1)[0])["payload"].get("forked_from_id")
        inherited = set() if origin is None else set(_totals(next((folder / "sessions").rglob(f"*{origin}.jsonl"))))
        for now in _totals(path):
            copied = now in inherited and before in inherited | {0}
            total += 0 if copied else now - before if now >= before else now
            before = now
    return total


def _totals(path: Path) -> list[int]:
    return [
        line["payload"]["info"]["total_token_usage"]["total_tokens"]
        for line in map(json.loads, path.read_text(encoding="utf-8").splitlines())
        if line["payload"].get("type") == "token_count" and line["payload"].get("info")
    ]


@pytest.mark.parametrize("folder", [path for path in FOLDERS if path.parent.name.startswith("claude")], ids=name)
def test_tokens_of_claude_are_the_tokens_sent(folder: Path) -> None:
    truth = recorded(folder)
    sent = {each.response_id: each for each in truth.responses}
    seen: dict[str, dict[str, Any]] = {}
    for line in lines(folder):
        message = line.get("message") or {}
        if line["type"] == "assistant" and message.get("model") != "<synthetic>":
            seen[message["id"]] = message
    assert [each.response_id for each in truth.answers() if each.response_id not in seen] == []
    for key, message in seen.items():
        usage, tokens = message["usage"], sent[key].counted
        assert usage["input_tokens"] == tokens.fresh
        assert usage["cache_read_input_tokens"] == tokens.cache_read
        assert usage["cache_creation_input_tokens"] == tokens.cache_write_5m + tokens.cache_write_1h
        if message["stop_reason"] is not None:
            assert usage["output_tokens"] == tokens.output
        else:
            assert usage["output_tokens"] in (1, tokens.output)
