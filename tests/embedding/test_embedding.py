"""Text to vectors: what a row promises, whatever the text."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codex_loop import embedding
from codex_loop.embedding import choice, static
from codex_loop.embedding.choice import Embedder, embedder
from codex_loop.embedding.hashed import Hashed
from codex_loop.embedding.static import NAME, TOKENS, Files, Static
from codex_loop.errors import MixedModels

ANY_TEXT = st.text(max_size=60) | st.text(st.characters(categories=("Cs", "Cc", "So", "Lo")), max_size=20)


@pytest.fixture(params=["static", "hashed"])
def either(request: pytest.FixtureRequest) -> Embedder:
    if request.param == "hashed":
        return Hashed()
    if static.installed() is None:
        pytest.skip("the wheel of the static model does not exist for this platform")
    return embedder()


def test_texts_that_say_the_same_are_nearer_than_others(either: Embedder) -> None:
    undo, revert, colour = either.embed(
        ["please undo that change", "undo the last change please", "which colours does the theme have"]
    )
    assert undo @ revert > undo @ colour + 0.2


def test_the_static_model_knows_that_other_words_can_mean_the_same(either: Embedder) -> None:
    if isinstance(either, Hashed):
        pytest.skip("hashed text knows words only")
    broken, fails, colour = either.embed(["the build is broken", "compilation fails", "pick a nicer colour"])
    assert broken @ fails > broken @ colour


@given(texts=st.lists(ANY_TEXT, max_size=6))
@settings(deadline=None)
def test_every_row_is_of_unit_length_or_zero(texts: list[str]) -> None:
    for each in (embedder(), Hashed()):
        vectors = each.embed(texts)
        assert vectors.shape == (len(texts), each.model.dimension)
        assert vectors.dtype == np.float32
        lengths = np.linalg.norm(vectors, axis=1)
        assert np.all((np.abs(lengths - 1) < 1e-5) | (lengths == 0))


@given(texts=st.lists(ANY_TEXT, min_size=1, max_size=6))
@settings(deadline=None)
def test_a_row_does_not_depend_on_the_other_texts(texts: list[str]) -> None:
    for each in (embedder(), Hashed()):
        alone = np.concatenate([each.embed([text]) for text in texts])
        assert np.array_equal(each.embed(texts), alone)


def test_more_texts_than_a_batch_keep_their_order(either: Embedder) -> None:
    texts = [f"test number {n} fails" for n in range(2100)]
    vectors = either.embed(texts)
    assert np.array_equal(vectors[2050:], either.embed(texts[2050:]))


@pytest.mark.parametrize("nothing", ["", "   ", "\0", "\n\t"])
def test_a_text_without_tokens_has_the_zero_row(either: Embedder, nothing: str) -> None:
    assert not either.embed([nothing]).any()


@pytest.mark.parametrize("odd", ["\U0001f680\U0001f525", "a\0b", "\ud800", "Почему тест снова упал?", "为什么又失败了"])
def test_odd_characters_still_have_a_direction(either: Embedder, odd: str) -> None:
    assert np.isclose(np.linalg.norm(either.embed([odd])[0]), 1)


def test_only_the_beginning_of_a_huge_text_counts(either: Embedder) -> None:
    head = "why does the build fail " * 200
    first, second = either.embed([head + "x" * 5_000_000, head + "y" * 10])
    assert np.array_equal(first, second)


def test_tokens_after_the_last_counted_one_change_nothing() -> None:
    if static.installed() is None:
        pytest.skip("the wheel of the static model does not exist for this platform")
    words = ["word"] * TOKENS
    first, second = embedder().embed([" ".join(words), " ".join([*words, "other", "things"])])
    assert np.array_equal(first, second)


def test_no_texts_make_an_empty_array_of_the_right_width(either: Embedder) -> None:
    assert either.embed([]).shape == (0, either.model.dimension)


def test_the_model_says_its_name_and_the_digest_of_its_weights() -> None:
    if static.installed() is None:
        pytest.skip("the wheel of the static model does not exist for this platform")
    model = embedding.model()
    assert (model.name, model.dimension) == (NAME, 256)
    assert model.id == f"{NAME}/256@{model.revision}"
    assert len(model.revision) == 12


def test_other_weights_are_another_model(tmp_path: Path) -> None:
    files = static.installed()
    if files is None:
        pytest.skip("the wheel of the static model does not exist for this platform")
    changed = tmp_path / "weights"
    content = bytearray(files.weights.read_bytes())
    content[-1] ^= 1
    changed.write_bytes(content)
    assert Static(Files(changed, files.tokenizer)).model.id != embedding.model().id


def test_without_the_wheel_text_is_hashed_under_another_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(static, "_WHEEL", "a-wheel-that-nobody-has")
    choice._local.cache_clear()
    try:
        assert embedding.model() == Hashed.model
        assert embedding.embed(["undo that"]).shape == (1, Hashed.model.dimension)
    finally:
        choice._local.cache_clear()


def test_vectors_of_two_models_are_refused_in_one_sentence() -> None:
    one, other = Hashed.model.id, "text-embedding-3-small/1536@1"
    assert embedding.only_model([one, one]) == one
    assert embedding.only_model([]) is None
    with pytest.raises(MixedModels, match=r"2 models cannot be compared .*; embed all of these texts again"):
        embedding.only_model([one, other])


def test_importing_the_room_loads_no_numbers_yet() -> None:
    code = "import sys, codex_loop.embedding, codex_loop.clusters; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"numpy", "tokenizers", "safetensors", "wordllama", "sklearn"} & set(done.stdout.split())


def test_the_package_that_ships_the_weights_is_never_imported() -> None:
    code = "import sys; from codex_loop.embedding import embed; embed(['x']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "wordllama" not in done.stdout.split()
