"""The map keeps neighbours together and groups apart."""

import numpy as np

from codex_loop.clusters.layout import DIMENSIONS, drawn, linked
from codex_loop.clusters.neighbours import nearest
from tests.clusters.makings import blobs


def test_links_are_the_same_from_both_ends() -> None:
    vectors, _ = blobs(4, 25, spread=0.8)
    graph = linked(nearest(vectors, 6))
    ends = zip(graph.rows.tolist(), graph.columns.tolist(), strict=True)
    weight = dict(zip(ends, graph.weights.tolist(), strict=True))
    assert all(weight[end, start] == found for (start, end), found in weight.items())
    assert np.all((graph.weights > 0) & (graph.weights <= 1))
    assert np.array_equal(graph.rows[graph.starts], np.arange(len(vectors)))


def test_on_the_map_a_group_lies_together_and_away_from_others() -> None:
    vectors, truth = blobs(6, 40, spread=0.5)
    points = drawn(vectors, nearest(vectors, 15))
    centres = np.stack([points[truth == label].mean(axis=0) for label in range(6)])
    nearest_centre = np.linalg.norm(points[:, None] - centres[None], axis=2).argmin(axis=1)
    assert points.shape == (240, DIMENSIONS)
    assert np.array_equal(nearest_centre, truth)


def test_the_same_vectors_are_drawn_the_same() -> None:
    vectors, _ = blobs(5, 30, spread=0.9)
    near = nearest(vectors, 15)
    assert np.array_equal(drawn(vectors, near), drawn(vectors, near))


def test_points_that_are_all_equally_far_still_get_a_finite_place() -> None:
    vectors = np.eye(120, dtype=np.float32)
    assert np.isfinite(drawn(vectors, nearest(vectors, 15))).all()
