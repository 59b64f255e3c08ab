"""Nearest neighbours are exact, and fewer dimensions keep what spreads most."""

import numpy as np
import pytest

from codex_loop.clusters import neighbours
from codex_loop.clusters.neighbours import nearest, nearest_of, reduced, surroundings
from tests.clusters.makings import blobs


@pytest.mark.parametrize("cells", [1, 900, 1 << 24])
def test_neighbours_are_the_nearest_other_rows_nearest_first(cells: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "_BLOCK_CELLS", cells)
    vectors, _ = blobs(5, 12, spread=1.0)
    found = nearest(vectors, 7)
    similarity = vectors @ vectors.T
    np.fill_diagonal(similarity, -np.inf)
    assert np.array_equal(found.rows, np.argsort(-similarity, axis=1)[:, :7])
    assert np.allclose(found.similarity, -np.sort(-similarity, axis=1)[:, :7], atol=1e-6)


@pytest.mark.parametrize("size", [0, 1, 2])
def test_there_are_no_more_neighbours_than_other_rows(size: int) -> None:
    assert nearest(np.eye(3, dtype=np.float32)[:size], 7).rows.shape == (size, max(0, size - 1))


def test_the_nearest_of_others_is_found_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, _ = blobs(5, 12, spread=1.0)
    whole = nearest_of(vectors[:40], vectors[40:])
    monkeypatch.setattr(neighbours, "_BLOCK_CELLS", 30)
    assert np.array_equal(nearest_of(vectors[:40], vectors[40:]), whole)
    assert np.array_equal(whole, (vectors[:40] @ vectors[40:].T).argmax(axis=1))


def test_surroundings_are_who_is_near_to_any() -> None:
    vectors, truth = blobs(4, 10)
    places = surroundings(vectors[truth == 2][:3], vectors, 10)
    assert np.array_equal(places, np.flatnonzero(truth == 2))
    assert surroundings(vectors[:1], vectors[:5], 10).tolist() == [0, 1, 2, 3, 4]


def test_principal_components_keep_distances_that_lie_in_few_dimensions() -> None:
    draw = np.random.default_rng(4)
    flat = draw.normal(size=(50, 3)) @ draw.normal(size=(3, 40))
    points = reduced(flat.astype(np.float32), 3)
    apart = np.linalg.norm(flat[:, None] - flat[None], axis=2)
    assert np.allclose(np.linalg.norm(points[:, None] - points[None], axis=2), apart, atol=1e-3)


def test_principal_components_have_the_same_sign_whatever_the_order() -> None:
    vectors, _ = blobs(6, 20)
    assert np.allclose(reduced(vectors[::-1].copy(), 4)[::-1], reduced(vectors, 4), atol=1e-4)
