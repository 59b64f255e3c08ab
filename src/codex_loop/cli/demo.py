"""`codex-loop demo`: the whole loop on sample sessions, or on yours, in a folder of its own."""

import shutil
import stat
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

from codex_loop.cli.demo_stages import LEFT, Bench, Source, stages
from codex_loop.cli.render import page_width, show, style
from codex_loop.cli.width import clean, cut
from codex_loop.errors import Exit, UsageError
from codex_loop.report.demo_page import Demo, DemoStage, page, readme
from codex_loop.settings import EVERYTHING_HOURS

MARK = ".codex-loop-demo"
LOOKBACK_HOURS = 30 * 24.0
_SAMPLES = "Sample sessions, made by real agents over small repositories."
_COLOURS = {"failed": "red", "skipped": "yellow", "degraded": "yellow", "recorded": "yellow"}


def demo(
    *,
    output: Path = Path("demo_output"),
    use_fixtures: bool = False,
    codex_home: Path | None = None,
    claude_home: Path | None = None,
    lookback_hours: float | None = None,
    skip_openai: bool = False,
    json: bool = False,
) -> int:
    """Run the whole loop once, on sample sessions or on yours.

    Everything it makes, its store too, lies in one folder; index.html there is to be opened first. Agents are stood in
    for: one that solves every task, then one that does nothing, so no model is asked and nothing is spent.

    Examples:
        codex-loop demo --use-fixtures --skip-openai --output ./demo_output
        codex-loop demo --codex-home ~/.codex --output ./demo_output

    Args:
        output: Folder to make; one that an earlier demo made is made anew.
        use_fixtures: Work on the bundled sample sessions; so it does unless a home is named.
        codex_home: Work on the sessions of this folder of Codex.
        claude_home: And on those of this folder of Claude Code.
        lookback_hours: Of your sessions, those written in the last hours; by default 30 days.
        skip_openai: Ask no model of a provider, whatever the settings say.
        json: Print one JSON object.
    """
    own = codex_home is not None or claude_home is not None
    if use_fixtures and own:
        raise UsageError("--use-fixtures works on the sample sessions and --codex-home on yours; choose one of them")
    source = Source(
        own=own,
        codex_home=_home(codex_home),
        claude_home=_home(claude_home),
        lookback_hours=EVERYTHING_HOURS if not own else LOOKBACK_HOURS if lookback_hours is None else lookback_hours,
        skip_openai=skip_openai,
    )
    folder = _made(output)
    began = time.monotonic()
    bench = Bench(folder, source, _say_nothing if json else _say)
    stages(bench)
    whose = f"Sessions of {codex_home or claude_home}." if own else _SAMPLES
    report = Demo(
        output=str(output), sessions=whose, stages=tuple(bench.stages), seconds=round(time.monotonic() - began, 1)
    )  # fmt: skip
    (folder / "index.html").write_text(page(report, folder), encoding="utf-8", newline="\n")
    (folder / "README.md").write_text(readme(report), encoding="utf-8", newline="\n")
    show(report, _draw, schema="demo", as_json=json)
    return Exit.DEGRADED if report.degraded else Exit.OK


def _home(path: Path | None) -> Path | None:
    if path is None:
        return None
    found = path.expanduser().absolute()
    if not found.is_dir():
        raise UsageError(f"{path} does not exist; name the folder that the agent writes to")
    return found


def _made(output: Path) -> Path:
    """The folder, empty of what an earlier demo left; somebody else's is not touched."""
    folder = output.expanduser().absolute()
    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not (folder / MARK).exists())):
        raise UsageError(f"{output} is there and was not made by a demo; give --output another name")
    folder.mkdir(parents=True, exist_ok=True)
    for name in LEFT:
        place = folder / name
        if place.is_dir():
            _writable(place)
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)
    (folder / MARK).write_text("made by codex-loop demo\n", encoding="utf-8")
    return folder


def _writable(place: Path) -> None:
    """git writes its objects so that Windows does not take them away."""
    if sys.platform == "win32":
        for path in place.rglob("*"):
            path.chmod(stat.S_IWRITE | stat.S_IREAD)


def _say_nothing(_: DemoStage) -> None:
    pass


def _say(stage: DemoStage) -> None:
    """What a stage came to, as soon as it has."""
    spent = f"{stage.seconds:6.1f} s" if stage.command else " " * 8
    mark = "" if stage.state == "done" else f"{stage.state}: "
    lines = [style(cut(f"{stage.name:<22} {spent}", page_width()), _COLOURS.get(stage.state, "bold"))]
    lines += [f"    {line}" for line in textwrap.wrap(clean(mark + stage.told), page_width() - 4)]
    if stage.command:
        lines.append(style(cut(f"    {clean(stage.command)}", page_width()), "dim"))
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


def _draw(report: Demo) -> Iterator[str]:
    yield ""
    yield f"The whole loop in {report.seconds:.0f} s. Open {Path(report.output) / 'index.html'} first."
