"""`codex-loop analyzer` (`cctrack-analyzer`): limits, the sampler's state, tokens and money for Prometheus."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import FrameType

import msgspec

from codex_loop.capture.orders import host_name
from codex_loop.cli.render import show
from codex_loop.cli.width import clean
from codex_loop.clock import now_ms
from codex_loop.errors import Exit, UsageError
from codex_loop.settings import Settings, load
from codex_loop.usage.metrics.family import Family
from codex_loop.usage.metrics.intake import Intake
from codex_loop.usage.metrics.scrape import Scraped, scrape
from codex_loop.usage.metrics.tokens import TokenSums
from codex_loop.usage.sampler.keeping import take_samples

PATIENCE_S = 2.0
"""How long a page waits for new samples; Prometheus gives up after ten seconds."""


class Analyzed(msgspec.Struct, frozen=True, kw_only=True):
    """One look; a family that nothing is known of has no samples."""

    families: tuple[Family, ...]
    problem: str | None
    """Why some of them are not there."""


def analyzer(
    *,
    port: int = 9090,
    host: str = "127.0.0.1",
    token_file: Path | None = None,
    token: str | None = None,
    data_dir: Path | None = None,
    db: str | None = None,
    once: bool = False,
    textfile: Path | None = None,
    rules: bool = False,
    dashboard: bool = False,
    json: bool = False,
) -> int:
    """Tell Prometheus how limits, sampler, tokens and costs stand.

    It listens on this machine only, until it is told to end, and takes new samples into the store before each answer.

    Examples:
        codex-loop analyzer --port 9189
        codex-loop analyzer --textfile /var/lib/prometheus/node-exporter
        codex-loop analyzer --rules
        codex-loop analyzer --dashboard

    Args:
        port: Where to listen; 0 takes any that is free.
        host: Address to listen on. One that can be reached from outside needs a token.
        token_file: A file with the secret that a scraper must send as a bearer token.
        token: The secret itself; other users of this machine can see it in the list of processes.
        data_dir: Folder of the samples; by default `samples` in the data folder of this machine.
        db: Database file or postgresql:// URL; by default a file in the data folder of this machine.
        once: Print the page instead of serving it.
        textfile: Write codexloop.prom into this folder of the node exporter's textfile collector.
        rules: Print alert rules for Prometheus.
        dashboard: Print a dashboard for Grafana.
        json: With --once: print one JSON object.
    """
    if not 0 <= port <= 65_535:
        raise UsageError(f"--port {port}: there are ports 1 to 65535; 0 takes any that is free")
    if rules or dashboard:
        return _print_shipped("alerts.yml" if rules else "dashboard.json")
    settings = load({"db": db})
    samples = (data_dir or settings.samples_dir).expanduser()
    look = _look(settings, samples, None if once or textfile or json else PATIENCE_S)
    if textfile is not None:
        return _write(textfile.expanduser(), look())
    if once or json:
        return _print(look(), as_json=json)
    return _serve(host, port, _secret(token, token_file), look)


def main() -> int:
    """The console script `cctrack-analyzer`."""
    from codex_loop.cli.app import run

    return run(["analyzer", *sys.argv[1:]])


def _look(settings: Settings, samples: Path, patience_s: float | None) -> Callable[[], Scraped]:
    """New samples first, as far as that is possible, then everything."""
    intake = Intake(samples, lambda: take_samples(settings, samples, host_name(), now_ms()))

    sums = TokenSums()

    def look() -> Scraped:
        intake.refresh(patience_s)
        found = scrape(settings, samples, now_ms(), sums)
        return Scraped(found.families, found.problem or intake.problem)

    return look


def _serve(host: str, port: int, token: str | None, look: Callable[[], Scraped]) -> int:
    from codex_loop.usage.metrics.server import MetricsServer

    told: set[str | None] = {None}

    def read() -> tuple[Family, ...]:
        found = look()
        if found.problem not in told:
            sys.stderr.write(f"codex-loop: {clean(found.problem or '')}\n")
        told.clear()
        told.update({None, found.problem})
        return found.families

    signal.signal(signal.SIGTERM, _stop)
    with MetricsServer(host, port, token, read) as server, suppress(KeyboardInterrupt):
        sys.stderr.write(f"codex-loop: metrics at {server.url}; stop it with Ctrl-C\n")
        server.serve_forever()
    return Exit.OK


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _secret(token: str | None, token_file: Path | None) -> str | None:
    if token is None or token_file is None:
        return token if token_file is None else token_file.expanduser().read_text(encoding="utf-8").strip()
    raise UsageError("--token and --token-file say the same; leave one out")


def _write(folder: Path, found: Scraped) -> int:
    from codex_loop.usage.metrics import textfile

    if not folder.is_dir():
        raise UsageError(f"--textfile {folder}: no such folder; name the one that the collector reads")
    place = textfile.write(folder, found.families)
    return _degraded(found, f"written to {place}")


def _print(found: Scraped, *, as_json: bool) -> int:
    report = Analyzed(families=found.families, problem=found.problem)
    show(report, _draw, schema="analyzer", as_json=as_json)
    return _degraded(found, "the rest was told")


def _degraded(found: Scraped, done: str) -> int:
    """Some of it is not there: the page says so by itself, a person is told why."""
    if found.problem is None:
        return Exit.OK
    sys.stderr.write(f"codex-loop: {clean(found.problem)}; {done}\n")
    return Exit.DEGRADED


def _draw(report: Analyzed) -> Iterator[str]:
    from codex_loop.usage.metrics.exposition import text

    yield from text(report.families).decode().splitlines()


def _print_shipped(name: str) -> int:
    from importlib.resources import files

    sys.stdout.write(files("codex_loop.usage.monitoring").joinpath(name).read_text(encoding="utf-8"))
    return Exit.OK
