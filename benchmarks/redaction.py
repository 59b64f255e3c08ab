"""`python -m benchmarks.redaction [--mb N]`: how fast secrets are found, how many, and how often wrongly.

Throughput is the block path over a synthetic home, for each engine of this machine, also as a ratio to a
plain decode of the same bytes in the same run. Recall is measured on made-up secrets in the published
formats, in twelve contexts. Findings in lines without a secret are counted per megabyte.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

import msgspec

from benchmarks.corpus.plan import write_corpus
from codex_loop.redaction import Redactor
from codex_loop.redaction.examples import example
from codex_loop.redaction.rules import RULES
from tests.redaction.clean import clean_line
from tests.redaction.contexts import CONTEXTS

MB = 1_000_000
BLOCK = 2 << 20
RECALL_FLOOR = 0.99
CLEAN_FLOOR_PER_MB = 0.1
SLOW_ENGINES_MB = 4  # the engines without hyperscan get a part of the corpus: they need seconds for each megabyte
KEY = bytes(32)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.redaction", description=__doc__)
    parser.add_argument("--mb", type=int, default=60, help="size of the synthetic home")
    parser.add_argument("--rounds", type=int, default=3, help="examples for each rule and context")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        secrets = write_corpus(Path(folder), chosen.mb, seed=7).secrets
        blocks = [block for file in sorted(Path(folder).rglob("*.jsonl")) for block in _blocks(file.read_bytes())]
    redactor = Redactor(KEY)
    print(f"rules {redactor.rules_version}: {len(RULES)} rules, engine {redactor.engine}")
    _speed(blocks)
    fine = [_planted(redactor, blocks, secrets), _recall(redactor, chosen.rounds), _clean(redactor, chosen.mb)]
    return 0 if all(fine) else 1


def _blocks(data: bytes) -> Iterator[bytes]:
    start = 0
    while start < len(data):
        end = data.rfind(b"\n", start, start + BLOCK) + 1 or data.find(b"\n", start) + 1 or len(data)
        yield data[start:end]
        start = end


def _speed(blocks: Sequence[bytes]) -> None:
    decode = _rate(blocks, _decode_lines)
    print(f"{'decode only':<32}{decode:8.1f} MB/s")
    for engine in ("hyperscan", "re2", "pure"):
        if engine != "pure" and not find_spec(engine):
            print(f"{engine:<32} not on this machine")
            continue
        redactor = Redactor(KEY, engine=engine)
        redactor.block(blocks[0])
        part = blocks if engine == "hyperscan" else _first(blocks, SLOW_ENGINES_MB * MB)
        rate = _rate(part, redactor.block)
        print(f"{engine + ', block':<32}{rate:8.1f} MB/s   {rate / decode:.2f} of decoding")


def _rate(blocks: Sequence[bytes], work: Callable[[bytes], object]) -> float:
    began = time.process_time()
    for block in blocks:
        work(block)
    return sum(map(len, blocks)) / MB / (time.process_time() - began)


def _decode_lines(block: bytes) -> None:
    decoder = msgspec.json.Decoder()
    for line in block.splitlines():
        try:
            decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue


def _first(blocks: Sequence[bytes], size: int) -> list[bytes]:
    kept: list[bytes] = []
    for block in blocks:
        if sum(map(len, kept)) >= size:
            break
        kept.append(block)
    return kept


def _planted(redactor: Redactor, blocks: Sequence[bytes], secrets: Sequence[str]) -> bool:
    """The secrets that the corpus plants in shell output: none may be left."""
    there = {secret for secret in secrets if any(secret.encode() in block for block in blocks)}
    redacted = [redactor.block(block).data for block in blocks]
    left = {secret for secret in there if any(secret.encode() in block for block in redacted)}
    return _verdict("planted secrets found", 1 - len(left) / max(1, len(there)), RECALL_FLOOR, at_least=True)


def _recall(redactor: Redactor, rounds: int) -> bool:
    """The share of made-up secrets that is gone, by rule and by context."""
    found: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    for rule in RULES:
        for name, context in CONTEXTS.items() if rule.tier == "definite" else ():
            for turn in range(rounds):
                text, secret = example(rule, random.Random(f"{rule.id} {name} {turn}"))
                gone = secret not in redactor.redact(context(text)).text
                line = json.dumps({"content": context(text)}).encode()
                gone = gone and json.dumps(secret)[1:-1].encode() not in redactor.line(line).line
                for group in (f"rule {rule.id}", f"context {name}"):
                    found[group] += gone
                    asked[group] += 1
    shares = {group: found[group] / asked[group] for group in asked}
    for group, share in shares.items():
        if group.startswith("context ") or share < RECALL_FLOOR:
            print(f"  {group:<40}{share:8.4f}")
    whole = sum(found.values()) / sum(asked.values())
    contexts = min(share for group, share in shares.items() if group.startswith("context "))
    print(f"  recall over {sum(asked.values()) // 2} examples of {len(RULES)} rules: {whole:.4f}")
    return _verdict("recall of the definite tier, worst context", contexts, RECALL_FLOOR, at_least=True)


def _clean(redactor: Redactor, mb: int) -> bool:
    """Findings in lines without a secret, counted per megabyte."""
    source = random.Random(21)
    counts: Counter[str] = Counter()
    size = 0
    while size < mb * MB:
        block = b"".join(clean_line(source) + b"\n" for _ in range(1000))
        size += len(block)
        for line in redactor.block(block).lines:
            for finding in line.redacted.findings:
                counts[f"{finding.tier} {finding.rule}"] += finding.count
    for name, count in counts.most_common():
        print(f"  {name:<40}{count * MB / size:8.3f} per MB")
    definite = sum(count for name, count in counts.items() if name.startswith("definite"))
    return _verdict("definite findings per clean MB", definite * MB / size, CLEAN_FLOOR_PER_MB, at_least=False)


def _verdict(what: str, value: float, floor: float, *, at_least: bool) -> bool:
    fine = value >= floor if at_least else value <= floor
    print(f"{what:<44}{value:8.4f}  {'at least' if at_least else 'at most'} {floor}  {'ok' if fine else 'MISS'}")
    return fine


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
