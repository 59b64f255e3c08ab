"""`python -m benchmarks.clusters`: how well and how fast texts become groups, and whether groups keep their ids.

Quality is the adjusted Rand index on three self-written sets, every text without a group counted as a group of its
own. Next to ours stand, in the same run, k-means told the true number of groups and, with `--guide`, the plain
settings of the closed-loop guide (HDBSCAN 5/3 on the raw vectors: minutes); with `--peers PYTHON`, UMAP with HDBSCAN
and EVoC, if that interpreter has them. Another `--seed` draws other texts.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks import grouping_peers
from benchmarks.utterances import sets
from codex_loop.clusters.density import Labels, Vectors, dense_groups
from codex_loop.clusters.extension import extend
from codex_loop.clusters.grouping import Grouping, group, grouped
from codex_loop.embedding import embed, model

KEPT = 0.5
SCALES = (50_000, 200_000)
INCREMENT = 500


def main(arguments: Sequence[str]) -> int:
    """Print one line a number."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--guide", action="store_true", help="the guide's plain settings as well (minutes)")
    parser.add_argument("--peers", type=Path, help="a Python that has umap-learn and evoc")
    parser.add_argument("--sets", nargs="*", choices=sorted(sets.ALL), default=list(sets.ALL))
    parser.add_argument("--scales", nargs="*", type=int, default=list(SCALES))
    options = parser.parse_args(arguments)
    print(f"model {model().id}, seed {options.seed}")
    for name in options.sets:
        quality(sets.ALL[name](options.seed), guide=options.guide, peers=options.peers)
    for size in options.scales:
        scale(size, options.seed)
    return 0


def quality(texts: sets.Labelled, *, guide: bool, peers: Path | None = None) -> None:
    """Ours against the plain settings, and what a tenth more data does to the ids."""
    from sklearn.cluster import KMeans  # type: ignore[import-untyped]  # no stubs exist

    vectors, truth = embed(texts.texts), np.asarray(texts.truth)
    print(f"{texts.name}: {len(truth):,} texts, {truth.max() + 1} groups; such as {texts.texts[0]!r}")
    if guide:
        _line("guide's plain settings", truth, dense_groups(vectors, smallest=5, neighbours=4))
    told = KMeans(int(truth.max()) + 1, n_init=1, random_state=0).fit_predict(vectors)
    _line("k-means, told the number", truth, np.asarray(told, dtype=np.int64))
    if peers is not None:
        for method, labels in grouping_peers.asked(peers, vectors).items():
            _line(method, truth, labels)
    began = time.perf_counter()
    ours = grouped(vectors)
    _line(f"ours ({ours.method}, at least {ours.smallest})", truth, ours.labels, time.perf_counter() - began)
    print(f"  {'ids kept after a tenth more':32} {_kept(vectors, ours):6.1%}", flush=True)


def scale(size: int, seed: int) -> None:
    """Seconds from texts to groups, and for a day's increment."""
    written = [text for name in sets.ALL for draw in range(9) for text in sets.ALL[name](seed + draw).texts]
    chosen = np.random.default_rng(seed).permutation(len(written))[: size + INCREMENT]
    texts = [written[place] for place in chosen]
    began, began_cpu = time.perf_counter(), time.process_time()
    vectors = embed(texts[:size])
    embedded = time.perf_counter()
    labels = group(vectors)
    done = time.perf_counter()
    print(
        f"{size:,} texts: embed {embedded - began:.1f} s, group {done - embedded:.1f} s,"
        f" CPU {time.process_time() - began_cpu:.0f} s, {labels.max() + 1} groups, peak {_peak_mb()}"
    )
    extend(vectors, labels, embed(texts[size:]))
    print(f"  {INCREMENT} more: {time.perf_counter() - done:.1f} s", flush=True)


def rand_index(truth: Labels, labels: Labels) -> float:
    """The adjusted Rand index, every -1 a group of its own."""
    from sklearn.metrics import adjusted_rand_score  # type: ignore[import-untyped]  # no stubs exist

    alone = labels.copy()
    noise = np.flatnonzero(labels < 0)
    alone[noise] = int(labels.max(initial=-1)) + 1 + np.arange(len(noise))
    return float(adjusted_rand_score(truth, alone))


def _kept(vectors: Vectors, whole: Grouping) -> float:
    """The share of groups of nine tenths that a group of the whole has at least half of its members in common with."""
    known = np.random.default_rng(9).permutation(len(vectors))[: len(vectors) * 10 // 11]
    before, after = group(vectors[known]), whole.labels[known]
    kept = 0
    for label in range(int(before.max()) + 1):
        members = before == label
        heirs, common = np.unique(after[members & (after >= 0)], return_counts=True)
        overlaps = [
            both / (members.sum() + (after == heir).sum() - both) for heir, both in zip(heirs, common, strict=True)
        ]
        kept += max(overlaps, default=0.0) >= KEPT
    return kept / max(1, int(before.max()) + 1)


def _line(name: str, truth: Labels, labels: Labels, seconds: float | None = None) -> None:
    noise = float((labels < 0).mean())
    took = "" if seconds is None else f"  {seconds:.1f} s"
    print(
        f"  {name:32} {rand_index(truth, labels):6.3f}  {labels.max() + 1:4} groups, {noise:.0%} noise{took}",
        flush=True,
    )


def _peak_mb() -> str:
    if sys.platform == "win32":
        return "not told by this system"
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return f"{peak // (1024 if sys.platform == 'linux' else 1024 * 1024)} MB"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
