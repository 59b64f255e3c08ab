"""A job folder as Harbor leaves it, written by hand: for what a real one does not do at will."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def write_trial(
    job: Path,
    name: str,
    *,
    reward: float | None = 1.0,
    exception: tuple[str, str] | None = None,
    started: str = "2026-11-21T07:04:50.711671Z",
    **more: Any,
) -> Path:
    """One trial's folder: `name` is `<task folder>__<letters>`."""
    directory = name.rpartition("__")[0]
    result: Mapping[str, Any] = {
        "id": f"id-{name}",
        "task_name": f"local/{directory}",
        "trial_name": name,
        "task_id": {"path": f"mined/{directory}"},
        "agent_info": {"name": "codex", "version": "0.169.0", "model_info": {"name": "gpt-5.2", "provider": "openai"}},
        "agent_result": {"n_input_tokens": 2700, "n_cache_tokens": 0, "n_output_tokens": 110, "cost_usd": 0.0028},
        "verifier_result": None if reward is None else {"rewards": {"reward": reward}},
        "exception_info": None
        if exception is None
        else {"exception_type": exception[0], "exception_message": exception[1], "exception_traceback": "…"},
        "started_at": started,
        "finished_at": "2026-11-21T07:04:59.398656Z",
        "environment_setup": {"started_at": "2026-11-21T07:04:51Z", "finished_at": "2026-11-21T07:04:52Z"},
        "agent_setup": {"started_at": "2026-11-21T07:04:52Z", "finished_at": "2026-11-21T07:04:52.5Z"},
        "agent_execution": {"started_at": "2026-11-21T07:04:53Z", "finished_at": "2026-11-21T07:04:58Z"},
        "verifier": {"started_at": "2026-11-21T07:04:58Z", "finished_at": None},
        "step_results": None,
        **more,
    }
    folder = job / name
    folder.mkdir(parents=True)
    (folder / "result.json").write_text(json.dumps(result), encoding="utf-8")
    lock = {"schema_version": 2, "task": {"name": directory, "digest": f"sha256:{directory}", "version": "1.0.0"}}
    (folder / "lock.json").write_text(json.dumps(lock), encoding="utf-8")
    return folder
