"""Coverage-guided fuzzing of every decoder: `python -m tests.atheris.fuzz_decoders [atheris options]`.

Needs the package `atheris` (Linux, CPython 3.11 to 3.13), which is no dependency of ours: `uv pip install atheris`.
Without a corpus folder it starts from the real sessions in `tests/golden`. What must hold for any bytes is in `judge`,
which the test suite runs as well, without atheris.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from codex_loop.model.records import AnyRecord
from codex_loop.sources import registry
from codex_loop.sources.base import Line, Source
from codex_loop.sources.lines import split
from tests.sources.spines import DIALECTS, encoded, story

PATHS = {
    "trace-spine": "trace_spine/0198c1e2/segment-000.jsonl",
    "rollout-trace": "trace-1-0198c1e2/trace.jsonl",
    "claude-transcript": "projects/-home-dev-proj/0198c1e2-5b7a-4d31-9d0e-3c1f5a2b4e6d.jsonl",
    "codex-rollout": "sessions/2026/11/21/rollout-2026-11-21T09-00-00-0198c1e2-5b7a-7d31-9d0e-3c1f5a2b4e6d.jsonl",
}
_GOLDEN = Path(__file__).parents[1] / "golden"
_SEED_BYTES = 20_000


def judge(data: bytes, sources: Sequence[Source]) -> None:
    """The first byte chooses the source, the second where the file is cut; the rest is the file.

    Nothing raises; two pieces, with the state stored between them, give what one piece gives; every record can be
    stored; every line has a key, and the same key in two pieces.
    """
    if len(data) < 2:
        return
    source, cut = sources[data[0] % len(sources)], data[1]
    path, lines = PATHS.get(source.name, f"{source.name}.jsonl"), split(data[2:], 0)
    at = cut % (len(lines) + 1)
    once = _decoded(source, path, [lines])
    assert _decoded(source, path, [lines[:at], lines[at:]]) == once, f"{source.name}: pieces change the records"
    keys = _keys(source, path, [lines])
    assert len(keys) == len(lines)
    assert _keys(source, path, [lines[:at], lines[at:]]) == keys, f"{source.name}: pieces change the keys"
    source.fingerprint(Path(path), data[2:4098])


def _decoded(source: Source, path: str, pieces: Sequence[Sequence[Line]]) -> tuple[list[bytes], list[object]]:
    state: Any = source.state()
    records: list[AnyRecord] = []
    rejects: list[object] = []
    for piece in pieces:
        state = _stored(state)
        out = source.decode(state, path, piece)
        records += out.records
        rejects += out.rejects
    return [msgspec.msgpack.encode(record) for record in records], rejects


def _keys(source: Source, path: str, pieces: Sequence[Sequence[Line]]) -> list[int]:
    state: Any = source.state()
    keys: list[int] = []
    for piece in pieces:
        state = _stored(state)
        keys += source.identify(state, path, [line.data for line in piece])
    return keys


def _stored(state: msgspec.Struct) -> msgspec.Struct:
    return msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=type(state))


def seeds(sources: Sequence[Source]) -> Iterator[bytes]:
    """The beginnings of real sessions, each for the source that claims it, and a spine in each dialect."""
    for number, source in enumerate(sources):
        if source.name == "trace-spine":
            yield from (bytes([number, 7]) + encoded(story(dialect)) for dialect in DIALECTS)
    for path in sorted(_GOLDEN.rglob("*.jsonl")):
        data = path.read_bytes()[:_SEED_BYTES]
        for number, source in enumerate(sources):
            if source.fingerprint(path, data[:4096]):
                yield bytes([number, 7]) + data


def main() -> None:
    import atheris

    sources = registry.all_sources(lambda data: data)
    arguments = list(sys.argv)
    if not any(not argument.startswith("-") for argument in arguments[1:]):
        corpus = Path(".hypothesis") / "atheris"
        corpus.mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate(seeds(sources)):
            (corpus / f"seed-{number}").write_bytes(seed)
        arguments.append(str(corpus))
    atheris.instrument_all()
    atheris.Setup(arguments, lambda data: judge(data, sources))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
