"""The full command-line framework: help pages and exact words for what is wrong with a command line."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from cyclopts import App, CycloptsError, Parameter

from codex_loop.cli.fast import Call
from codex_loop.errors import UsageError

PROGRAM = "codex-loop"


def bind(function: Callable[..., int], name: str, tokens: Sequence[str], program: str = PROGRAM) -> Call:
    """The call these tokens mean; UsageError says what is wrong with them."""
    app = _app(function, name, program)
    try:
        _, bound, _ = app.parse_args(_stdin_last(tokens), exit_on_error=False, print_error=False)
    except CycloptsError as error:
        raise UsageError(f"{str(error).rstrip('.')}; see `{f'{program} {name}'.rstrip()} --help`") from error
    return Call(bound.args, bound.kwargs)


def _stdin_last(tokens: Sequence[str]) -> Sequence[str]:
    """A `-` by itself is a file, stdin; the framework takes it for one only behind `--`."""
    if "-" not in tokens or "--" in tokens:
        return tokens
    return [*(each for each in tokens if each != "-"), "--", *(each for each in tokens if each == "-")]


def show_help(function: Callable[..., int], name: str, program: str = PROGRAM) -> None:
    """Print a command's help page, its examples last."""
    _app(function, name, program).help_print([])


def examples(function: Callable[..., Any]) -> list[str]:
    """The lines of the docstring's section `Examples:`."""
    lines = iter((inspect.getdoc(function) or "").splitlines())
    for line in lines:
        if line == "Examples:":
            break
    found: list[str] = []
    for line in lines:
        if line and not line.startswith(" "):
            break
        if line.strip():
            found.append(line.strip())
    return found


def _description(function: Callable[..., Any]) -> str:
    """What the docstring says before its sections, a line for each paragraph: the page breaks lines where it ends."""
    said = (inspect.getdoc(function) or "").partition("\nExamples:\n")[0].partition("\nArgs:\n")[0]
    paragraphs = said.strip().split("\n\n")
    return "\n\n".join(each if "\n " in each else " ".join(each.split("\n")) for each in paragraphs)


def _app(function: Callable[..., int], name: str, program: str) -> App:
    shown = examples(function)
    app = App(
        name=f"{program} {name}".rstrip(),
        help=_description(function),
        help_format="plaintext",
        help_epilogue="\n".join(["Examples:", *(f"  {line}" for line in shown)]) if shown else None,
        default_parameter=Parameter(
            negative_iterable=(), show_default=_worth_showing, consume_multiple=None if _has_places(function) else 1
        ),
        help_flags=(),
        version_flags=(),
    )
    app.default(function)
    return app


def _has_places(function: Callable[..., int]) -> bool:
    """Whether words without a flag mean something by themselves; where not, `--otel *.jsonl` names several files."""
    kinds = {each.kind for each in inspect.signature(function).parameters.values()}
    return kinds != {inspect.Parameter.KEYWORD_ONLY}


def _worth_showing(value: object) -> str | None:
    return None if value in (None, False, ()) else str(value)
