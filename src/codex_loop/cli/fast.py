"""Bind the usual command lines to a command's own signature, without the framework's 100 ms.

`bind` gives the very values the framework would give (a test compares them), or None: anything unusual (help, an
unknown flag, a number that is none, a value that begins with a dash) is the framework's to explain.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import CodeType, FunctionType, NoneType, UnionType
from typing import Literal, NamedTuple, Union, get_args, get_origin

Value = str | int | float | bool | Path | None
_VARIADIC = 0x04 | 0x08  # the code flags of *args and **kwargs


class Call(NamedTuple):
    """The arguments a command function is to be called with."""

    args: tuple[object, ...]
    kwargs: dict[str, object]


class _Kind(NamedTuple):
    """What a parameter's annotation says about its text."""

    type: object
    optional: bool = False
    repeated: bool = False
    choices: tuple[str, ...] = ()


class _Unsure(Exception):
    """This command line is for the framework."""


def bind(function: Callable[..., int], tokens: Sequence[str]) -> Call | None:
    """The call these tokens mean, or None when the framework has to look at them."""
    try:
        return _bind(function, tokens)
    except _Unsure:
        return None


def option_name(parameter: str) -> str:
    """`codex_home` is written `--codex-home`, `from_` is written `--from`."""
    return f"--{parameter.strip('_').replace('_', '-')}"


def _bind(function: Callable[..., int], tokens: Sequence[str]) -> Call:
    positional, keyword = _parameters(function)
    options = {option_name(name): (name, kind) for name, kind in keyword.items()}
    args: list[object] = []
    kwargs: dict[str, object] = {}
    words = iter(tokens)
    for token in words:
        if not token.startswith("-"):
            if len(args) == len(positional):
                raise _Unsure
            args.append(_convert(positional[len(args)], token))
            continue
        flag, equals, text = token.partition("=")
        name, kind, switch = _option(options, flag)
        if kind.type is bool:
            if equals or name in kwargs:
                raise _Unsure
            kwargs[name] = switch
        else:
            value = _convert(kind, text if equals else next(words, "-"))
            _keep(kwargs, name, kind, value)
    _check_complete(function, len(args), kwargs)
    return Call(tuple(args), kwargs)


def _parameters(function: Callable[..., int]) -> tuple[list[_Kind], dict[str, _Kind]]:
    # inspect.signature would say the same; importing inspect costs as much as the whole of this.
    if not isinstance(function, FunctionType) or function.__code__.co_flags & _VARIADIC:
        raise _Unsure
    code: CodeType = function.__code__
    names, hints = code.co_varnames, function.__annotations__
    plain, total = code.co_argcount, code.co_argcount + code.co_kwonlyargcount
    positional = [_kind(hints.get(name)) for name in names[:plain]]
    if any(kind.repeated or kind.type is bool for kind in positional):
        raise _Unsure
    return positional, {name: _kind(hints.get(name)) for name in names[plain:total]}


def _kind(hint: object) -> _Kind:
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType) and len(inner) == 2 and NoneType in inner:
        return _kind(inner[0] if inner[1] is NoneType else inner[1])._replace(optional=True)
    if origin is tuple and len(inner) == 2 and inner[1] is Ellipsis:
        return _kind(inner[0])._replace(repeated=True)
    if origin is Literal and all(isinstance(choice, str) for choice in inner):
        return _Kind(str, choices=inner)
    if hint in (str, int, float, bool, Path):
        return _Kind(hint)
    raise _Unsure


def _option(options: Mapping[str, tuple[str, _Kind]], flag: str) -> tuple[str, _Kind, bool]:
    if flag in options:
        return *options[flag], True
    name, kind = options.get(f"--{flag[5:]}", ("", _Kind(None)))
    if not flag.startswith("--no-") or kind.type is not bool:
        raise _Unsure
    return name, kind, False


def _convert(kind: _Kind, text: str) -> Value:
    # A dash may begin the next flag, a bracket JSON, and "none" an absent value: the framework knows the cases.
    if text[:1] in ("", "-", "[", "{") or (kind.optional and text.lower() in ("none", "null")):
        raise _Unsure
    if kind.choices:
        if text not in kind.choices:
            raise _Unsure
        return text
    if kind.type is int:
        return int(_digits(text))
    if kind.type is float:
        whole, point, fraction = text.partition(".")
        return float(_digits(whole) + (f".{_digits(fraction, zeros=True)}" if point else ""))
    return Path(text) if kind.type is Path else text


def _digits(text: str, *, zeros: bool = False) -> str:
    if not (text.isascii() and text.isdigit()) or (len(text) > 1 and text[0] == "0" and not zeros) or len(text) > 15:
        raise _Unsure
    return text


def _keep(kwargs: dict[str, object], name: str, kind: _Kind, value: Value) -> None:
    if kind.repeated:
        earlier = kwargs.get(name, ())
        kwargs[name] = (*earlier, value) if isinstance(earlier, tuple) else (value,)
    elif name in kwargs:
        raise _Unsure
    else:
        kwargs[name] = value


def _check_complete(function: Callable[..., int], given: int, kwargs: Mapping[str, object]) -> None:
    if not isinstance(function, FunctionType):
        raise _Unsure
    code = function.__code__
    required = code.co_argcount - len(function.__defaults__ or ())
    keyword = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    missing = [name for name in keyword if name not in kwargs and name not in (function.__kwdefaults__ or {})]
    if given < required or missing:
        raise _Unsure
