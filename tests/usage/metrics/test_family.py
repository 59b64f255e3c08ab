"""No page has two samples of the same name and labels: one would cost Prometheus all the others."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from codex_loop.usage.metrics.exposition import text
from codex_loop.usage.metrics.family import Sample, counter, gauge, sample

labels = st.dictionaries(st.sampled_from(("source", "model")), st.text(max_size=5), max_size=2)
samples = st.lists(st.builds(Sample, labels, st.integers(0, 1000).map(float)), max_size=8)


@given(samples)
def test_samples_of_a_family_differ_in_their_labels(given_: list[Sample]) -> None:
    for made in (counter("a_total", "A.", given_), gauge("b", "B.", given_)):
        places = [tuple(sorted(each.labels.items())) for each in made.samples]
        assert len(places) == len(set(places))


@given(samples)
def test_a_counter_loses_nothing(given_: list[Sample]) -> None:
    assert sum(each.value for each in counter("a_total", "A.", given_).samples) == sum(each.value for each in given_)


@given(samples)
def test_every_sample_is_one_line_whatever_a_label_holds(given_: list[Sample]) -> None:
    made = gauge("b", "B.", given_)
    lines = text([made]).decode().split("\n")
    assert lines.pop() == ""
    assert len([line for line in lines if not line.startswith("#")]) == len(made.samples)


def test_a_family_without_samples_is_not_mentioned() -> None:
    assert text([gauge("b", "B.", ())]) == b""


def test_an_unknown_value_is_no_sample_and_an_unknown_label_is_left_out() -> None:
    assert list(sample({"a": "1"}, None)) == []
    assert list(sample({"a": "1", "b": None}, 0)) == [Sample({"a": "1"}, 0.0)]


def test_a_counter_keeps_its_name() -> None:
    page = text([counter("a_total", "What A is.", [Sample({}, 3)])]).decode()
    assert page == "# HELP a_total What A is.\n# TYPE a_total counter\na_total 3.0\n"
