"""What the work costs at the very least: the same bytes through the fastest decoder there is, and nothing stored.

`python -m benchmarks.floors decode DIR` decodes every line; `… archive DIR` compresses it as well. Both use
all processors they are given, as the product may.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

CHUNK = 1 << 20


class Counts(msgspec.Struct):
    input_tokens: int = 0
    cached_input_tokens: int = 0
    cache_write_input_tokens: int = 0
    output_tokens: int = 0
    reasoning_output_tokens: int = 0


class Info(msgspec.Struct):
    total_token_usage: Counts | None = None
    last_token_usage: Counts | None = None


class Payload(msgspec.Struct):
    type: str = ""
    id: str = ""
    info: Info | None = None
    usage: Counts | None = None


class RolloutLine(msgspec.Struct):
    timestamp: str = ""
    type: str = ""
    payload: Payload | None = None


class Spent(msgspec.Struct):
    input_tokens: int = 0
    output_tokens: int = 0
    cache_creation_input_tokens: int = 0
    cache_read_input_tokens: int = 0


class Message(msgspec.Struct):
    id: str = ""
    model: str = ""
    stop_reason: str | None = None
    usage: Spent | None = None


class TranscriptLine(msgspec.Struct):
    timestamp: str = ""
    type: str = ""
    sessionId: str = ""  # noqa: N815 - the field's own name
    requestId: str = ""  # noqa: N815 - the field's own name
    message: Message | None = None


def decode(path: Path) -> int:
    """Every complete line through a decoder that knows only the fields that count."""
    kind = TranscriptLine if "projects" in path.parts else RolloutLine
    decoder: msgspec.json.Decoder[TranscriptLine | RolloutLine] = msgspec.json.Decoder(kind)
    data = path.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    try:
        return len(decoder.decode_lines(whole))
    except msgspec.DecodeError:
        return sum(_decoded(decoder, line) for line in whole.splitlines())


def _decoded(decoder: msgspec.json.Decoder[TranscriptLine | RolloutLine], line: bytes) -> bool:
    try:
        decoder.decode(line)
    except msgspec.DecodeError:
        return False
    return True


def archive(path: Path) -> int:
    """Decode, and compress all of it at the level the archive uses."""
    import zstandard

    lines = decode(path)
    compressor = zstandard.ZstdCompressor(level=3)
    with path.open("rb") as source:
        while chunk := source.read(CHUNK):
            compressor.compress(chunk)
    return lines


FLOORS: dict[str, Callable[[Path], int]] = {"decode": decode, "archive": archive}


def main(arguments: Sequence[str]) -> int:
    floor, folder = FLOORS[arguments[0]], Path(arguments[1])
    paths = [path for path in folder.rglob("*.jsonl") if path.is_file()]
    # The largest first, or the last file of one worker is waited for by all others.
    paths.sort(key=lambda path: -path.stat().st_size)
    method = "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"
    with multiprocessing.get_context(method).Pool(os.cpu_count()) as workers:
        print(sum(workers.imap_unordered(floor, paths, chunksize=4)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
