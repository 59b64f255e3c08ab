"""The demo's stages: the commands that a person would type, one after another, each timed.

Every command runs as a program of its own in the demo's folder, with a store and a data folder in there: nothing else
on this machine is written.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from codex_loop.cli.progress import Progress
from codex_loop.errors import CodexLoopError, Exit
from codex_loop.harbor import stage
from codex_loop.harbor.sandbox.built import BUILDS
from codex_loop.report.demo_page import DemoStage
from codex_loop.samples import repositories

STORE = "loop.db"
TASKS = 6
"""The fewest with which a change can be told from chance; more would only take longer."""
PROBLEMS = 3
ATTEMPTS = 3
RUNS = 1
"""How often each task is tried in a measurement: those that stand in for agents are the same every time."""
SAMPLE_NAMES = {"patch_failure": "edits_that_do_not_fit"}
"""What a person would call the problem of the samples, by how its own name begins."""
LEFT = (
    "loop.db", "loop.db-wal", "loop.db-shm", "data", "sessions", "repositories", "drafts", "dataset", "jobs",
    "recorded", "daily.txt", "report.md", "report.html", "schema.json", "distill.txt", "gate.txt", "baseline.json",
    "after.json", "measure-before.txt", "measure-after.txt", "ticket.md", "trends.svg", "trends.txt", "evaluation.svg",
    "evaluation.txt", "index.html", "README.md",
)  # fmt: skip
"""Everything a demo may leave, so that a later one takes away nothing else."""
WORKED = (Exit.OK, Exit.FINDING, Exit.DEGRADED)
Told = Callable[[DemoStage], None]
Json = dict[str, Any]
_UNTRIED = 'verifier_kind = "missing"'
_ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


class Source(NamedTuple):
    """Whose sessions the demo works on."""

    own: bool
    """Somebody's own; else the bundled samples."""
    codex_home: Path | None
    claude_home: Path | None
    lookback_hours: float
    skip_openai: bool


class Said(NamedTuple):
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str
    seconds: float

    @property
    def problem(self) -> str:
        """Its one sentence of failure."""
        lines = [line for line in self.err.splitlines() if line.strip()]
        return lines[-1].removeprefix("codex-loop: ") if lines else f"it ended with {self.code}"


class Bench:
    """The folder, the store in it, and what was done so far."""

    def __init__(self, folder: Path, source: Source, told: Told) -> None:
        self.folder, self.source, self._told = folder, source, told
        self.stages: list[DemoStage] = []
        self.problems: list[str] = []
        """Clusters of friction, those in most sessions first."""
        self.dataset: str | None = None
        self.environ = _alone(folder, skip_openai=source.skip_openai)

    def run(self, *words: str) -> Said:
        """One command line, in the folder."""
        began = time.monotonic()
        bar = Progress("demo")
        bar.to(len(self.stages) / len(STAGES), note=f"codex-loop {' '.join(words)}")
        with bar:
            done = subprocess.run(
                [sys.executable, "-m", "codex_loop", *words],
                cwd=self.folder,
                env=self.environ,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                encoding="utf-8",
                errors="replace",
                check=False,
            )
        if done.returncode == Exit.INTERRUPTED:
            raise KeyboardInterrupt
        return Said(done.returncode, _ESCAPES.sub("", done.stdout), done.stderr, time.monotonic() - began)

    def asked(self, *words: str) -> Json:
        """What a command says in JSON; nothing when it could not."""
        said = self.run(*words, "--db", STORE, "--json")
        found: Json = msgspec.json.decode(said.out) if said.code in WORKED and said.out else {}
        return found

    def drafts(self) -> list[Path]:
        """The tasks that were written and can be tried."""
        found = sorted((self.folder / "drafts").glob("*/*/task.toml"))
        return [path.parent for path in found if _UNTRIED not in path.read_text(encoding="utf-8")]

    def keep(self, name: str, text: str) -> str:
        (self.folder / name).write_text(text, encoding="utf-8", newline="\n")
        return name

    def done(self, name: str, words: Sequence[str], said: Said, told: str, *made: str) -> None:
        """A stage whose command ended."""
        failed = said.code not in WORKED
        state = "failed" if failed else "degraded" if said.code == Exit.DEGRADED else "done"
        self.add(name, words, said, state, said.problem if failed else told, made)

    def skipped(self, name: str, why: str, state: str = "skipped") -> None:
        """A stage without a command."""
        self.add(name, (), None, state, why, ())

    def add(
        self, name: str, words: Sequence[str], said: Said | None, state: str, told: str, made: Sequence[str]
    ) -> None:  # fmt: skip
        stage = DemoStage(
            name=name,
            command=f"codex-loop {' '.join(words)}" if words else None,
            seconds=0.0 if said is None else round(said.seconds, 2),
            exit_code=None if said is None else int(said.code),
            state=state,
            told=told,
            files=tuple(each for each in made if (self.folder / each).exists()),
        )
        self.stages.append(stage)
        self._told(stage)


def stages(bench: Bench) -> None:
    """The whole loop; what one stage cannot give, the later ones do without."""
    try:
        for each in STAGES:
            try:
                each(bench)
            except CodexLoopError as error:
                bench.skipped(each.__name__.strip("_").replace("_", " "), str(error), "failed")
    finally:
        stage.clear(Path(bench.environ[BUILDS]))


def _alone(folder: Path, *, skip_openai: bool) -> dict[str, str]:
    """The environment of the commands: as here, but with a data folder of its own, and offline if asked.

    Seven jobs run the same few tasks: what the first has built for one, the others copy.
    """
    kept = {name: value for name, value in os.environ.items() if name not in ("CODEX_LOOP_DB", "COLUMNS")}
    own = {"CODEX_LOOP_DATA_DIR": str(folder / "data"), BUILDS: str(folder / "data" / "builds")}
    own |= {"COLUMNS": "80", "NO_COLOR": "1"}
    offline = {"CODEX_LOOP_SEMANTIC_ENGINE": "local", "CODEX_LOOP_EMBEDDING_MODEL": "local"} if skip_openai else {}
    return kept | own | offline


def _read(bench: Bench) -> None:
    source = bench.source
    homes = {"codex": source.codex_home, "claude": source.claude_home}
    with as_file(files("codex_loop") / "samples") as samples:
        for agent, home in homes.items():
            if not source.own:
                shutil.copytree(samples / agent, bench.folder / "sessions" / agent)
            elif home is None:
                (bench.folder / "sessions" / agent).mkdir(parents=True)
    codex, claude = (str(home or f"sessions/{agent}") for agent, home in homes.items())
    words = ["daily", "--codex-home", codex, "--claude-home", claude, "--db", STORE]
    words += ["--lookback-hours", f"{source.lookback_hours:g}", *(["--skip-openai"] if source.skip_openai else [])]
    said = bench.run(*words)
    bench.keep("daily.txt", said.out)
    found = bench.asked("report")
    told = (
        f"{found.get('processed', 0)} sessions: {found.get('friction', 0)} signals of friction,"
        f" {found.get('delight', 0)} of delight, in {found.get('clusters', 0)} clusters"
    )
    lost = [line for line in said.out.splitlines() if " failed: " in line]
    bench.done("read, detect, group", words, said, "; ".join([*lost, told]), "daily.txt")


def _report(bench: Bench) -> None:
    bench.run("report", "--format", "md", "--output", "report.md", "--db", STORE)
    words = ["report", "--format", "html", "--output", "report.html", "--db", STORE]
    told = "what went wrong and well, what it cost, where to look"
    bench.done("report", words, bench.run(*words), told, "report.html", "report.md")


def _name(bench: Bench) -> None:
    """The problem that most sessions share gets a name, if one is proposed."""
    problems = sorted(bench.asked("ticket").get("problems", ()), key=lambda each: -each["sessions"])
    if not problems:
        bench.skipped("name the problem", "no problem was seen in two sessions")
        return
    bench.problems = [each["cluster_id"] for each in problems]
    proposals = bench.asked("schema-proposals").get("proposals", ())
    wanted = next((each for each in proposals if each["cluster_id"] == bench.problems[0]), None)
    if wanted is None or wanted["status"] != "pending":
        bench.skipped("name the problem", f"{problems[0]['name']} is not sure enough to be proposed as a category")
        return
    known = () if bench.source.own else SAMPLE_NAMES.items()
    name = next((said for begin, said in known if wanted["name"].startswith(begin)), wanted["name"])
    words = ["schema-approve", "--proposal-id", wanted["id"], "--name", name, "--db", STORE]
    said = bench.run(*words)
    bench.run("schema-export", "--output", "schema.json", "--db", STORE)
    bench.done("name the problem", words, said, f"{name} is a category from now on", "schema.json")


def _distill(bench: Bench) -> None:
    """Drafts of the problems that most sessions share, until there are enough to tell a change."""
    if not bench.problems:
        bench.skipped("distill tasks", "no problem to make tasks of")
        return
    clones: list[str] = []
    if not bench.source.own:
        made = repositories.materialise(bench.folder / "repositories")
        clones = [word for clone in made for word in ("--repository", f"repositories/{clone.name}")]
    tried: list[tuple[list[str], Said]] = []
    for nth, cluster in enumerate(bench.problems[:PROBLEMS], start=1):
        left = TASKS - len(bench.drafts())
        if left > 0:
            words = ["distill", "--cluster-id", cluster, "--output", f"drafts/{nth}", "--limit", str(left), "--draft"]
            words += [*clones, "--db", STORE]
            tried.append((words, bench.run(*words)))
    bench.keep("distill.txt", "\n".join(said.out or said.problem for _, said in tried))
    words, first = tried[0]
    code = Exit.OK if bench.drafts() else first.code
    whole = first._replace(code=code, seconds=sum(said.seconds for _, said in tried))
    problems = "1 problem" if len(tried) == 1 else f"{len(tried)} problems"
    told = f"{len(bench.drafts())} drafts of tasks from {problems}, each with hidden tests and a solution"
    if not bench.drafts():
        told = "no moment could be made a task; distill.txt says why for each"
    bench.done("distill tasks", words, whole, told, "drafts", "distill.txt")


def _gate(bench: Bench) -> None:
    """Every draft is tried: doing nothing must fail it, its solution must pass it, each time."""
    drafts = bench.drafts()
    if not drafts:
        return
    folders = sorted({path.parent.name for path in drafts})
    words = ["trace", "dataset", *(word for name in folders for word in ("--task", f"drafts/{name}"))]
    words += ["--output", "dataset", "--attempts", str(ATTEMPTS), "--db", STORE]
    said = bench.run(*words)
    bench.keep("gate.txt", said.out)
    valid = list((bench.folder / "dataset").glob("*/task.toml"))
    if valid:
        bench.dataset = "dataset"
        # That some drafts are set aside is what a gate is for.
        said = said._replace(code=Exit.OK if said.code == Exit.DEGRADED else said.code)
    told = f"{len(valid)} of {len(drafts)} passed: doing nothing fails them, their solution solves them, each time"
    if not valid:
        told = f"none of {len(drafts)} passed or could be tried; gate.txt says why"
    bench.done("check tasks", words, said, told, "dataset", "gate.txt")


def _baseline(bench: Bench) -> None:
    """An agent that solves every task: it stands for yours before a change."""
    if bench.dataset is None and bench.source.own:
        bench.skipped("measure", "no task to measure with")
        return
    if bench.dataset is None:
        _recorded(bench)
        return
    words = ["measure", "--dataset", bench.dataset, "--agent", "oracle", "--attempts", str(RUNS)]
    words += ["--save-baseline", "baseline.json", "--jobs-dir", "jobs", "--db", STORE]
    said = bench.run(*words, "--name", "before")  # whoever types it again makes another run
    bench.keep("measure-before.txt", said.out)
    if said.code == Exit.MISSING:
        _recorded(bench)
        return
    told = f"{_first_line(said)}, which stands for your agent before a change"
    bench.done("measure, before", words, said, told, "measure-before.txt", "baseline.json")


def _worse(bench: Bench) -> None:
    """An agent that does nothing: it stands for yours after a change that broke it."""
    if not (bench.folder / "baseline.json").exists():
        return
    words = ["measure", "--dataset", "dataset", "--agent", "nop", "--attempts", str(RUNS)]
    words += ["--baseline", "baseline.json", "--save-baseline", "after.json", "--jobs-dir", "jobs", "--db", STORE]
    said = bench.run(*words, "--name", "after")
    bench.keep("measure-after.txt", said.out)
    told = f"{_first_line(said)}: an agent that does nothing stands for yours after a change that broke it"
    bench.done("measure, after", words, said, told, "measure-after.txt", "after.json")


def _recorded(bench: Bench) -> None:
    """Without Harbor: what a run said when it was recorded."""
    with as_file(files("codex_loop") / "samples" / "measured") as there:
        if not there.is_dir():
            bench.skipped("measure", "Harbor is not installed here; `codex-loop measure setup` installs it")
            return
        shutil.copytree(there, bench.folder / "recorded")
    words = ["measure", "compare", "recorded/before.json", "recorded/after.json"]
    said = bench.run(*words)
    bench.keep("measure-after.txt", said.out)
    harbor = (bench.folder / "recorded" / "harbor.txt").read_text(encoding="utf-8").strip()
    told = f"recorded earlier with Harbor {harbor}, not run now: {_first_line(said)}"
    state = "recorded" if said.code in WORKED else "failed"
    bench.add("measure", words, said, state, told, ("measure-after.txt", "recorded"))


def _ticket(bench: Bench) -> None:
    if not bench.problems:
        bench.skipped("write the ticket", "no problem to write one of")
        return
    words = ["ticket", "--cluster-id", bench.problems[0], "--output", "ticket.md", "--db", STORE]
    said = bench.run(*words)
    there = bench.folder / "ticket.md"
    title = there.read_text(encoding="utf-8").splitlines()[0] if there.exists() else ""
    urgency = said.out.splitlines()[-1] if said.out else ""
    told = f"{title.lstrip('# ').replace(chr(92), '')} ({urgency})"
    bench.done("write the ticket", words, said, told, "ticket.md")


def _signal_trend(bench: Bench) -> None:
    words = ["trends", "--signals", "--type", "friction", "--svg", "trends.svg", "--db", STORE]
    said = bench.run(*words)
    bench.keep("trends.txt", said.out)
    bench.done("trend of signals", words, said, "friction week by week", "trends.svg", "trends.txt")


def _eval_trend(bench: Bench) -> None:
    runs = bench.asked("measure", "list").get("runs", ())
    if not runs:
        return
    words = ["trends", "--dataset", runs[0]["dataset"], "--svg", "evaluation.svg", "--db", STORE]
    said = bench.run(*words)
    bench.keep("evaluation.txt", said.out)
    bench.done("trend of the dataset", words, said, f"{len(runs)} runs", "evaluation.svg", "evaluation.txt")


def _first_line(said: Said) -> str:
    lines: Iterator[str] = (" ".join(line.split()) for line in said.out.splitlines() if line.strip())
    return next(lines, "nothing was said")


STAGES: tuple[Callable[[Bench], None], ...] = (
    _read, _report, _name, _distill, _gate, _baseline, _worse, _ticket, _signal_trend, _eval_trend,
)  # fmt: skip
