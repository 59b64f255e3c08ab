"""A recording as a folder: `trajectory.json`, its continuations and subagents, images, and `loss.json`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from codex_loop.errors import UsageError
from codex_loop.tasks.atif.convert import convert
from codex_loop.tasks.atif.document import Schema, Trajectory
from codex_loop.tasks.atif.finish import Price
from codex_loop.tasks.atif.loss import Loss
from codex_loop.tasks.atif.older import as_1_4
from codex_loop.tasks.atif.split import split
from codex_loop.tasks.bundle.folders import check_output, write_all
from codex_loop.tasks.bundle.recording import Recording

STEM = "trajectory"
LOSS = "loss.json"
Redact = Callable[[bytes], bytes]


class Documents(msgspec.Struct, frozen=True, kw_only=True):
    """What was written."""

    session: str
    output: str
    schema_version: str
    documents: tuple[str, ...]
    """Names of the files that are trajectories, the first one first."""
    images: int
    subagents: int
    steps: int
    tool_calls: int
    prompt_tokens: int | None
    """Of the session itself; None where no line tells tokens."""
    completion_tokens: int | None
    cached_tokens: int | None
    cost_usd: float | None
    losses: tuple[Loss, ...]
    """Of the session, then of those it started."""


def write(recording: Recording, output: Path, schema: Schema, price: Price, redact: Redact, *, cut: bool) -> Documents:
    """Write the documents into a folder that is empty or not there. `cut`: one file for each stretch between
    compactions."""
    check_output(output)
    made = convert(recording, price)
    if made is None:
        raise UsageError(
            f"no line of {recording.id} tells anything that was said or done; where its tokens alone were counted, "
            "`codex-loop ingest --full --lookback-hours 8760` reads the rest while the agent's own file is there"
        )
    whole = made.trajectory
    parts = split(STEM, whole) if cut else {f"{STEM}.json": whole}
    if schema == "1.4":
        parts = {name: each for part, found in parts.items() for name, each in as_1_4(part, found).items()}
    files = {name: encoded(trajectory, redact) for name, trajectory in parts.items()}
    losses = msgspec.json.format(msgspec.json.encode({"schema": "codex-loop/atif-loss/1", "sessions": made.losses}))
    write_all(output, {**files, **made.images, LOSS: losses + b"\n"})
    final = whole.final_metrics
    return Documents(
        session=recording.id,
        output=str(output),
        schema_version=next(iter(parts.values())).schema_version,
        documents=tuple(parts),
        images=len(made.images),
        subagents=len(made.losses) - 1,
        steps=len(whole.steps),
        tool_calls=sum(len(step.tool_calls or ()) for step in whole.steps),
        prompt_tokens=final.total_prompt_tokens if final else None,
        completion_tokens=final.total_completion_tokens if final else None,
        cached_tokens=final.total_cached_tokens if final else None,
        cost_usd=final.total_cost_usd if final else None,
        losses=made.losses,
    )


def encoded(trajectory: Trajectory, redact: Redact) -> bytes:
    """The document as bytes. The archive is redacted already; what a text only shows once unescaped, is here."""
    return msgspec.json.format(redact(msgspec.json.encode(trajectory)), indent=2) + b"\n"
