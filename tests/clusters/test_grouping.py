"""Groups are found without their number, whatever the data."""

import numpy as np

from codex_loop.clusters import group


def test_well_separated_groups_are_found_as_they_are() -> None:
    draw = np.random.default_rng(1)
    centres = draw.normal(size=(12, 64))
    truth = np.repeat(np.arange(12), 40)
    points = centres[truth] + 0.2 * draw.normal(size=(480, 64))
    vectors = (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32)
    labels = group(vectors)
    assert len(set(zip(labels.tolist(), truth.tolist(), strict=True))) == 12
