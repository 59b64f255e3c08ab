"""A provider's model is asked only when it is named, with redacted texts, and a failure is one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from codex_loop import embedding
from codex_loop.embedding.remote import BATCH, DIMENSIONS, Remote, remote
from codex_loop.errors import Degraded, MissingPrerequisite
from tests.fakes.provider import Provider, serving

NAME = "text-embedding-3-small"


def vector(text: str) -> list[float]:
    found = [0.0] * DIMENSIONS[NAME]
    found[len(text) % 1000] = 2.0
    return found


def answer(said: dict[str, Any]) -> dict[str, Any]:
    """In whatever order the server likes."""
    rows = [{"index": place, "embedding": vector(text)} for place, text in enumerate(said["input"])]
    return {"data": rows[::-1], "model": said["model"]}


@pytest.fixture
def provider() -> Iterator[Provider]:
    with serving("embeddings", answer) as server:
        yield server


def asking(provider: Provider) -> Remote:
    return Remote(NAME, "sk-test", provider.url)


def test_texts_come_back_in_their_order_as_unit_vectors(provider: Provider) -> None:
    texts = ["a" * (place % 900 + 1) for place in range(BATCH + 5)]
    found = asking(provider).embed(texts)
    assert found.shape == (BATCH + 5, DIMENSIONS[NAME])
    assert np.allclose(np.linalg.norm(found, axis=1), 1)
    assert [int(row.argmax()) for row in found] == [len(text) % 1000 for text in texts]
    assert [len(each["input"]) for each in provider.asked] == [BATCH, 5]
    assert provider.keys == {"Bearer sk-test"}


def test_a_text_of_no_words_is_not_sent(provider: Provider) -> None:
    found = asking(provider).embed(["", "word", " \n"])
    assert [bool(row.any()) for row in found] == [False, True, False]
    assert [each["input"] for each in provider.asked] == [["word"]]


def test_what_may_pass_is_tried_again(provider: Provider) -> None:
    provider.failures = [429, 503]
    assert asking(provider).embed(["word"]).any()
    assert len(provider.asked) == 3


@pytest.mark.parametrize("failures", [[401], [500] * 9])
def test_a_refusal_is_one_sentence_with_the_next_step(provider: Provider, failures: list[int]) -> None:
    provider.failures = failures
    with pytest.raises(Degraded, match=r"status \d+.*embedding_model = local") as refused:
        asking(provider).embed(["word"])
    assert "sk-test" not in str(refused.value)


@pytest.mark.parametrize("status", [301, 302, 303, 307])
def test_a_key_is_never_sent_on_to_where_a_server_points(provider: Provider, status: int) -> None:
    provider.failures = [status]
    with pytest.raises(Degraded, match=f"status {status}"):
        asking(provider).embed(["word"])
    assert len(provider.asked) == 1


def test_a_setting_that_is_no_address_is_told() -> None:
    with pytest.raises(Degraded, match="no vectors"):
        Remote(NAME, "k", "nowhere").embed(["word"])


SHAPES = (b"<html>", b'{"data":[]}', b'{"data":[{"index":0,"embedding":[1.0]}]}', b'{"data":[],"x":' + b"[" * 5000)


@pytest.mark.parametrize("body", SHAPES)
def test_an_answer_of_another_shape_is_refused(provider: Provider, body: bytes) -> None:
    provider.body = body
    with pytest.raises(Degraded):
        asking(provider).embed(["word"])


def test_nobody_there_is_told(provider: Provider) -> None:
    silent = Remote(NAME, "k", "http://127.0.0.1:9")
    with pytest.raises(Degraded, match="no vectors"):
        silent.embed(["word"])


def test_a_key_in_the_environment_alone_changes_nothing(provider: Provider) -> None:
    environ = {"OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": provider.url}
    embedding.use("local", environ)
    embedding.embed(["word"])
    assert provider.asked == []
    try:
        embedding.use(NAME, environ)
        assert embedding.model().name == NAME
        embedding.embed(["word"])
        assert len(provider.asked) == 1
    finally:
        embedding.use("local", environ)
    assert embedding.model().name != NAME


def test_without_a_key_the_setting_says_what_is_missing() -> None:
    with pytest.raises(MissingPrerequisite, match="OPENAI_API_KEY is not set"):
        remote(NAME, {})
