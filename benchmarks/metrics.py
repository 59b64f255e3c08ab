"""A scrape of the analyzer after a month of looking every five minutes at both tools, over a large ledger.

    python -m benchmarks.metrics

The real command, asked over HTTP as Prometheus does: with nothing new since the last scrape, with a new sample of both
tools to take in, and by two scrapers at once. Exit code 1 when the fastest of one is over its budget: what is slower
on a busy machine is the machine's.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import msgspec

from codex_loop.clock import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, format_ms, now_ms, to_datetime
from codex_loop.model.keys import key
from codex_loop.store.engine import open_for_writing
from codex_loop.usage.sampler.state import SamplerState, save

DAYS = 30
EVERY_MS = 5 * MINUTE_MS
BUDGET_MS = 200.0
REQUESTS = 300_000
MODELS = ("gpt-5", "gpt-5-codex", "claude-sonnet-4-5", "claude-opus-4-5")
ROUNDS = 15
WINDOWS = {
    "claude": {"session": 300, "weekly_all": 10_080, "weekly_opus": 10_080},
    "codex": {"5h_limit": 300, "weekly_limit": 10_080},
}


def line(tool: str, number: int, at_ms: int) -> bytes:
    """What the sampler keeps of one tool: every window climbs from its start to its end."""
    windows = {}
    for place, (name, minutes) in enumerate(WINDOWS[tool].items()):
        length = minutes * MINUTE_MS
        began = at_ms - (at_ms + place * HOUR_MS) % length
        percent = round((at_ms - began) / length * (60 + 10 * place), 2)
        windows[name] = {"used_percent": percent, "resets_at": format_ms(began + length), "window_minutes": minutes}
    event = {"source_tool": tool, "seq_no": number, "timestamp": format_ms(at_ms), "via": "get-usage"}
    return msgspec.json.encode({**event, "windows": windows}) + b"\n"


def fill(folder: Path, now: int) -> int:
    """A month of samples, a file a day; how many events."""
    number = 0
    for at in range(now - DAYS * DAY_MS, now, EVERY_MS):
        with (folder / f"usage-{to_datetime(at):%Y%m%d}.jsonl").open("ab") as file:
            for tool in WINDOWS:
                number += 1
                file.write(line(tool, number, at))
    save(folder, SamplerState(seq_no=number, last_capture=dict.fromkeys(WINDOWS, format_ms(now))))
    return number


def spend(place: str, now: int) -> None:
    """A ledger of many requests, as two gigabytes of sessions leave it."""
    with open_for_writing(place) as database:
        order = database.columns["usage_events"]
        rows = []
        for number in range(REQUESTS):
            values = {
                "key": key("bench", number), "session_key": number % 2000, "owner_ms": now, "quality": 2, "weight": 12,
                "time_ms": now - number * 5 * SECOND_MS, "model": MODELS[number % len(MODELS)], "input": number % 1000,
                "cached": 5000, "cache_write_5m": 0, "cache_write_1h": 0, "output": 90, "web_searches": 0,
                "via": "bench", "source_id": 0, "line_offset": number,
            }  # fmt: skip
            rows.append(tuple(values.get(name) for name in order))
        with database.transaction():
            database.many("upsert usage_events", rows)


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The real command; where its page is."""
    words = ["--port", "0", "--data-dir", str(folder), "--db", str(folder / "loop.db")]
    command = [sys.executable, "-m", "codex_loop", "analyzer", *words]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            yield process.stderr.readline().split()[3].rstrip(";")
        finally:
            process.terminate()


def page(url: str) -> tuple[bytes, float]:
    """One page, and its milliseconds."""
    began = time.perf_counter()
    with urllib.request.urlopen(url, timeout=120) as answer:
        told = answer.read()
    return told, (time.perf_counter() - began) * 1e3


def scrape(url: str) -> float:
    """Milliseconds of one page that has everything."""
    told, taken = page(url)
    assert b"codex_usage_ratio" in told, told.decode()
    return taken


def say(name: str, times: list[float], budget: float | None = BUDGET_MS) -> bool:
    """One line of figures; whether it is over its budget."""
    middle = statistics.median(times)
    over = budget is not None and min(times) > budget
    told = "" if budget is None else f"   (budget {budget:.0f} ms{', over' if over else ''})"
    print(f"{name:<36} {min(times):7.1f} fastest {middle:7.1f} middle {max(times):7.1f} slowest ms{told}")
    return over


def measured(work: Callable[[int], float]) -> list[float]:
    return [work(round_) for round_ in range(ROUNDS)]


def main() -> int:
    """Print the figures; 1 when one is over its budget."""
    with tempfile.TemporaryDirectory() as scratch:
        folder, now = Path(scratch), now_ms()
        number = fill(folder, now)
        spend(str(folder / "loop.db"), now)
        print(f"{number:,} samples of {DAYS} days of both tools, {REQUESTS:,} requests")
        with serving(folder) as url, ThreadPoolExecutor(2) as pool:

            def anew(round_: int) -> float:
                with (folder / f"usage-{to_datetime(now):%Y%m%d}.jsonl").open("ab") as file:
                    for place, tool in enumerate(WINDOWS):
                        file.write(line(tool, number + 2 * round_ + place + 1, now + round_))
                return scrape(url)

            began = time.perf_counter()
            # A page does not wait long for the month that is being taken in behind it: the first ones lack it.
            while b"codex_usage_ratio" not in page(url)[0] or max(scrape(url), scrape(url)) > 1000:
                continue
            taken = (time.perf_counter() - began) * 1e3
            say("until all is taken in and added up", [taken], budget=None)
            over = say("scrape, nothing new", measured(lambda _: scrape(url)))
            over |= say("scrape, a new sample of each tool", measured(anew))
            two = measured(lambda _: max(pool.map(scrape, (url, url))))
            over |= say("two scrapes at once, the later", two, budget=2 * BUDGET_MS)
    return 1 if over else 0


if __name__ == "__main__":
    raise SystemExit(main())
