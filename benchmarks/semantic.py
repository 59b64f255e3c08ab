"""The shipped language model: how it is made, and how well it judges what it has never seen.

python -m benchmarks.semantic --train     makes the model of src/codex_loop/semantics anew
python -m benchmarks.semantic             measures: sentences and subjects kept out, and texts of another hand
python -m benchmarks.semantic --file F    measures on your lines {"text", "previous", "friction"}
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize  # type: ignore[import-untyped]  # no stubs installed
from scipy.sparse import csr_matrix  # type: ignore[import-untyped]  # no stubs installed
from scipy.special import expit  # type: ignore[import-untyped]  # no stubs installed
from sklearn.metrics import average_precision_score, roc_auc_score  # type: ignore[import-untyped]  # no stubs exist

from benchmarks.speech import chat_kept_out, kept_out
from benchmarks.speech.drawing import Said, all_lines, draw_turns
from benchmarks.speech.subjects import SUBJECTS
from codex_loop.semantics import cues, linear
from codex_loop.semantics.features import BUCKETS, VERSION, Features, features
from codex_loop.semantics.turn import LABELS, Turn

MODEL = Path(linear.__file__).with_name("model.json")
TURNS = 26_000
SEED = 20261121
PENALTY = 0.5
"""How strongly weights are held small."""
GRAM_SCALE = 1.6
"""How much less strongly those of hashed n-grams: chosen on the sentences of another hand."""
RAREST = 25
FRICTION, DELIGHT = 0.36, 0.5
"""A turn is friction from this share on: of a hundred who say it, so many are displeased."""
TRUE = 0.4

Floats = NDArray[np.float64]


class Fitted(NamedTuple):
    names: list[str]
    weights: Floats
    """A row for each named feature, then for each bucket, then the bias; a column for each label."""


def recipe() -> str:
    """The name of what the script would make now: of sentences, cues, and every number above."""
    parts = [
        *all_lines(),
        *(each.pattern for each in (*cues.PERSON.values(), *cues.AGENT.values(), *cues.WORK.values(), cues.WORK_WORDS)),
    ]
    parts += [str(each) for each in (VERSION, BUCKETS, TURNS, SEED, PENALTY, GRAM_SCALE, RAREST, FRICTION, DELIGHT)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def fit(shown: Sequence[Features], shares: Floats) -> Fitted:
    """Weights under which the model says the shares: logistic regression on shares instead of yes and no."""
    counts = Counter(name for each in shown for name in each.named)
    names = sorted(name for name, count in counts.items() if count >= RAREST)
    matrix = _matrix(shown, names)
    weights = np.zeros((matrix.shape[1], shares.shape[1]))
    for at in range(shares.shape[1]):
        loss = _loss(matrix, shares[:, at])
        weights[:, at] = minimize(loss, weights[:, at], jac=True, method="L-BFGS-B", options={"maxiter": 120}).x
    weights[len(names) : len(names) + BUCKETS] *= GRAM_SCALE
    return Fitted(names, weights)


def _matrix(shown: Sequence[Features], names: Sequence[str]) -> Any:
    place = {name: at for at, name in enumerate(names)}
    values, columns, ends = array("d"), array("l"), array("l", [0])
    for each in shown:
        for name, value in each.named.items():
            if name in place:
                columns.append(place[name])
                values.append(value)
        for group in each.groups:
            columns.extend(len(names) + bucket for bucket in group)
            values.extend([GRAM_SCALE / np.sqrt(len(group))] * len(group) if group else [])
        columns.append(len(names) + BUCKETS)
        values.append(1.0)
        ends.append(len(columns))
    shape = (len(shown), len(names) + BUCKETS + 1)
    return csr_matrix((np.array(values), np.array(columns), np.array(ends)), shape=shape)


def _loss(matrix: Any, shares: Floats) -> Callable[[Floats], tuple[float, Floats]]:
    turned = matrix.T.tocsr()

    def loss(weights: Floats) -> tuple[float, Floats]:
        sums = matrix @ weights
        held = weights.copy()
        held[-1] = 0.0
        told = float(np.sum(np.logaddexp(0.0, sums) - shares * sums) + PENALTY / 2 * held @ held)
        return told, turned @ (expit(sums) - shares) + PENALTY * held

    return loss


def model_of(fitted: Fitted, version: str) -> linear.Model:
    """The weights as they are shipped: buckets in steps of a 127th of the largest."""
    count = len(fitted.names)
    grams = fitted.weights[count : count + BUCKETS]
    step = np.maximum(np.abs(grams).max(axis=0), 1e-9) / 127
    return linear.Model(
        version=version,
        features=VERSION,
        labels=LABELS,
        bias=_rounded(fitted.weights[-1]),
        named={name: _rounded(fitted.weights[at]) for at, name in enumerate(fitted.names)},
        step=tuple(float(f"{each:.6g}") for each in step),
        buckets=np.round(grams / step).astype(np.int8).tobytes(),
        friction=FRICTION,
        delight=DELIGHT,
    )


def _rounded(weights: Floats) -> tuple[float, ...]:
    return tuple(round(float(each), 3) for each in weights)


def train(turns: int = TURNS) -> linear.Model:
    """The model that is shipped, made anew; the same on one machine, up to rounding on others."""
    return _trained(draw_turns(turns, SEED), recipe())


def _trained(said: Sequence[Said], version: str) -> linear.Model:
    shown = [features(each.turn) for each in said]
    return model_of(fit(shown, np.array([each.shares for each in said])), version)


class Quality(NamedTuple):
    turns: int
    positive: float
    precision: float
    recall: float
    f1: float
    auc: float
    ap: float


def quality(truth: Sequence[bool], scores: Sequence[float], flagged: Sequence[bool]) -> Quality:
    hits = sum(one and two for one, two in zip(truth, flagged, strict=True))
    precision, recall = hits / max(sum(flagged), 1), hits / max(sum(truth), 1)
    both = len(set(truth)) == 2
    return Quality(
        turns=len(truth),
        positive=sum(truth) / max(len(truth), 1),
        precision=precision,
        recall=recall,
        f1=2 * precision * recall / max(precision + recall, 1e-9),
        auc=float(roc_auc_score(truth, scores)) if both else float("nan"),
        ap=float(average_precision_score(truth, scores)) if both else float("nan"),
    )


def _is_kept(line: str, fold: int) -> bool:
    return crc32(line.encode()) % 4 == fold


def without(kind: str, fold: int, said: Sequence[Said]) -> list[tuple[str, Quality]]:
    """Neither subjects of this kind nor a quarter of all sentences are trained on; both together are judged."""
    trained = [each for each in said if _kind(each) != kind and not _is_kept(each.line, fold)]
    kept = [each for each in said if _kind(each) == kind and _is_kept(each.line, fold)]
    judge = linear.Judge(_trained(trained, "held out"))
    scores = [judge.verdict(each.turn).scores for each in kept]
    rows = []
    for at, label in enumerate(LABELS):
        truth = [each.shares[at] >= TRUE for each in kept]
        values = [each[label] for each in scores]
        rows.append((label, quality(truth, values, [value >= TRUE for value in values])))
    return rows


def _kind(said: Said) -> str:
    return SUBJECTS[said.subject].kind if said.subject in SUBJECTS else "tongue"


def measure(turns: int = TURNS // 2) -> dict[str, Quality]:
    """Every number of the board."""
    said = draw_turns(turns, SEED + 1)
    found = {
        f"without {kind}: {label}": row
        for fold, kind in enumerate(("errand", "taste", "code", "desk"))
        for label, row in without(kind, fold, said)
    }
    judge = linear.shipped()
    for name, lines in (kept_out.SETS | chat_kept_out.SETS).items():
        verdicts = [judge.verdict(turn) for turn, _ in lines]
        for label, truth_of in (("friction", "-"), ("delight", "+")):
            truth = [truth_of in mark for _, mark in lines]
            told = [each.friction if label == "friction" else each.delight for each in verdicts]
            score = [each.scores["dissatisfied" if label == "friction" else "praise"] for each in verdicts]
            found[f"{name}: {label}"] = quality(truth, score, told)
    return found


def _speed() -> str:
    turns = [each.turn for each in draw_turns(2_000, 5)]
    judge = linear.shipped()
    began = time.process_time()
    for turn in turns:
        judge.verdict(turn)
    return f"{len(turns) / (time.process_time() - began):,.0f} turns a second of CPU"


def _of_file(path: Path) -> Quality:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    verdicts = [linear.shipped().verdict(Turn(row["text"], row.get("previous") or "")) for row in rows]
    truth = [bool(row["friction"]) for row in rows]
    return quality(truth, [each.scores["dissatisfied"] for each in verdicts], [each.friction for each in verdicts])


def _draw(found: dict[str, Quality]) -> None:
    print(f"{'':34} {'turns':>6} {'pos.':>5} {'P':>5} {'R':>5} {'F1':>5} {'AUC':>5} {'AP':>5}")
    for name, row in found.items():
        numbers = " ".join(f"{each:5.2f}" for each in row[1:])
        print(f"{name:34} {row.turns:6} {numbers}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--train", action="store_true", help="write the model anew")
    parser.add_argument("--file", type=Path, help="JSON lines with text, previous, friction")
    parser.add_argument("--turns", type=int, default=TURNS // 2, help="turns drawn for measuring")
    chosen = parser.parse_args()
    if chosen.train:
        model = train()
        MODEL.write_bytes(msgspec.json.encode(model))
        print(f"{MODEL.name}: {model.version}, {MODEL.stat().st_size / 1000:.0f} kB, {len(model.named)} named features")
        return
    _draw({chosen.file.name: _of_file(chosen.file)} if chosen.file else measure(chosen.turns))
    print(_speed())


if __name__ == "__main__":
    main()
