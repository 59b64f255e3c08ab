"""`widget` and `statusline` before everything else: standard library only, and little of it.

Bars and Claude Code start these every few seconds. What is usual is done here; help and mistakes are the framework's.
`data_dir` finds our folder as `settings.py` does (a test compares them) without what that imports.
"""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

OPTIONS = {"widget": ("--format", "--dials", "--data-dir"), "statusline": ("--data-dir",)}
SCHEMA = "codex-loop/status/1"
_PAGE_BYTES = 1 << 20


def run(words: "Sequence[str]") -> int | None:
    """The exit code; None when the framework has to look at these words."""
    if any(word in ("--help", "-h") for word in words):
        return None
    options = _options(words[0], words[1:])
    if words[0] == "statusline":
        from codex_loop.cli import feed

        return feed.run(options)
    if options is None:
        return None
    from codex_loop.cli import dials

    form, wanted = options.get("--format", "plain"), options.get("--dials")
    if form not in dials.FORMATS or not dials.known(wanted):
        return None
    return dials.run(form, wanted, options.get("--data-dir"))


def data_dir(flag: str | None, environ: "Mapping[str, str]" = os.environ) -> str:
    """Our data folder: a flag beats the environment, that the TOML file, and that what the platform suggests."""
    named = flag or environ.get("CODEX_LOOP_DATA_DIR") or _from_toml(environ)
    return os.path.expanduser(named) if named else _platform_folder("data", environ)  # noqa: PTH111  # hot path


def status_page(folder: str) -> "dict[str, object]":
    """What was last written of all limits; nothing when there is none, or none that can be read."""
    import json

    try:
        with open(os.path.join(folder, "status.json"), "rb") as stream:  # noqa: PTH118, PTH123  # hot path
            page = json.loads(stream.read(_PAGE_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    return page if isinstance(page, dict) and page.get("schema") == SCHEMA else {}


def say(text: str) -> None:
    """Write to stdout as UTF-8, whatever the locale says; who does not listen any more is not told."""
    try:
        sys.stdout.buffer.write(text.encode("utf-8", "replace"))
        sys.stdout.buffer.flush()
    except OSError:
        # Python would try once more at exit, and complain.
        sys.stdout = None


def _options(name: str, words: "Sequence[str]") -> dict[str, str] | None:
    found: dict[str, str] = {}
    rest = iter(words)
    for word in rest:
        option, equals, value = word.partition("=")
        if option not in OPTIONS[name] or option in found:
            return None
        found[option] = value if equals else next(rest, "")
        if not found[option] or found[option].startswith("-"):
            return None
    return found


def _from_toml(environ: "Mapping[str, str]") -> str | None:
    named = environ.get("CODEX_LOOP_CONFIG")
    folder = _platform_folder("config", environ) if not named else ""
    place = os.path.expanduser(named) if named else os.path.join(folder, "config.toml")  # noqa: PTH111, PTH118
    try:
        with open(place, "rb") as stream:  # noqa: PTH123  # hot path
            text = stream.read(_PAGE_BYTES)
    except OSError:
        return None
    if b"data_dir" not in text:
        return None
    import tomllib

    try:
        found = tomllib.loads(text.decode()).get("data_dir")
    except ValueError:  # the other commands say what is wrong with it
        return None
    return found if isinstance(found, str) else None


def _platform_folder(kind: str, environ: "Mapping[str, str]") -> str:
    if not sys.platform.startswith("linux"):
        import platformdirs

        find = platformdirs.user_data_dir if kind == "data" else platformdirs.user_config_dir
        return find("codex-loop", appauthor=False)
    variable, default = (
        ("XDG_DATA_HOME", ".local/share") if kind == "data" else ("XDG_CONFIG_HOME", ".config")
    )  # fmt: skip
    named = environ.get(variable, "").strip()
    home = named if named.startswith("/") else os.path.join(os.path.expanduser("~"), default)  # noqa: PTH111, PTH118
    return os.path.join(home, "codex-loop")  # noqa: PTH118
