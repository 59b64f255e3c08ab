"""What happens to files: renamed, copied, compressed, cut, rewritten, deleted, damaged. Nothing is lost or doubled."""

from __future__ import annotations

import os
import sys
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import pytest
import zstandard

from codex_loop.capture.accounting import COUNTERS, counter_for
from codex_loop.sources import registry
from tests.capture.ground import Ground, called, context, line, lines, meta, returned, said, started

LIVE = "codex/sessions/2026/11/18/rollout-1.jsonl"
ARCHIVED = "codex/archived_sessions/rollout-1.jsonl"
HISTORY = (
    meta(),
    started("t1"),
    context("t1", "/home/ann"),
    said("user_message", "first question"),
    called("c1", "make test"),
    returned("c1", "all good", 0),
    said("agent_message", "first answer", 5),
)
MORE = (
    started("t2", 6),
    said("user_message", "second question", 6),
    called("c2", "make check", 7),
    returned("c2", "one failure", 1, 8),
    said("agent_message", "second answer", 9),
)


def holds(ground: Ground, *written: bytes, rejected: int = 0) -> None:
    """These lines and nothing else, each once: rows, line list, archive and the sums of both lanes."""
    texts = [text for text in (_text(one) for one in written) if text is not None]
    assert [head for (head,) in ground.rows("SELECT head FROM messages ORDER BY time_ms")] == texts
    calls = sum(b'"function_call"' in one for one in written)
    assert ground.value("SELECT count(*) FROM tool_calls") == calls
    assert ground.value("SELECT count(*) FROM tool_calls WHERE turn_key IS NULL OR exit_code IS NULL") == 0
    assert ground.value("SELECT count(*) FROM lines") == len(written)
    archived = {
        found for (path,) in ground.rows("SELECT DISTINCT path FROM source_files") for found in _all(ground, path)
    }
    assert archived == set(written)
    odd = ground.rows("SELECT source_id, lane FROM cursors WHERE read <> stored + duplicate + rejected")
    assert odd == []
    assert ground.value("SELECT coalesce(sum(rejected), 0) FROM cursors WHERE lane = 'full'") == rejected


def _text(one: bytes) -> str | None:
    for kind in (b'"user_message","message":"', b'"agent_message","message":"'):
        if kind in one:
            return one.split(kind)[1].split(b'"')[0].decode()
    return None


def _all(ground: Ground, path: str) -> list[bytes]:
    found = ground.rows(
        "SELECT a.offsets, a.data FROM archive_segments a JOIN source_files f ON f.id = a.source_id WHERE f.path = ?",
        (path,),
    )
    return [one for _, data in found for one in zstandard.ZstdDecompressor().decompress(bytes(data)).split(b"\n")]


def states(ground: Ground) -> dict[str, str]:
    rows = ground.rows("SELECT path, state FROM source_files ORDER BY generation")
    return {str(Path(path).relative_to(ground.home)): state for path, state in rows}


def test_a_renamed_file_is_the_same_file(ground: Ground) -> None:
    place = ground.put(LIVE, lines(*HISTORY))
    ground.ingest()
    (ground.home / ARCHIVED).parent.mkdir(parents=True)
    place.rename(ground.home / ARCHIVED)
    ground.append(ARCHIVED, lines(*MORE))
    assert ground.ingest().lanes["full"].read == len(MORE)
    holds(ground, *HISTORY, *MORE)
    assert states(ground) == {ARCHIVED: "active"}


@pytest.mark.parametrize("first", [LIVE, ARCHIVED])
def test_an_exact_copy_adds_nothing_and_both_may_go_on(ground: Ground, first: str) -> None:
    second = ARCHIVED if first == LIVE else LIVE
    ground.put(first, lines(*HISTORY))
    ground.ingest()
    ground.put(second, lines(*HISTORY))
    assert ground.ingest().lanes["full"].duplicate == len(HISTORY)
    holds(ground, *HISTORY)
    ground.append(second, lines(*MORE))
    ground.ingest()
    ground.append(first, lines(*MORE))
    ground.ingest()
    holds(ground, *HISTORY, *MORE)


def test_a_compressed_file_keeps_its_place_and_may_have_grown(ground: Ground) -> None:
    place = ground.put(LIVE, lines(*HISTORY))
    ground.ingest()
    ground.put(LIVE + ".zst", zstandard.compress(lines(*HISTORY, *MORE)))
    place.unlink()
    assert ground.ingest().lanes["full"].read == len(MORE)
    holds(ground, *HISTORY, *MORE)
    assert states(ground) == {LIVE + ".zst": "active"}


def test_a_file_that_is_compressed_and_not_yet_deleted_is_a_copy(ground: Ground) -> None:
    place = ground.put(LIVE, lines(*HISTORY))
    ground.ingest()
    ground.put(LIVE + ".zst", zstandard.compress(lines(*HISTORY)))
    ground.ingest()
    place.unlink()
    ground.ingest()
    holds(ground, *HISTORY)
    ground.put(LIVE, lines(*HISTORY, *MORE))
    (ground.home / (LIVE + ".zst")).unlink()
    ground.ingest()
    holds(ground, *HISTORY, *MORE)


def test_a_truncated_file_loses_nothing_and_goes_on(ground: Ground) -> None:
    ground.put(LIVE, lines(*HISTORY))
    ground.ingest()
    (ground.home / LIVE).write_bytes(lines(*HISTORY[:3]))
    assert ground.ingest().rewritten == 1
    holds(ground, *HISTORY)
    ground.append(LIVE, lines(*MORE))
    ground.ingest()
    holds(ground, *HISTORY, *MORE)
    assert ground.value("SELECT count(*) FROM audit_log WHERE event = 'rewritten'") == 1


def test_a_file_rewritten_from_its_head_gives_its_new_lines_once(ground: Ground) -> None:
    ground.put(LIVE, lines(*HISTORY))
    ground.ingest()
    told = line("event_msg", {"type": "plan_update", "plan": []}, 0)
    ground.put(LIVE, lines(HISTORY[0], told, *HISTORY[1:], *MORE))
    report = ground.ingest()
    assert (report.rewritten, report.lanes["full"].duplicate) == (1, len(HISTORY))
    holds(ground, told, *HISTORY, *MORE)


def test_a_call_whose_result_came_with_the_rewriting_has_its_result(ground: Ground) -> None:
    ground.put(LIVE, lines(*HISTORY[:5]))
    ground.ingest()
    ground.put(LIVE, lines(HISTORY[0], line("event_msg", {"type": "plan_update", "plan": []}, 0), *HISTORY[1:]))
    ground.ingest()
    assert ground.rows("SELECT call_id, name, exit_code, output FROM tool_calls") == [("c1", "shell", 0, "all good")]


def test_a_middle_that_became_longer_is_noticed_though_the_file_has_grown(ground: Ground) -> None:
    many = [said("user_message", f"question {number} of a long day", 10 + number % 40) for number in range(200)]
    ground.put(LIVE, lines(meta(), *many))
    ground.ingest()
    new = said("user_message", "put in later", 11)
    ground.put(LIVE, lines(meta(), *many[:100], new, *many[100:], said("agent_message", "and then", 59)))
    assert ground.ingest().rewritten == 1
    heads = [head for (head,) in ground.rows("SELECT head FROM messages WHERE role IN ('user', 'agent')")]
    assert len(heads) == 202
    assert {"put in later", "and then"} <= set(heads)


def test_a_line_replaced_by_one_of_the_same_length_is_noticed(ground: Ground) -> None:
    filler = tuple(said("agent_message", f"long answer {number} " + "word " * 60, 10) for number in range(40))
    ground.put(LIVE, lines(*HISTORY, *filler))
    ground.ingest()
    other = HISTORY[3].replace(b"first question", b"other question"[:14])
    ground.put(LIVE, lines(*HISTORY[:3], other, *HISTORY[4:], *filler))
    os.utime(ground.home / LIVE, ns=(1, 1))
    assert ground.ingest().rewritten == 1
    assert ground.value("SELECT count(*) FROM messages WHERE head = 'other question'") == 1
    assert ground.value("SELECT count(*) FROM messages WHERE head LIKE 'long answer%'") == len(filler)
    assert ground.ingest().rewritten == 0


def test_a_deleted_file_keeps_its_rows_and_may_come_back(ground: Ground) -> None:
    place = ground.put(LIVE, lines(*HISTORY))
    ground.ingest()
    place.unlink()
    ground.ingest()
    holds(ground, *HISTORY)
    assert states(ground) == {LIVE: "gone"}
    ground.put(LIVE, lines(*HISTORY, *MORE))
    ground.ingest()
    holds(ground, *HISTORY, *MORE)


def test_a_renamed_file_is_not_gone_for_a_look_at_other_files(ground: Ground) -> None:
    place = ground.put(LIVE, lines(*HISTORY))
    ground.ingest()
    (ground.home / ARCHIVED).parent.mkdir(parents=True)
    place.rename(ground.home / ARCHIVED)
    ground.ingest(sources=frozenset({"claude-transcript"}))
    assert states(ground) == {LIVE: "active"}
    ground.ingest()
    assert states(ground) == {ARCHIVED: "active"}


def test_a_reused_inode_is_another_file(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system may give a new file the number of a deleted one; here every file has the same number."""

    def same_number(path: str) -> os.stat_result:
        status = os.stat(path)
        return os.stat_result((*status[:1], 7, *status[2:10]), {"st_mtime_ns": status.st_mtime_ns})

    system = SimpleNamespace(stat=same_number, fspath=os.fspath, lstat=os.lstat, path=os.path)
    monkeypatch.setattr("codex_loop.capture.plan.os", system)
    place = ground.put(LIVE, lines(*HISTORY))
    ground.ingest()
    place.unlink()
    second = (meta("thread-2", 20), said("user_message", "quite another matter", 21))
    ground.put("codex/sessions/2026/11/19/rollout-2.jsonl", lines(*second))
    ground.ingest()
    holds(ground, *HISTORY, *second)


def test_a_document_written_anew_tells_its_messages_once(ground: Ground) -> None:
    def document(*texts: str) -> bytes:
        items = [
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]} for text in texts
        ]
        import json

        return json.dumps({"session": {"id": "old", "timestamp": "2025-05-01T10:00:00.000Z"}, "items": items}).encode()

    path = "codex/sessions/rollout-2025-05-01-old.json"
    ground.put(path, document("one"))
    ground.ingest()
    ground.put(path, document("one", "two"))
    ground.ingest()
    heads = sorted(head for (head,) in ground.rows("SELECT head FROM messages"))
    assert heads == ["one", "two"]


def test_lines_as_they_really_are_written(ground: Ground) -> None:
    good = (
        b"\xef\xbb\xbf" + meta(),
        said("user_message", "with a carriage return") + b"\r",
        b"\0\0\0" + said("user_message", "after a crash"),
        said("agent_message", "half \\ud83d emoji"),
        said("agent_message", "bytes \xff\xfe".encode("latin-1").decode("latin-1")).replace(b"\xc3\xbf", b"\xff"),
    )
    bad = (b"{torn", b"[1,2", b"\xff\xfe\xfd")
    blank = (b"", b"   ", b"\r", b"\0\0\0\0")
    ground.put(LIVE, lines(*good[:2], *bad, *blank, *good[2:]) + b'{"unfinished":')
    ground.put("claude/projects/-home/s1.jsonl", lines(claude_line(), *blank, *bad, claude_line()) + b"{")
    report = ground.ingest()
    for lane in report.lanes.values():
        assert (lane.read, lane.stored, lane.rejected) == (13, 7, 6)
    assert ground.value("SELECT count(*) FROM messages") == 6
    reasons = ground.rows("SELECT DISTINCT reason FROM quarantine")
    assert len(reasons) >= 1
    digests = {digest for (digest,) in ground.rows("SELECT digest FROM quarantine WHERE lane = 'accounting'")}
    assert digests == {sha256(one).hexdigest() for one in bad}


def claude_line() -> bytes:
    return b'{"type":"user","sessionId":"s1","uuid":"%b","timestamp":"2026-11-18T11:06:00.000Z",%b}' % (
        uuid4().hex.encode(),
        b'"message":{"role":"user","content":"hello"}',
    )


def test_an_oversize_line_is_rejected_with_its_measure_and_the_rest_is_stored(ground: Ground) -> None:
    huge = b'{"type":"x","text":"' + b"h" * (17 << 20) + b'"}'
    ground.put(LIVE, lines(meta(), huge, said("user_message", "after it")))
    report = ground.ingest()
    for lane in report.lanes.values():
        assert (lane.read, lane.stored, lane.rejected) == (3, 2, 1)
    rows = ground.rows("SELECT length, digest, line_offset, reason FROM quarantine")
    told = (len(huge), sha256(huge).hexdigest(), len(meta()) + 1)
    assert [row[:3] for row in rows] == [told, told]
    assert all("oversize" in row[3] for row in rows)
    assert ground.value("SELECT head FROM messages") == "after it"
    assert [one.lanes["full"].read for one in (ground.ingest(),)] == [0]


@pytest.mark.parametrize("content", [b"", b"\n\n", b'{"unfinished":'])
def test_a_file_with_no_complete_line_waits(ground: Ground, content: bytes) -> None:
    ground.put(LIVE, content)
    report = ground.ingest()
    assert [lane.read for lane in report.lanes.values()] == [0, 0]
    (ground.home / LIVE).write_bytes(content * content.isspace() + lines(*HISTORY))
    ground.ingest()
    holds(ground, *HISTORY)


@pytest.mark.parametrize(
    ("text", "expected"), [("\\u0000", "�"), ("\\ud800", "�"), ("\\udc00\\ud800", "��"), ("é\\u0000ü", "é�ü")]
)
def test_text_that_no_database_takes_is_replaced_everywhere(ground: Ground, text: str, expected: str) -> None:
    agents = {"codex": _codex(text), "claude": _claude(text)}
    ground.put(LIVE, agents["codex"])
    ground.put("claude/projects/-home/s1.jsonl", agents["claude"])
    report = ground.ingest()
    assert report.lanes["full"].rejected == 0
    heads = [head for (head,) in ground.rows("SELECT head FROM messages WHERE role = 'user'")]
    assert heads
    assert all(f"prompt {expected}" in head for head in heads)


def _codex(text: str) -> bytes:
    each = f'"{text}"'
    git = f'{{"branch":{each},"commit_hash":{each},"repository_url":{each}}}'
    total = '{"input_tokens":5,"output_tokens":1,"total_tokens":6}'
    bodies = [
        ("session_meta", (f'{{"id":"t","timestamp":"2026-11-18T11:06:00.000Z","cwd":{each},"originator":{each},'
                         f'"cli_version":{each},"model_provider":{each},"git":{git},"agent_nickname":{each}}}')),
        ("turn_context", (f'{{"turn_id":{each},"cwd":{each},"model":{each},"approval_policy":{each},'
                         f'"sandbox_policy":{{"mode":{each}}},"effort":{each}}}')),
        ("event_msg", f'{{"type":"user_message","message":"prompt {text}"}}'),
        ("event_msg", (f'{{"type":"token_count","info":{{"total_token_usage":{total},"model":{each}}},'
                      f'"rate_limits":{{"limit_id":{each},"plan_type":{each},"primary":{{"used_percent":1.5}},'
                      f'"credits":{{"balance":{each}}},"rate_limit_reached_type":{each}}}}}')),
        ("token_usage_record", f'{{"thread_id":"t","turn_id":{each},"response_id":{each},"usage":{total}}}'),
        ("response_item", f'{{"type":"function_call","name":{each},"arguments":{each},"call_id":{each}}}'),
        ("response_item", f'{{"type":"function_call_output","call_id":{each},"output":{each}}}'),
        ("event_msg", f'{{"type":"error","message":{each},"codex_error_info":{each}}}'),
        ("event_msg", f'{{"type":"turn_aborted","reason":{each}}}'),
        ("compacted", f'{{"message":{each}}}'),
        (f"new {text}", f'{{{each}:{each}}}'),
    ]  # fmt: skip
    return b"".join(
        f'{{"timestamp":"2026-11-18T11:06:{number:02d}.000Z","type":"{kind}","payload":{body}}}\n'.encode()
        for number, (kind, body) in enumerate(bodies)
    )


def _claude(text: str) -> bytes:
    each = f'"{text}"'
    bodies = [
        f'"type":"user","message":{{"role":"user","content":"prompt {text}"}},"permissionMode":{each}',
        (
            f'"type":"assistant","requestId":{each},"message":{{"id":"m1","role":"assistant","model":{each},'
            f'"stop_reason":{each},"usage":{{"input_tokens":1,"output_tokens":1,"service_tier":{each},"speed":{each}}},'
            f'"content":[{{"type":"text","text":{each}}},{{"type":"tool_use","id":{each},"name":{each},"input":{{{each}:1}}}}]}}'
        ),
        f'"type":"user","message":{{"role":"user","content":[{{"type":"tool_result","tool_use_id":{each},"content":{each}}}]}}',
        f'"type":"system","subtype":{each},"content":{each}',
        f'"type":"custom-title","customTitle":{each}',
        f'"type":"cost-state","totalCostUSD":1.0,"modelUsage":{{{each}:{{"inputTokens":1}}}}',
        f'"type":"new {text}"',
    ]
    common = (
        f'"sessionId":"s1","cwd":{each},"gitBranch":{each},"version":{each},"entrypoint":{each},"isSidechain":false'
    )
    return b"".join(
        f'{{{common},"uuid":"u{number}","timestamp":"2026-11-18T11:06:{number:02d}.000Z",{body}}}\n'.encode()
        for number, body in enumerate(bodies)
    )


def test_a_damaged_compressed_file_is_told_and_stops_nobody(ground: Ground) -> None:
    ground.put(LIVE, lines(*HISTORY))
    whole = zstandard.compress(lines(meta("z"), *HISTORY[1:]) * 50)
    broken = {"garbage": b"no zstd", "flipped": whole[:40] + b"\xff\xff\xff\xff" + whole[44:]}
    for name, data in broken.items():
        ground.put(f"codex/sessions/rollout-{name}.jsonl.zst", data)
    report = ground.ingest()
    assert {Path(path).name for path, _ in report.unreadable} <= {f"rollout-{name}.jsonl.zst" for name in broken}
    assert any("garbage" in path for path, _ in report.unreadable)
    assert ground.value("SELECT count(*) FROM messages WHERE head = 'first question'") >= 1
    ground.ingest()


def test_a_file_that_cannot_be_read_is_known_as_such_until_it_can(ground: Ground) -> None:
    names = ("codex/sessions/rollout-mended.jsonl.zst", "codex/sessions/rollout-dropped.jsonl.zst")
    mended, dropped = (ground.put(name, b"no zstd") for name in names)
    ground.ingest()
    assert states(ground) == dict.fromkeys(names, "unreadable")
    mended.write_bytes(zstandard.compress(lines(*HISTORY)))
    dropped.unlink()
    ground.ingest()
    assert states(ground) == dict(zip(names, ("active", "gone"), strict=True))
    holds(ground, *HISTORY)


@pytest.mark.skipif(sys.platform == "win32", reason="named pipes and links are of another kind there")
def test_what_only_looks_like_a_session_is_passed_by(ground: Ground) -> None:
    ground.put(LIVE, lines(*HISTORY))
    folder = ground.home / "codex/sessions"
    (folder / "rollout-folder.jsonl").mkdir()
    os.mkfifo(folder / "rollout-pipe.jsonl")
    (folder / "rollout-nowhere.jsonl").symlink_to("/nowhere/at/all")
    (folder / "rollout-loop.jsonl").symlink_to("rollout-loop.jsonl")
    ground.ingest()
    holds(ground, *HISTORY)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_names_that_are_no_text_are_names(ground: Ground) -> None:
    ground.put(os.fsdecode(b"codex/sessions/\xff\xfe/rollout-\xe9.jsonl"), lines(*HISTORY[1:]))
    hello = b'{"type":"user","uuid":"u","message":{"role":"user","content":"hello"}}'
    ground.put(os.fsdecode(b"claude/projects/\xff-home/\xe9.jsonl"), lines(hello))
    assert ground.ingest().unreadable == []
    assert ground.ingest().lanes["full"].read == 0
    assert ground.value("SELECT count(*) FROM messages WHERE head = 'hello'") == 1
    assert ground.value("SELECT count(*) FROM messages WHERE head = 'first question'") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_home_that_is_a_link_is_the_home(ground: Ground, tmp_path: Path) -> None:
    ground.put(LIVE, lines(*HISTORY))
    (tmp_path / "link").symlink_to(ground.home / "codex")
    ground.homes = ground.homes._replace(codex=(tmp_path / "link", ground.home / "codex"))
    assert ground.ingest().files == 1
    holds(ground, *HISTORY)


@pytest.mark.parametrize("name", COUNTERS)
def test_what_the_accounting_lane_counts_the_full_lane_reads(name: str) -> None:
    assert name in registry.OURS
    assert counter_for(name).source == name


def test_a_file_that_ends_with_its_bundle_was_not_rewritten(
    sqlite_ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("codex_loop.capture.ingest.BUNDLE_BYTES", {"accounting": 1, "full": 1})
    sqlite_ground.put(LIVE, lines(*HISTORY))
    assert sqlite_ground.ingest().rewritten == 0
    assert sqlite_ground.ingest().rewritten == 0
    holds(sqlite_ground, *HISTORY)
