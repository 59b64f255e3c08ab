"""What a session's lines become in a document: everything on the list of what other converters lose."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import msgspec

from codex_loop.model.records import Usage
from codex_loop.sources.base import Homes
from codex_loop.tasks.atif.convert import Converted, convert
from tests.tasks.atif.recordings import Rollout, filled, free, recording

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
PICTURE = "data:image/png;base64," + base64.b64encode(PNG).decode()


def made(rollout: Rollout, place: Path) -> Converted:
    found = convert(rollout.recorded(place), free)
    assert found is not None
    assert all(loss.adds_up for loss in found.losses)
    return found


def steps(rollout: Rollout, place: Path) -> list[dict[str, Any]]:
    document: dict[str, Any] = msgspec.to_builtins(made(rollout, place).trajectory)
    found: list[dict[str, Any]] = document["steps"]
    return found


def calls(found: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {call["tool_call_id"]: call for step in found for call in step.get("tool_calls", [])}


def test_a_call_without_output_stays_and_says_that_it_has_none(tmp_path: Path) -> None:
    rollout = Rollout(tmp_path / "codex").prompt("go").call("c1", "shell", '{"command": ["ls"]}')
    (call,) = calls(steps(rollout.prompt("stop"), tmp_path)).values()
    assert call["extra"]["status"] == "unknown"
    assert call["extra"]["raw_arguments"] == '{"command": ["ls"]}'


def test_an_abort_marks_its_call_and_has_a_step(tmp_path: Path) -> None:
    rollout = Rollout(tmp_path / "codex").event("task_started", turn_id="t1").prompt("go")
    rollout.call("c1", "shell", '{"command": ["sleep", "9"]}').output("c1", "aborted by user after 1.0s")
    rollout.event("turn_aborted", turn_id="t1", reason="interrupted")
    found = steps(rollout, tmp_path)
    assert calls(found)["c1"]["extra"]["status"] == "interrupted"
    assert found[-1]["source"] == "system"
    assert found[-1]["extra"]["interruption"]["reason"] == "interrupted"


def test_several_pieces_of_reasoning_are_joined_and_what_is_sealed_is_measured(tmp_path: Path) -> None:
    rollout = Rollout(tmp_path / "codex").prompt("go")
    rollout.item("reasoning", summary=[{"type": "summary_text", "text": "First."}], encrypted_content="x" * 200)
    rollout.item("reasoning", summary=[{"type": "summary_text", "text": "Second."}], encrypted_content="y" * 300)
    rollout.item("reasoning", summary=[], encrypted_content="z" * 100)
    (reply,) = (step for step in steps(rollout.answer("Done."), tmp_path) if step["source"] == "agent")
    assert reply["reasoning_content"] == "First.\n\nSecond."
    assert reply["extra"]["thoughts"] == [6, 7]
    assert reply["extra"]["reasoning"] == {"items": 3, "encrypted_items": 3, "encrypted_bytes": 600}


def test_images_of_prompts_and_results_become_files(tmp_path: Path) -> None:
    rollout = Rollout(tmp_path / "codex").prompt("what is this?", PICTURE, "data:image/tiff;base64,AAAA")
    rollout.call("c1", "view_image", '{"path": "a.png"}')
    rollout.output("c1", [{"type": "input_text", "text": "here"}, {"type": "input_image", "image_url": PICTURE}])
    found = made(rollout, tmp_path)
    ((path, data),) = found.images.items()
    assert (path.startswith("images/"), path.endswith(".png"), data) == (True, True, PNG)
    prompt, reply = msgspec.to_builtins(found.trajectory)["steps"]
    source = {"media_type": "image/png", "path": path}
    assert prompt["message"] == [
        {"type": "text", "text": "what is this?"},
        {"type": "image", "source": source},
        {"type": "text", "text": "[image: image/tiff, 3 bytes]"},
    ]
    (result,) = reply["observation"]["results"]
    assert result["content"] == [{"type": "text", "text": "here"}, {"type": "image", "source": source}]


def test_calls_of_every_type_stay_with_their_results(tmp_path: Path) -> None:
    rollout = Rollout(tmp_path / "codex").prompt("go")
    rollout.item("local_shell_call", call_id="c1", status="completed", action={"type": "exec", "command": ["ls", "-l"]})
    rollout.output("c1", json.dumps({"output": "a.py\n", "metadata": {"exit_code": 0, "duration_seconds": 0.5}}))
    rollout.item("web_search_call", id="ws_1", status="completed", action={"type": "search", "query": "atif"})
    rollout.item("tool_search_call", call_id="c2", status="completed", arguments='{"query": "x"}')
    rollout.item("image_generation_call", id="ig_1", status="completed", action={})
    found = calls(steps(rollout, tmp_path))
    assert {name: call["extra"]["item_type"] for name, call in found.items()} == {
        "c1": "local_shell_call",
        "ws_1": "web_search_call",
        "c2": "tool_search_call",
        "ig_1": "image_generation_call",
    }
    extra = found["c1"]["extra"]
    assert (extra["command"], extra["exit_code"], extra["duration_ms"]) == ("ls -l", 0, 500)
    assert found["ws_1"]["arguments"] == {"type": "search", "query": "atif"}


def test_an_item_nobody_knows_is_kept_whole(tmp_path: Path) -> None:
    rollout = Rollout(tmp_path / "codex").prompt("go").item("hologram_call", id="h1", depth=3)
    found = steps(rollout, tmp_path)
    (kept,) = (item for step in found for item in step["extra"].get("unknown_items", []))
    assert kept["type"] == "response_item/hologram_call"
    assert kept["line"]["payload"] == {"type": "hologram_call", "id": "h1", "depth": 3}


def test_after_a_change_of_model_each_reply_names_its_own_and_its_price(tmp_path: Path) -> None:
    asked: list[str | None] = []

    def price(usage: Usage) -> float:
        asked.append(usage.model)
        return 2.0 if usage.model == "gpt-5.5" else 1.0

    rollout = Rollout(tmp_path / "codex").context("gpt-5.2", effort="high", approval_policy="never")
    rollout.prompt("one").answer("1").tokens(100, 10, 5, 105)
    rollout.context("gpt-5.5", effort="low", approval_policy="on-request")
    rollout.prompt("two").answer("2").tokens(200, 20, 6, 311)
    found = convert(rollout.recorded(tmp_path), price)
    assert found is not None
    replies = [step for step in found.trajectory.steps if step.source == "agent"]
    assert [(step.model_name, step.reasoning_effort) for step in replies] == [("gpt-5.2", "high"), ("gpt-5.5", "low")]
    assert [(step.extra or {})["approval_policy"] for step in replies] == ["never", "on-request"]
    assert [step.metrics.cost_usd for step in replies if step.metrics] == [1.0, 2.0]
    assert asked == ["gpt-5.2", "gpt-5.5"]
    assert found.trajectory.final_metrics is not None
    assert found.trajectory.final_metrics.total_cost_usd == 3.0


def test_exit_codes_and_durations_come_from_the_items_of_newer_versions(tmp_path: Path) -> None:
    rollout = Rollout(tmp_path / "codex").prompt("go").call("c1", "exec_command", '{"cmd": "make"}')
    item = {"type": "CommandExecution", "id": "c1", "command": ["bash", "-lc", "make"], "status": "failed",
            "aggregated_output": "no rule\n", "exit_code": 2, "duration": {"secs": 1, "nanos": 5_000_000}}  # fmt: skip
    rollout.event("item_completed", item=item).output("c1", "Process exited with code 2\nOutput:\nno rule\n")
    extra = calls(steps(rollout, tmp_path))["c1"]["extra"]
    assert (extra["exit_code"], extra["duration_ms"], extra["status"], extra["basis"]) == (2, 1005, "failed", "item")


def test_instructions_tools_limits_and_state_are_kept(tmp_path: Path) -> None:
    meta: dict[str, Any] = {"base_instructions": {"text": "You are Codex."}, "dynamic_tools": [
        {"name": "lookup", "description": "Look up.", "input_schema": {"type": "object"}}]}  # fmt: skip
    rollout = Rollout(tmp_path / "codex", **meta).line("world_state", full=True, state={"agents_md": {"a": 1}})
    limits = {"primary": {"used_percent": 12.5, "window_minutes": 300, "resets_at": 1795251738}}
    rollout.prompt("go").answer("Done.").event("token_count", info=None, rate_limits=limits)
    document = msgspec.to_builtins(made(rollout, tmp_path).trajectory)
    first, prompt, reply = document["steps"]
    assert (first["source"], first["message"]) == ("system", "You are Codex.")
    assert prompt["extra"]["world_state"] == {"agents_md": {"a": 1}}
    assert reply["extra"]["rate_limits"][0]["used_percent"] == 12.5
    assert document["agent"]["tool_definitions"] == [
        {
            "type": "function",
            "function": {"name": "lookup", "description": "Look up.", "parameters": {"type": "object"}},
        }
    ]


def test_context_that_the_program_added_is_no_word_of_the_user(tmp_path: Path) -> None:
    rollout = Rollout(tmp_path / "codex").prompt("<environment_context>\n<cwd>/x</cwd>\n</environment_context>")
    rollout.prompt("# AGENTS.md instructions for /x\nbe nice").prompt("fix it")
    found = steps(rollout, tmp_path)
    assert [(step["source"], step["extra"].get("synthetic")) for step in found] == [
        ("system", "environment_context"),
        ("system", "injected"),
        ("user", None),
    ]


def test_a_compaction_says_what_replaced_the_context(tmp_path: Path) -> None:
    rollout = Rollout(tmp_path / "codex").event("task_started", turn_id="t1").prompt("go").answer("Half.")
    rollout.line("compacted", message="So far: half.", replacement_history=[{"type": "message"}] * 3)
    step = steps(rollout.answer("Done."), tmp_path)[2]
    assert step["observation"]["results"] == [{"content": "So far: half."}]
    assert step["extra"]["context_management"] == {"type": "compaction", "boundary": "replace"}
    assert step["extra"]["compaction"] == {"trigger": "auto", "replacement_items": 3}


def test_an_id_used_twice_gives_two_calls_that_can_be_told_apart(tmp_path: Path) -> None:
    rollout = Rollout(tmp_path / "codex").prompt("go").call("c1", "shell", '{"command": ["a"]}').output("c1", "one")
    rollout.call("c1", "shell", '{"command": ["b"]}').output("c1", "two")
    found = steps(rollout, tmp_path)
    first, second = calls(found).values()
    assert (first["tool_call_id"], second["tool_call_id"], second["extra"]["original_id"]) == ("c1", "c1'", "c1")
    contents = [result["content"] for step in found for result in step.get("observation", {}).get("results", [])]
    assert contents == ["one", "two"]


def test_a_result_whose_call_is_nowhere_is_not_lost(tmp_path: Path) -> None:
    rollout = Rollout(tmp_path / "codex").prompt("go").output("gone", "Exit code: 3\nWall time: 1 seconds\nOutput:\nhm")
    step = steps(rollout, tmp_path)[-1]
    assert step["extra"]["synthetic"] == "result_without_call"
    (result,) = step["observation"]["results"]
    assert result["content"].endswith("hm")
    assert (result["extra"]["call_id"], result["extra"]["exit_code"]) == ("gone", 3)


def test_arguments_that_are_no_object_stand_as_they_are(tmp_path: Path) -> None:
    rollout = Rollout(tmp_path / "codex").prompt("go").call("c1", "shell", '{"command": ["torn')
    rollout.call("c2", "shell", "[1, 2]").call("c3", "shell", "")
    found = calls(steps(rollout, tmp_path))
    assert [found[name]["arguments"] for name in ("c1", "c2", "c3")] == [
        {"input": '{"command": ["torn'},
        {"input": [1, 2]},
        {},
    ]


def test_a_session_that_tells_no_tokens_has_no_totals(tmp_path: Path) -> None:
    found = made(Rollout(tmp_path / "codex").prompt("go").answer("Done."), tmp_path).trajectory
    assert found.final_metrics is not None
    assert found.final_metrics.total_prompt_tokens is None
    assert [step.metrics for step in found.steps] == [None, None]
    assert (found.extra or {})["tokens"] == "no file of this session tells them"


def test_a_price_nobody_knows_is_no_price(tmp_path: Path) -> None:
    rollout = Rollout(tmp_path / "codex").context("gpt-5.2").prompt("go").answer("Done.").tokens(100, 10, 5, 105)
    found = convert(rollout.recorded(tmp_path), lambda _: None)
    assert found is not None
    assert found.trajectory.final_metrics is not None
    assert found.trajectory.final_metrics.total_cost_usd is None
    assert (found.trajectory.extra or {})["cost"] == "no public price is known of gpt-5.2"


def test_a_text_without_end_is_cut_and_says_how_long_it_was(tmp_path: Path) -> None:
    said = "ä" * 400_000
    rollout = (
        Rollout(tmp_path / "codex").prompt("go").call("c1", "shell", '{"command": ["cat", "x"]}').output("c1", said)
    )
    found = made(rollout, tmp_path)
    reply = msgspec.to_builtins(found.trajectory)["steps"][-1]
    content = reply["observation"]["results"][0]["content"]
    assert len(content.encode()) <= 256 << 10
    assert "of 800000 bytes left out" in content
    assert reply["extra"]["truncated"] == {"observation/results/0/content": 800_000}
    assert found.losses[0].cut_strings == 1


def test_lines_that_nobody_could_decode_are_counted(tmp_path: Path) -> None:
    rollout = Rollout(tmp_path / "codex").prompt("go")
    path = rollout.answer("Done.").write()
    lines = path.read_bytes().splitlines()
    path.write_bytes(b"\n".join([*lines[:2], b'{"torn', b"what?", *lines[2:], b""]))
    with filled(tmp_path / "store", Homes(codex=(tmp_path / "codex",))) as database:
        found = convert(recording(database, rollout.thread), free)
    assert found is not None
    (loss,) = found.losses
    assert loss.input == len(lines) + 2
    assert loss.adds_up
    assert [(reason.type, reason.lines) for reason in loss.reasons if reason.fate == "dropped"] == [("(rejected)", 2)]
