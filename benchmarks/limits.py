"""Limits after a month of looking every five minutes at both tools; and what the programs that run all day cost.

    python -m benchmarks.limits

Times are of this machine and this run; the ratios to an interpreter that does nothing are what compares.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from codex_loop.clock import DAY_MS, HOUR_MS, MINUTE_MS, now_ms
from codex_loop.model.keys import key
from codex_loop.store.engine import Database, open_for_reading, open_for_writing
from codex_loop.usage import limits, status_file

DAYS = 30
EVERY_MS = 5 * MINUTE_MS
RUNS = 15
WINDOWS = (
    ("codex", "codex", "primary", 300),
    ("codex", "codex", "secondary", 10_080),
    ("claude", "claude", "five_hour", 300),
    ("claude", "claude", "seven_day", 10_080),
    ("claude", "claude", "seven_day_opus", 10_080),
)
STATUSLINE = (
    b'{"session_id":"s-1","cwd":"/w","model":{"id":"claude-sonnet-4-5","display_name":"Sonnet 4.5"},'
    b'"version":"2.1.329","context_window":{"used_percentage":7},"rate_limits":{"five_hour":{"used_percentage":42.0,"resets_at":%d},'
    b'"seven_day":{"used_percentage":17.5,"resets_at":%d}}}'
)


def fill(database: Database, now: int) -> int:
    """A month of samples: every window climbs from its start to its end, at a pace of its own."""
    order = database.columns["limit_samples"]
    rows = []
    for at in range(now - DAYS * DAY_MS, now, EVERY_MS):
        for place, (agent, limit, slot, minutes) in enumerate(WINDOWS):
            length = minutes * MINUTE_MS
            began = at - (at + place * HOUR_MS) % length
            values = {
                "key": key("bench", at, place), "agent": agent, "host": "h", "limit_id": limit, "slot": slot,
                "window_minutes": minutes, "time_ms": at, "used_percent": (at - began) / length * (60 + 10 * place),
                "resets_ms": began + length, "plan": "pro", "source_id": 0, "line_offset": at, "via": "app-server",
            }  # fmt: skip
            rows.append(tuple(values.get(name) for name in order))
    with database.transaction():
        database.many("upsert limit_samples", rows)
    return len(rows)


def fastest_ms(work: Callable[[], object]) -> tuple[float, float]:
    """Wall and CPU of the fastest run."""
    found = []
    for _ in range(RUNS):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        found.append(((time.perf_counter() - wall) * 1e3, (time.process_time() - cpu) * 1e3))
    return min(wall for wall, _ in found), min(cpu for _, cpu in found)


def child_cpu_ms(words: list[str], environ: Mapping[str, str], given: bytes = b"") -> float:
    """CPU of a program, start included, in its fastest run."""
    found = []
    for _ in range(RUNS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(words, input=given, env=environ, capture_output=True, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        found.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(found) * 1e3


def main() -> int:
    """Print the figures; 1 when one is over its budget."""
    now = now_ms()
    over = False
    with tempfile.TemporaryDirectory() as folder:
        place = str(Path(folder) / "loop.db")
        with open_for_writing(place) as database:
            print(f"{fill(database, now):,} samples of {DAYS} days")
        with open_for_reading(place) as database:
            status_path = Path(folder) / "status.json"
            for name, work in (
                ("standings with pace and forecast", lambda: limits.standings(database, now)),
                ("status.json written", lambda: status_file.write(database, status_path, now)),
            ):
                wall, cpu = fastest_ms(work)
                over = over or wall > 200
                print(f"{name:<36} {wall:7.1f} ms wall {cpu:7.1f} ms CPU   (budget 200 ms)")
        environ = {**os.environ, "CODEX_LOOP_DATA_DIR": folder, "CODEX_LOOP_DB": place, "PYTHONWARNINGS": ""}
        told = STATUSLINE % (now // 1000 + 3600, now // 1000 + 86_400)
        program = str(Path(sys.executable).with_name("codex-loop"))
        nothing = child_cpu_ms([sys.executable, "-c", "pass"], environ)
        print(f"{'an interpreter that does nothing':<36} {nothing:7.1f} ms CPU")
        for words in (["widget", "--format", "waybar"], ["statusline"], ["usage", "limits"], ["status"]):
            cpu = child_cpu_ms([program, *words], environ, told)
            hot = words[0] in ("widget", "statusline")
            over = over or (hot and cpu > 40)
            budget = "   (budget 40 ms)" if hot else ""
            print(f"codex-loop {' '.join(words):<25} {cpu:7.1f} ms CPU {cpu / nothing:5.1f} x nothing{budget}")
    return 1 if over else 0


if __name__ == "__main__":
    raise SystemExit(main())
