"""The corpus is only worth its truth: a second, slow and plain counter must arrive at the same numbers."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from benchmarks.corpus.__main__ import main
from benchmarks.corpus.plan import write_corpus

Line = dict[str, Any]
KINDS = ("input", "cache_read", "cache_write", "output")


class Corpus(NamedTuple):
    folder: Path
    truth: dict[str, Any]


class Counted(NamedTuple):
    """What the plain counter found, by kind of token, by day, and by family of sessions."""

    tokens: Counter[str]
    days: Counter[str]
    sessions: Counter[str]
    acts: Counter[str]


@pytest.fixture(scope="module", params=[7, 11])
def corpus(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    folder = tmp_path_factory.mktemp("corpus")
    return Corpus(folder, write_corpus(folder, 4, request.param).as_json()["agents"])  # type: ignore[arg-type]


def lines_of(path: Path) -> Iterator[Line]:
    """Complete lines that are JSON; a torn last line is not there yet, a broken one never was."""
    for raw in path.read_bytes().split(b"\n")[:-1]:
        try:
            yield json.loads(raw)
        except ValueError:
            continue


def digest(folder: Path) -> str:
    whole = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        whole.update(str(path.relative_to(folder)).encode() + path.read_bytes())
    return whole.hexdigest()


# -- the plain counter: Codex -------------------------------------------------------------------------------------


def codex_files(folder: Path) -> list[list[Line]]:
    """Every rollout once (an archived copy has the name of its original), oldest first."""
    paths = {path.name: path for path in sorted((folder / "codex").rglob("rollout-*.jsonl"), reverse=True)}
    return [list(lines_of(path)) for _, path in sorted(paths.items())]


def split_copied(lines: list[Line], seen: dict[str, list[Line]]) -> tuple[list[Line], list[Line]]:
    """The head that repeats an earlier file's lines (whatever their times), and the rest."""
    metas = [place for place, line in enumerate(lines) if line["type"] == "session_meta"]
    if len(metas) < 2:
        return [], lines
    start = metas[1]
    original = seen[lines[start]["payload"]["id"]]
    end = start
    while (
        end < len(lines) and end - start < len(original) and lines[end]["payload"] == original[end - start]["payload"]
    ):
        end += 1
    return lines[start:end], lines[end:]


def count_codex(folder: Path, truth: dict[str, Any]) -> Counted:
    found = Counted(Counter(), Counter(), Counter(), Counter())
    families = {key: one["family"] for key, one in truth["codex"]["by_session"].items()}
    seen: dict[str, list[Line]] = {}
    responses: set[str] = set()
    for lines in codex_files(folder):
        ident = lines[0]["payload"]["id"]
        inherited = [line["payload"]["id"] for line in lines if line["type"] == "session_meta"][1:]
        # An original that has no file of its own is known by the oldest fork that repeats it.
        if inherited and inherited[0] not in seen:
            copied: list[Line] = []
            own = lines
            seen[inherited[0]] = lines[[line["type"] for line in lines].index("session_meta", 1) :]
        else:
            copied, own = split_copied(lines, seen)
        seen.setdefault(ident, lines)
        for day, amount in codex_amounts(copied, own, responses):
            add(found, families[ident], day, codex_kinds(amount))
        found.acts.update(codex_acts(own))
    return found


def codex_amounts(copied: list[Line], own: list[Line], responses: set[str]) -> Iterator[tuple[str, Line]]:
    """Rules 2 to 8 of the token rules, one line at a time."""
    totals = [total for line in copied if (total := total_of(line))]
    previous = totals[-1] if totals else None
    recorded: list[Line] = []
    for line in own:
        day, payload = line["timestamp"][:10], line["payload"]
        if line["type"] == "token_usage_record":
            recorded.append(payload["thread_token_usage"])
            if payload["response_id"] not in responses:
                responses.add(payload["response_id"])
                yield day, payload["usage"]
            continue
        total = total_of(line)
        if not total or total in recorded or total == previous:
            continue
        last = payload["info"]["last_token_usage"]
        if last["input_tokens"] or last["output_tokens"]:
            yield day, last
        else:
            yield day, {kind: total[kind] - (previous or {}).get(kind, 0) for kind in total}
        previous = total


def total_of(line: Line) -> Line | None:
    payload = line["payload"]
    if line["type"] != "event_msg" or payload["type"] != "token_count" or payload["info"] is None:
        return None
    return dict(payload["info"]["total_token_usage"])


def codex_kinds(amount: Line) -> Counter[str]:
    cached, written = amount["cached_input_tokens"], amount.get("cache_write_input_tokens", 0)
    fresh = amount["input_tokens"] - cached - written
    return Counter(input=fresh, cache_read=cached, cache_write=written, output=amount["output_tokens"])


def codex_acts(own: list[Line]) -> Counter[str]:
    acts: Counter[str] = Counter()
    for line in own:
        payload = line["payload"]
        kind = payload.get("type", "")
        asked = kind == "user_message" or payload.get("item", {}).get("type") == "UserMessage"
        acts["prompts"] += asked and "parent_thread_id" not in own[0]["payload"]
        acts["tool_calls"] += kind in {"function_call", "custom_tool_call"}
        acts["compactions"] += line["type"] == "compacted"
        if kind in {"function_call_output", "custom_tool_call_output"}:
            acts[output_status(payload["output"])] += 1
    return acts


def output_status(output: str) -> str:
    if "rejected by user" in output[:200]:
        return "declined"
    if output.startswith("aborted by user"):
        return "interrupted"
    if output.startswith('{"output"'):
        code = json.loads(output)["metadata"]["exit_code"]
    elif output.startswith("Exit code: "):
        code = int(output.split("\n", maxsplit=1)[0].split(": ")[1])
    elif output.startswith("Chunk ID: "):
        code = int(output.split("Process exited with code ")[1].split("\n", maxsplit=1)[0])
    else:
        code = int(output.startswith("apply_patch verification failed"))
    return "failed" if code else "ok"


# -- the plain counter: Claude Code -------------------------------------------------------------------------------


def count_claude(folder: Path, truth: dict[str, Any]) -> Counted:
    found = Counted(Counter(), Counter(), Counter(), Counter())
    families = {key: one["family"] for key, one in truth["claude"]["by_session"].items()}
    lines = {line.get("uuid", number): line for number, line in enumerate(claude_lines(folder))}
    messages: defaultdict[str, list[Line]] = defaultdict(list)
    for line in lines.values():
        if line["type"] == "assistant" and line["message"]["model"] != "<synthetic>":
            messages[line["message"]["id"]].append(line)
        found.acts.update(claude_acts(line))
    for copies in messages.values():
        if not all(line["isSidechain"] for line in copies):
            copies = [line for line in copies if not line["isSidechain"]]  # noqa: PLW2901 - replays fall away
        usage = max((line["message"]["usage"] for line in copies), key=lambda usage: usage["output_tokens"])
        day = copies[0]["timestamp"][:10]
        add(found, families[copies[0]["sessionId"]], day, claude_kinds(usage))
        found.acts["tool_calls"] += len(
            {block["id"] for line in copies for block in line["message"]["content"] if block["type"] == "tool_use"}
        )
    return found


def claude_lines(folder: Path) -> Iterator[Line]:
    for path in sorted((folder / "claude" / "projects").rglob("*.jsonl")):
        yield from lines_of(path)


def claude_kinds(usage: Line) -> Counter[str]:
    return Counter(
        input=usage["input_tokens"],
        cache_read=usage["cache_read_input_tokens"],
        cache_write=usage["cache_creation_input_tokens"],
        output=usage["output_tokens"],
    )


def claude_acts(line: Line) -> Counter[str]:
    acts: Counter[str] = Counter(compactions=line.get("subtype") == "compact_boundary")
    if line["type"] != "user" or (line["isSidechain"] and isinstance(line["message"]["content"], str)):
        return acts
    content = line["message"]["content"]
    if isinstance(content, str):
        acts["prompts"] += not line.get("isCompactSummary")
    elif content[0]["type"] == "tool_result" and content[0]["is_error"]:
        refused = line.get("toolUseResult") == "User rejected tool use"
        acts["declined" if refused else "failed"] += 1
    return acts


def add(found: Counted, family: str, day: str, kinds: Counter[str]) -> None:
    found.tokens.update(kinds)
    found.days[day] += kinds.total()
    found.sessions[family] += kinds.total()


# -- what must hold -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("agent", ["codex", "claude"])
def test_a_plain_counter_arrives_at_the_truth(corpus: Corpus, agent: str) -> None:
    truth = corpus.truth[agent]
    count = {"codex": count_codex, "claude": count_claude}[agent]
    found = count(corpus.folder, corpus.truth)
    families: Counter[str] = Counter()
    for one in truth["by_session"].values():
        families[one["family"]] += one["tokens"]["total"]
    assert dict(found.tokens) == {kind: truth["tokens"][kind] for kind in KINDS}
    assert dict(found.days) == {day: tokens["total"] for day, tokens in truth["days"].items()}
    assert dict(found.sessions) == dict(families)
    for act in ("prompts", "tool_calls", "failed", "declined", "interrupted", "compactions"):
        assert found.acts[act] == truth[act], act


def test_the_parts_of_the_truth_add_up(corpus: Corpus) -> None:
    for truth in corpus.truth.values():
        sessions = truth["by_session"].values()
        assert len(sessions) == truth["sessions"]
        for kind in (*KINDS, "reasoning", "total"):
            assert sum(one["tokens"][kind] for one in sessions) == truth["tokens"][kind]
            assert sum(day[kind] for day in truth["days"].values()) == truth["tokens"][kind]


def test_the_same_seed_gives_the_same_bytes_and_another_seed_other_bytes(tmp_path: Path) -> None:
    for name, seed in (("first", 3), ("again", 3), ("other", 4)):
        write_corpus(tmp_path / name, 1, seed)
    assert digest(tmp_path / "first") == digest(tmp_path / "again")
    assert digest(tmp_path / "first") != digest(tmp_path / "other")


def test_every_kind_of_trouble_is_in_the_tree(corpus: Corpus) -> None:
    codex, claude = corpus.truth["codex"], corpus.truth["claude"]
    assert codex["torn_files"]
    assert codex["copied_files"]
    assert codex["bad_lines"]
    assert codex["fork_sessions"] >= 5
    assert codex["subagent_sessions"]
    assert claude["torn_files"]
    assert claude["fork_sessions"]
    assert claude["subagent_sessions"]
    asked = [line.get("requestId") for line in claude_lines(corpus.folder) if line["type"] == "assistant"]
    assert None in asked
    naive = sum(
        line["payload"]["info"]["last_token_usage"]["total_tokens"]
        for lines in codex_files(corpus.folder)
        for line in lines
        if total_of(line)
    )
    assert naive > 1.2 * codex["tokens"]["total"]


def test_planted_secrets_stand_in_the_tree_and_in_the_truth(tmp_path: Path) -> None:
    secrets = write_corpus(tmp_path, 8, 5).secrets
    text = b"".join(path.read_bytes() for path in tmp_path.rglob("*.jsonl")).decode()
    assert len(set(secrets)) == len(secrets) >= 50
    assert sum(secret in text for secret in secrets) >= 20


def test_only_the_announced_lines_are_broken(corpus: Corpus) -> None:
    for agent, truth in corpus.truth.items():
        paths = [path for path in (corpus.folder / agent).rglob("*.jsonl") if "archived" not in str(path)]
        complete = sum(path.read_bytes().count(b"\n") for path in paths)
        assert complete - sum(1 for path in paths for _ in lines_of(path)) == truth["bad_lines"]


def test_the_command_writes_the_truth_beside_the_tree_and_refuses_a_used_folder(tmp_path: Path) -> None:
    arguments = ["--out", str(tmp_path / "home"), "--mb", "1", "--undisputed"]
    assert main(arguments) == 0
    truth = json.loads((tmp_path / "home" / "truth.json").read_text(encoding="utf-8"))
    assert truth["undisputed"] is True
    assert truth["agents"]["codex"]["tokens"]["total"] > 0
    assert main(arguments) == 2
