"""The quick parser and the framework read every command line alike."""

import inspect
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from codex_loop.cli import fast, framework
from codex_loop.cli.app import COMMANDS, HOME, load
from codex_loop.errors import UsageError


def look(
    text: str | None = None,
    /,
    *,
    db: str | None = None,
    limit: int = 20,
    hours: float = 24.0,
    agent: tuple[str, ...] = (),
    codex_home: tuple[Path, ...] = (),
    output: Path | None = None,
    full: bool = True,
    sure: bool | None = None,
    order: Literal["newest", "oldest"] = "newest",
    from_: str | None = None,
    json: bool = False,
) -> int:
    """Look at sessions.

    Examples:
        codex-loop look --limit 5
        codex-loop look repair --agent codex --json

    Args:
        text: Words to look for.
        limit: At most this many.
    """
    return 0


def move(source: Path, count: int, /, *, target: str) -> int:
    """Move what must be named."""
    return 0


def plain(session: str, *, turn: int | None = None) -> int:
    """A positional parameter that may also be named."""
    return 0


UNDERSTOOD = [
    "",
    "words",
    "--db x.db",
    "--db=x.db --json",
    "--db postgresql://me@host/db",
    "--limit 5 words --json",
    "--limit=0",
    "--hours 8760",
    "--hours 0.5",
    "--agent codex --agent=claude-code",
    "--codex-home a --codex-home /b/../c",
    "--output ./x/y/",
    "--no-full --sure",
    "--no-sure",
    "--order oldest",
    "--from yesterday",
]
LEFT_TO_THE_FRAMEWORK = [
    "--help",
    "--limit x",
    "--limit -5",
    "--limit 1_000",
    "--limit 1.0",
    "--limit 007",
    "--limit",
    "--limit 1 --limit 2",
    "--json --no-json",
    "--json=false",
    "--json --json",
    "--codex_home x",
    "--order sideways",
    "--db none",
    "--db --json",
    "--db=",
    "--agent []",
    "--unknown",
    "--no-limit 3",
    "--no-",
    "-5",
    "-x",
    "--",
    "-- --x",
    "one two",
]


def outcome(bind: Callable[[], fast.Call | None], function: Callable[..., int]) -> dict[str, object] | None:
    """All values the function would see, or None where the command line is wrong."""
    try:
        call = bind()
    except UsageError:
        return None
    assert call is not None
    bound = inspect.signature(function).bind(*call.args, **call.kwargs)
    bound.apply_defaults()
    return dict(bound.arguments)


def agree(function: Callable[..., int], words: list[str]) -> bool:
    """Whether the quick parser understood the words; fails when it understood something else."""
    quick = fast.bind(function, words)
    if quick is None:
        return False
    exact = outcome(lambda: framework.bind(function, "look", words), function)
    assert outcome(lambda: quick, function) == exact
    return True


@pytest.mark.parametrize("line", UNDERSTOOD)
def test_usual_lines_are_bound_alike_by_both_parsers(line: str) -> None:
    assert agree(look, line.split())


@pytest.mark.parametrize("line", LEFT_TO_THE_FRAMEWORK)
def test_unusual_lines_are_left_to_the_framework(line: str) -> None:
    assert fast.bind(look, line.split()) is None


@pytest.mark.parametrize("line", ["a 3 --target t", "--target t a/b 12"])
def test_required_parameters_are_bound_alike(line: str) -> None:
    assert agree(move, line.split())


@pytest.mark.parametrize("line", ["", "a 3", "a --target t", "a three --target t", "a 3 4 --target t"])
def test_a_line_that_lacks_something_is_left_to_the_framework(line: str) -> None:
    assert fast.bind(move, line.split()) is None
    assert outcome(lambda: framework.bind(move, "move", line.split()), move) is None


@pytest.mark.parametrize("line", ["abc --turn 3", "abc", "--turn 3 abc"])
def test_positional_parameters_that_have_a_name_are_bound_alike(line: str) -> None:
    assert agree(plain, line.split())


def gather(*, otel: tuple[Path, ...] = (), limit: int = 20, json: bool = False) -> int:
    """A command whose words mean nothing without a flag."""
    return 0


@pytest.mark.parametrize(
    "line", ["--otel a b --json", "--json --otel a b", "--otel a --otel b --json", "--otel a --json --otel b"]
)
def test_several_values_may_follow_a_flag_where_words_alone_mean_nothing(line: str) -> None:
    found = outcome(lambda: framework.bind(gather, "gather", line.split()), gather)
    assert found == {"otel": (Path("a"), Path("b")), "limit": 20, "json": True}
    agree(gather, line.split())


@pytest.mark.parametrize("line", ["--otel", "--otel --json", "--limit 3 4", "a --otel b", "--json a"])
def test_a_word_that_follows_no_such_flag_is_refused(line: str) -> None:
    assert outcome(lambda: framework.bind(gather, "gather", line.split()), gather) is None


words = st.lists(
    st.one_of(
        st.sampled_from(
            [word for line in UNDERSTOOD + LEFT_TO_THE_FRAMEWORK for word in line.split() if word != "--help"]
        ),
        st.text(alphabet="-=ax19._[]{}\"' é", min_size=1, max_size=6),
    ),
    max_size=5,
)


@given(words=words)
@example(words=["--db", "null"])
@example(words=["--agent", '["a","b"]'])
def test_whatever_the_quick_parser_understands_the_framework_understands_alike(words: list[str]) -> None:
    agree(look, words)


def test_a_function_with_collecting_parameters_is_left_to_the_framework() -> None:
    def collects(*paths: Path) -> int:
        return len(paths)

    assert fast.bind(collects, ["a"]) is None
    assert framework.bind(collects, "collects", ["a", "b"]).args == (Path("a"), Path("b"))


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_every_command_has_examples_that_can_be_typed(name: str) -> None:
    function = load(COMMANDS.get(name, HOME))
    shown = framework.examples(function)
    assert shown
    for line in shown:
        typed = shlex.split(line, comments=True)
        assert " ".join(typed[: 1 + len(name.split())]) == f"codex-loop {name}".rstrip()
        framework.bind(function, name, typed[1 + len(name.split()) :])


@pytest.mark.parametrize("name", COMMANDS)
def test_the_overview_says_what_the_docstring_says(name: str) -> None:
    function = load(COMMANDS[name])
    assert (inspect.getdoc(function) or "").splitlines()[0] == COMMANDS[name].help


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_every_parameter_is_explained(name: str) -> None:
    function = load(COMMANDS.get(name, HOME))
    explained = inspect.getdoc(function) or ""
    missing = [each for each in inspect.signature(function).parameters if f"\n    {each}:" not in explained]
    assert missing == []
