"""What the lines of Claude Code become: replies over several lines, images, thoughts, instructions, decisions."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import msgspec

from codex_loop.sources.base import Homes
from codex_loop.tasks.atif.convert import Converted, convert
from tests.tasks.atif.recordings import filled, free, recording

SESSION = "0a0a0a0a-1111-4222-8333-444444444444"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(64))
IMAGE = {
    "type": "image",
    "source": {"type": "base64", "media_type": "image/png", "data": base64.b64encode(PNG).decode()},
}
USAGE = {"input_tokens": 10, "cache_read_input_tokens": 20, "cache_creation_input_tokens": 5, "output_tokens": 7,
         "cache_creation": {"ephemeral_5m_input_tokens": 5, "ephemeral_1h_input_tokens": 0}}  # fmt: skip


class Transcript:
    """A transcript that a test writes line by line."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._lines: list[dict[str, Any]] = []

    def line(self, kind: str, **fields: Any) -> Transcript:
        number = len(self._lines)
        self._lines.append({
            "parentUuid": f"u{number - 1}" if number else None, "isSidechain": False, "userType": "external",
            "cwd": "/home/dev/proj", "sessionId": SESSION, "version": "2.1.329", "gitBranch": "main", "type": kind,
            "uuid": f"u{number}", "timestamp": f"2026-11-21T09:00:{number:02}.000Z", **fields,
        })  # fmt: skip
        return self

    def user(self, content: Any, **fields: Any) -> Transcript:
        return self.line("user", message={"role": "user", "content": content}, **fields)

    def reply(self, name: str, *blocks: dict[str, Any], stop: str | None = "end_turn") -> Transcript:
        """A line for each block, as Claude Code writes them."""
        for block in blocks:
            message = {"id": name, "type": "message", "role": "assistant", "model": "claude-sonnet-4-5",
                       "content": [block], "stop_reason": stop, "usage": USAGE}  # fmt: skip
            self.line("assistant", message=message, requestId=f"req_{name}")
        return self

    def converted(self, place: Path) -> Converted:
        path = self.home / "projects" / "-home-dev-proj" / f"{SESSION}.jsonl"
        path.parent.mkdir(parents=True)
        path.write_text("".join(json.dumps(line) + "\n" for line in self._lines), encoding="utf-8")
        with filled(place, Homes(claude=(self.home,))) as database:
            made = convert(recording(database, SESSION), free)
        assert made is not None
        assert made.losses[0].adds_up
        return made


def steps(made: Converted) -> list[dict[str, Any]]:
    document: dict[str, Any] = msgspec.to_builtins(made.trajectory)
    found: list[dict[str, Any]] = document["steps"]
    return found


def called(name: str, command: str) -> dict[str, Any]:
    return {"type": "tool_use", "id": name, "name": "Bash", "input": {"command": command}}


def result(name: str, content: Any, *, error: bool = False) -> list[dict[str, Any]]:
    return [{"type": "tool_result", "tool_use_id": name, "content": content, "is_error": error}]


def test_a_reply_over_several_lines_is_one_step_also_when_a_result_comes_between(tmp_path: Path) -> None:
    transcript = Transcript(tmp_path / "claude").user("go")
    transcript.reply("m1", {"type": "text", "text": "First."}, called("t1", "ls"), stop=None)
    transcript.user(result("t1", "a.py")).reply("m1", called("t2", "cat a.py"), {"type": "text", "text": "Both."})
    transcript.user(result("t2", "print()")).reply("m2", {"type": "text", "text": "Done."})
    _, first, second = steps(transcript.converted(tmp_path))
    assert first["message"] == "First.\n\nBoth."
    assert [part.get("after_calls", 0) for part in first["extra"]["messages"]] == [0, 2]
    assert [call["tool_call_id"] for call in first["tool_calls"]] == ["t1", "t2"]
    assert [each["content"] for each in first["observation"]["results"]] == ["a.py", "print()"]
    assert first["metrics"]["prompt_tokens"] == 35
    assert first["metrics"]["extra"]["cache_write_5m_tokens"] == 5
    assert (first["model_name"], first["llm_call_count"]) == ("claude-sonnet-4-5", 1)
    assert second["message"] == "Done."


def test_images_of_people_and_of_tools_become_one_file(tmp_path: Path) -> None:
    transcript = Transcript(tmp_path / "claude").user([{"type": "text", "text": "what is it?"}, IMAGE])
    transcript.reply("m1", called("t1", "show")).user(result("t1", [{"type": "text", "text": "here"}, IMAGE]))
    made = transcript.converted(tmp_path)
    ((path, data),) = made.images.items()
    assert data == PNG
    prompt, reply = steps(made)
    source = {"media_type": "image/png", "path": path}
    assert prompt["message"][1] == {"type": "image", "source": source}
    assert reply["observation"]["results"][0]["content"][1] == {"type": "image", "source": source}


def test_thoughts_are_kept_and_what_is_sealed_is_measured(tmp_path: Path) -> None:
    transcript = Transcript(tmp_path / "claude").user("go")
    transcript.reply("m1", {"type": "thinking", "thinking": "Hm.", "signature": "c2ln" * 40}, stop=None)
    transcript.reply("m1", {"type": "redacted_thinking", "data": "x" * 100}, {"type": "text", "text": "Done."})
    made = transcript.converted(tmp_path)
    reply = steps(made)[1]
    assert reply["reasoning_content"] == "Hm."
    assert reply["extra"]["reasoning"] == {"items": 2, "encrypted_items": 2, "encrypted_bytes": 260}
    assert made.losses[0].sealed_reasoning_bytes == 260


def test_instructions_and_tools_stand_there_once(tmp_path: Path) -> None:
    tools = [{"name": "Bash", "description": "Run.", "schema": {"type": "object"}}]
    snapshot = {"type": "prompt_snapshot", "systemPrompt": ["You are Claude.", "# System"], "tools": tools}
    transcript = Transcript(tmp_path / "claude").user("go").line("attachment", attachment=snapshot)
    transcript.reply("m1", {"type": "text", "text": "Done."}).line("attachment", attachment=snapshot)
    made = transcript.converted(tmp_path)
    said = [step["message"] for step in steps(made) if step["extra"].get("synthetic") == "base_instructions"]
    assert said == ["You are Claude.\n\n# System"]
    assert made.trajectory.agent.tool_definitions == [
        {"type": "function", "function": {"name": "Bash", "parameters": {"type": "object"}, "description": "Run."}}
    ]


def test_a_refusal_says_who_refused(tmp_path: Path) -> None:
    transcript = Transcript(tmp_path / "claude").user("go").reply("m1", called("t1", "rm -rf /"))
    decision = {"decision": "reject", "source": "user_reject"}
    transcript.user(result("t1", "The user doesn't want to proceed with this tool use.", error=True),
                    permissionDecision=decision)  # fmt: skip
    (call,) = steps(transcript.converted(tmp_path))[1]["tool_calls"]
    assert call["extra"]["status"] == "declined"
    (approval,) = call["extra"]["approvals"]
    assert (approval["decision"], approval["who"], approval["basis"]) == ("denied", "user", "permissionDecision")


def test_the_end_of_work_in_the_background_stands_with_its_call(tmp_path: Path) -> None:
    transcript = Transcript(tmp_path / "claude").user("go").reply("m1", called("t1", "make &"))
    launched = {"stdout": "", "stderr": "", "interrupted": False, "backgroundTaskId": "b1"}
    transcript.user(result("t1", "Command running in background with ID: b1"), toolUseResult=launched)
    transcript.user("<task-notification><tool-use-id>t1</tool-use-id><status>failed</status>"
                    "<summary>Background command failed with exit code 2</summary></task-notification>")  # fmt: skip
    reply = steps(transcript.converted(tmp_path))[1]
    (call,) = reply["tool_calls"]
    assert (call["extra"]["status"], call["extra"]["exit_code"]) == ("failed", 2)
    (told,) = reply["observation"]["results"]
    assert told["content"] == "Command running in background with ID: b1"
    assert [later["status"] for later in told["extra"]["later"]] == ["failed"]


def test_what_the_program_says_in_the_users_name_is_no_word_of_the_user(tmp_path: Path) -> None:
    transcript = Transcript(tmp_path / "claude").user("<system-reminder>be nice</system-reminder>", isMeta=True)
    transcript.user("<command-name>/compact</command-name>").user("fix it")
    found = [(step["source"], step["extra"].get("synthetic"), step["extra"].get("author"))
             for step in steps(transcript.converted(tmp_path))]  # fmt: skip
    assert found == [("system", "system-reminder", None), ("user", None, "command"), ("user", None, None)]
