"""What the demo leaves for a person to open first: a page that shows everything, and a README beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from codex_loop.report.page import STYLE, escape

_OWN = """
.stage{border:1px solid var(--line);border-radius:6px;padding:.6rem 1rem;margin:.8rem 0}
.stage h3{margin:0;display:flex;justify-content:space-between;gap:1rem}.stage p{margin:.2rem 0}
.failed{border-left:4px solid var(--bad)}.degraded,.skipped,.recorded{border-left:4px solid #b58900}
.done{border-left:4px solid var(--good)}
pre{overflow-x:auto;border:1px solid var(--line);border-radius:6px;padding:.8rem;font-size:.8rem;line-height:1.35}
img{max-width:100%;height:auto}
""".strip()
_SHOWN = (
    ("Did the change help?", "measure-after.txt"),
    ("The ticket", "ticket.md"),
    ("The report", "daily.txt"),
)
_DRAWN = (("Friction week by week", "trends.svg"), ("The dataset from run to run", "evaluation.svg"))
_STATES = {
    "done": "",
    "degraded": "with less than asked",
    "recorded": "recorded",
    "skipped": "left out",
    "failed": "failed",
}
_OLD = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class DemoStage(msgspec.Struct, frozen=True, kw_only=True):
    """One stage of the demo."""

    name: str
    command: str | None
    seconds: float
    exit_code: int | None
    state: str
    """done, degraded, recorded (not run now), skipped, failed."""
    told: str
    files: tuple[str, ...]
    """What it left, in the demo's folder."""


class Demo(msgspec.Struct, frozen=True, kw_only=True):
    """The whole loop, once."""

    output: str
    sessions: str
    """Whose they were."""
    stages: tuple[DemoStage, ...]
    seconds: float

    @property
    def degraded(self) -> bool:
        return any(stage.state in ("failed", "skipped") for stage in self.stages)


def page(demo: Demo, folder: Path) -> str:
    return "\n".join(_page(demo, folder)) + "\n"


def readme(demo: Demo) -> str:
    return "\n".join(_readme(demo)) + "\n"


def _page(demo: Demo, folder: Path) -> Iterator[str]:
    yield '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>codex-loop: the whole loop, once</title><style>{STYLE}{_OWN}</style></head><body>"
    yield "<h1>The whole loop, once</h1>"
    yield f"<p>{escape(demo.sessions)} From what agents did to a measured change and a ticket in {demo.seconds:.0f} s."
    yield " Every command can be typed again in this folder.</p>"
    yield "<h2>What was done</h2>"
    for nth, stage in enumerate(demo.stages, start=1):
        yield from _stage(nth, stage)
    for title, name in _DRAWN:
        if (folder / name).exists():
            yield f'<h2>{title}</h2><p><img src="{name}" alt="{title}"></p>'
    for title, name in _SHOWN:
        text = _text(folder / name)
        if text:
            yield f"<h2>{title}</h2><pre>{text}</pre>"
    yield "<h2>And now with your own sessions</h2><pre>codex-loop daily\ncodex-loop report\ncodex-loop ticket</pre>"
    yield "</body></html>"


def _stage(nth: int, stage: DemoStage) -> Iterator[str]:
    state = _STATES[stage.state]
    side = " · ".join(part for part in (state, f"{stage.seconds:.1f} s" if stage.command else "") if part)
    title = f"<span>{nth}. {escape(stage.name)}</span><span class=soft>{side}</span>"
    yield f'<div class="stage {stage.state}"><h3>{title}</h3>'
    yield f"<p>{escape(stage.told)}</p>"
    if stage.command:
        yield f"<p class=soft><code>{escape(stage.command)}</code></p>"
    if stage.files:
        links = " · ".join(f'<a href="{escape(name)}">{escape(name)}</a>' for name in stage.files)
        yield f"<p>{links}</p>"
    yield "</div>"


def _text(path: Path) -> str:
    """A file as text without power over the page, line by line."""
    if not path.exists():
        return ""
    lines = path.read_text(encoding="utf-8").splitlines()
    return "\n".join(escape(line) for line in lines)


def _readme(demo: Demo) -> Iterator[str]:
    yield "# The whole loop, once"
    yield ""
    yield f"{demo.sessions} It took {demo.seconds:.0f} s. Open `index.html` first."
    yield ""
    yield "| | what came of it | left here | s |"
    yield "| --- | --- | --- | ---: |"
    for stage in demo.stages:
        state = f" ({_STATES[stage.state]})" if _STATES[stage.state] else ""
        yield f"| {stage.name}{state} | {_cell(stage.told)} | {_names(stage.files)} | {stage.seconds:.1f} |"
    yield ""
    yield "The commands, to be typed again in this folder:"
    yield ""
    yield "```bash"
    yield from (stage.command for stage in demo.stages if stage.command)
    yield "```"


def _names(files: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in files)


def _cell(text: str) -> str:
    return _OLD.sub("\ufffd", text).replace("|", "\\|")
