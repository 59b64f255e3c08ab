"""Settings: what enters are flags, the environment and one TOML file, what leaves is one frozen `Settings`.

A flag beats a variable, a variable beats the file, the file beats the default. `FIELDS` is the whole table.
"""

import os
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, get_args, get_type_hints

import msgspec

from codex_loop.errors import SettingsError

APP = "codex-loop"
EVERYTHING_HOURS = 8760.0  # the user's guide writes a year when it means "no limit"


Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

EmbeddingModel = Literal["local", "text-embedding-3-small"]
Engine = Literal["auto", "local", "openai", "off"]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a command may be told from outside."""

    db: str
    data_dir: Path
    codex_homes: tuple[Path, ...]
    claude_homes: tuple[Path, ...]
    rollout_trace_roots: tuple[Path, ...]
    lookback_hours: Annotated[float, msgspec.Meta(ge=0)]
    jobs: Annotated[int, msgspec.Meta(ge=1)]
    timezone: str | None
    """The calendar that days belong to; None: this machine's."""
    week_start: Weekday
    prices: Path | None
    """A TOML file of prices that beat the table's."""
    notify_at: tuple[float, ...]
    """Percent used at which a notice is due, once per cycle of a window."""
    notify_desktop: bool
    notify_command: str | None
    notify_webhook: str | None
    codex_status: str | None
    """The program that says Codex's limits; empty: not asked; None: ours."""
    claude_status: str | None
    cadence_s: Annotated[float, msgspec.Meta(ge=1)]
    status_timeout_s: Annotated[float, msgspec.Meta(gt=0)]
    embedding_model: EmbeddingModel
    """What turns redacted texts into vectors; a provider's model only when it is named here."""
    semantic_engine: Engine
    """Who judges words. A key in the environment alone sends nothing: `openai`, or `auto` with a key, must be said."""
    semantic_model: str
    semantic_budget_usd: Annotated[float, msgspec.Meta(ge=0)]
    semantic_budget_tokens: Annotated[int, msgspec.Meta(ge=0)]
    """What one run may spend on a model that costs money."""
    harbor: str | None
    """The program of Harbor; None: the one on PATH, else the one that `measure setup` installed."""
    environment: str | None
    """Where trials run: `docker`, `bubblewrap`, or a `module:Class`; None: docker where it answers, else bubblewrap."""
    repositories: tuple[Path, ...]
    """Where clones are looked for when the folder a session worked in is gone."""

    @property
    def samples_dir(self) -> Path:
        """Where the sampler keeps what it saw."""
        return self.data_dir / "samples"

    @property
    def inbox_dir(self) -> Path:
        """Where hooks leave what they were told."""
        return self.data_dir / "inbox"

    @property
    def status_file(self) -> Path:
        """What widgets read: written whole or not at all."""
        return self.data_dir / "status.json"

    @property
    def key_file(self) -> Path:
        """The key that redaction tags and dedupe keys are made with: never in the store, never exported."""
        return self.data_dir / "redaction.key"

    @property
    def looks_back_forever(self) -> bool:
        """Whether files of any age are wanted."""
        return self.lookback_hours >= EVERYTHING_HOURS


class Field(NamedTuple):
    """How one setting is written outside: its variables, strongest first, and how text becomes its value."""

    variables: tuple[str, ...]
    parse: Callable[[str], object]
    may_be_empty: bool = False
    """A variable set to nothing says something; of others it says nothing."""


def _place(text: str) -> str:
    return text if "://" in text else str(_path(text))


def _path(text: str) -> Path:
    return Path(text).expanduser()


def _paths(text: str) -> tuple[Path, ...]:
    # Codex and Claude Code take one folder, some of their users' scripts a comma list: a folder that exists wins.
    if os.path.isdir(_path(text)):  # noqa: PTH112 - Path.is_dir of 3.11 raises for what may not be looked at
        return (_path(text),)
    return tuple(_path(part.strip()) for part in text.split(",") if part.strip())


_DURATION = {"s": 1.0, "m": 60.0, "h": 3600.0}


def seconds(text: str) -> float:
    """`5m`, `300s`, `1h` or plain seconds."""
    unit = _DURATION.get(text[-1:], 0.0)
    try:
        return float(text[:-1]) * unit if unit else float(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is no span of time; write one like 30s, 5m or 1h") from error


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is no number") from error


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is no whole number") from error


def _percents(text: str) -> tuple[float, ...]:
    return tuple(_number(part) for part in text.split(",") if part.strip())


def _yes(text: str) -> bool:
    if text.lower() not in ("1", "true", "yes", "on", "0", "false", "no", "off"):
        raise ValueError(f"{text!r} is neither yes nor no")
    return text.lower() in ("1", "true", "yes", "on")


def _program(text: str) -> str:
    return os.path.expanduser(text)  # noqa: PTH111  # a bare name stays a bare name: PATH decides


FIELDS: Mapping[str, Field] = {
    "db": Field(("CODEX_LOOP_DB",), _place),
    "data_dir": Field(("CODEX_LOOP_DATA_DIR",), _path),
    "codex_homes": Field(("CODEX_LOOP_CODEX_HOME", "CODEX_HOME"), _paths),
    "claude_homes": Field(("CODEX_LOOP_CLAUDE_HOME", "CLAUDE_CONFIG_DIR"), _paths),
    "rollout_trace_roots": Field(("CODEX_LOOP_ROLLOUT_TRACE_ROOT", "CODEX_ROLLOUT_TRACE_ROOT"), _paths),
    "lookback_hours": Field(("CODEX_LOOP_LOOKBACK_HOURS",), _number),
    "jobs": Field(("CODEX_LOOP_JOBS",), _whole),
    "timezone": Field(("CODEX_LOOP_TIMEZONE",), str),
    "week_start": Field(("CODEX_LOOP_WEEK_START",), str.lower),
    "prices": Field(("CODEX_LOOP_PRICES",), _path),
    "notify_at": Field(("CODEX_LOOP_NOTIFY_AT",), _percents),
    "notify_desktop": Field(("CODEX_LOOP_NOTIFY_DESKTOP",), _yes),
    "notify_command": Field(("CODEX_LOOP_NOTIFY_COMMAND",), str),
    "notify_webhook": Field(("CODEX_LOOP_NOTIFY_WEBHOOK",), str),
    "codex_status": Field(("CODEX_LOOP_CODEX_STATUS", "CODEX_STATUS_PATH"), _program, may_be_empty=True),
    "claude_status": Field(("CODEX_LOOP_CLAUDE_STATUS", "CLAUDE_STATUS_PATH"), _program, may_be_empty=True),
    "cadence_s": Field(("CODEX_LOOP_CADENCE",), seconds),
    "status_timeout_s": Field(("CODEX_LOOP_STATUS_TIMEOUT",), seconds),
    "embedding_model": Field(("CODEX_LOOP_EMBEDDING_MODEL",), str.lower),
    "semantic_engine": Field(("CODEX_LOOP_SEMANTIC_ENGINE",), str.lower),
    "semantic_model": Field(("CODEX_LOOP_SEMANTIC_MODEL",), str),
    "semantic_budget_usd": Field(("CODEX_LOOP_SEMANTIC_BUDGET_USD",), _number),
    "semantic_budget_tokens": Field(("CODEX_LOOP_SEMANTIC_BUDGET_TOKENS",), _whole),
    "harbor": Field(("CODEX_LOOP_HARBOR",), _program),
    "environment": Field(("CODEX_LOOP_ENVIRONMENT",), str),
    "repositories": Field(("CODEX_LOOP_REPOSITORIES",), _paths),
}


def load(
    flags: Mapping[str, object] | None = None,
    *,
    environ: Mapping[str, str] = os.environ,
    config: Path | None = None,
) -> Settings:
    """The settings that hold now; `flags` that are None or empty were not given. Reads, never writes."""
    place = config or config_file(environ)
    found: dict[str, object] = {**_from_file(place), **_from_environment(environ), **_given(flags or {})}
    values = {**_defaults(found, environ), **found}
    try:
        return msgspec.convert(values, Settings, strict=True)
    except msgspec.ValidationError as error:
        problem, _, path = str(error).partition(" - at `$.")
        field = path.rstrip("`")
        raise SettingsError(_named(field, flags), problem=_explained(problem, field, values)) from error


def _explained(problem: str, field: str, values: Mapping[str, object]) -> str:
    """What is wrong, and what would be right."""
    choices = get_args(get_type_hints(Settings).get(field))
    if problem.startswith("Invalid enum value") and choices:
        return f"{values[field]!r} is none of {', '.join(choices)}"
    return _TOO_SMALL.sub(_least, problem)


_TOO_SMALL = re.compile(r"Expected `(?:float|int)` >= ([\d.]+)")


def _least(found: re.Match[str]) -> str:
    return f"it must be {float(found[1]):g} or more"


def _named(field: str, flags: Mapping[str, object] | None) -> str:
    """A setting as whoever gave it wrote it."""
    name = field.partition("[")[0]
    if flags and flags.get(name) is not None:
        return f"--{name.removesuffix('_s').replace('_', '-')}"
    return f"setting {field}" if field else "settings"


def config_file(environ: Mapping[str, str] = os.environ) -> Path:
    """Where the TOML file is looked for; it need not exist."""
    named = environ.get("CODEX_LOOP_CONFIG")
    return _path(named) if named else _platform_folder("config", environ) / "config.toml"


def _given(flags: Mapping[str, object]) -> dict[str, object]:
    given = {name: value for name, value in flags.items() if value is not None and value != ()}
    for name, value in given.items():
        if name == "db":
            given[name] = _place(str(value))
        elif isinstance(value, Path):
            given[name] = value.expanduser()
        elif isinstance(value, str) and name in ("cadence_s", "status_timeout_s"):
            given[name] = _parsed(f"--{name.removesuffix('_s').replace('_', '-')}", FIELDS[name], value)
        elif isinstance(value, tuple):
            given[name] = tuple(part.expanduser() if isinstance(part, Path) else part for part in value)
    return given


def _from_environment(environ: Mapping[str, str]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, field in FIELDS.items():
        said = (each for each in field.variables if environ.get(each) or (field.may_be_empty and each in environ))
        variable = next(said, None)
        if variable is None:
            continue
        found[name] = _parsed(variable, field, environ[variable])
    return found


def _parsed(place: str, field: Field, text: str) -> object:
    try:
        return field.parse(text)
    except (ValueError, RuntimeError) as error:  # RuntimeError: `~name` of a user who is not here
        raise SettingsError(place, problem=str(error)) from error


class _File(msgspec.Struct, forbid_unknown_fields=True):
    """The TOML file as a person writes it."""

    db: str | None = None
    data_dir: str | None = None
    codex_homes: str | list[str] | None = None
    claude_homes: str | list[str] | None = None
    rollout_trace_roots: str | list[str] | None = None
    lookback_hours: float | None = None
    jobs: int | None = None
    timezone: str | None = None
    week_start: str | None = None
    prices: str | None = None
    notify_at: list[float] | None = None
    notify_desktop: bool | None = None
    notify_command: str | None = None
    notify_webhook: str | None = None
    codex_status: str | None = None
    claude_status: str | None = None
    cadence_s: float | str | None = None
    status_timeout_s: float | str | None = None
    embedding_model: str | None = None
    semantic_engine: str | None = None
    semantic_model: str | None = None
    semantic_budget_usd: float | None = None
    semantic_budget_tokens: int | None = None
    harbor: str | None = None
    environment: str | None = None
    repositories: str | list[str] | None = None


def _from_file(place: Path) -> dict[str, object]:
    try:
        text = place.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise SettingsError(str(place), problem=error.strerror or "cannot be read") from error
    try:
        written = msgspec.to_builtins(msgspec.toml.decode(text, type=_File))
    except (msgspec.DecodeError, ValueError) as error:
        raise SettingsError(str(place), problem=_UNKNOWN.sub(_known, str(error))) from error
    return {name: _from_toml(f"{place}: {name}", FIELDS[name], value) for name, value in written.items()
            if value is not None}  # fmt: skip


_UNKNOWN = re.compile(r"Object contains unknown field `([^`]*)`")


def _known(found: re.Match[str]) -> str:
    return f"unknown field `{found[1]}`; there are {', '.join(FIELDS)}"


def _from_toml(place: str, field: Field, value: object) -> object:
    if isinstance(value, str):
        return _parsed(place, field, value)
    if isinstance(value, list):
        return tuple(part if isinstance(part, float) else _path(str(part)) for part in value)
    return value


def _defaults(found: Mapping[str, object], environ: Mapping[str, str]) -> dict[str, object]:
    home = Path.home()
    data_dir = found.get("data_dir") or _platform_folder("data", environ)
    return {
        "db": f"{data_dir}{os.sep}codex-loop.db",
        "data_dir": data_dir,
        "codex_homes": (home / ".codex",),
        "claude_homes": (home / ".claude", home / ".config" / "claude"),
        "rollout_trace_roots": (),
        "lookback_hours": 24.0,
        "jobs": os.cpu_count() or 1,
        "timezone": None,
        "week_start": "monday",
        "prices": None,
        "notify_at": (80.0, 95.0, 100.0),
        "notify_desktop": True,
        "notify_command": None,
        "notify_webhook": None,
        "codex_status": None,
        "claude_status": None,
        "cadence_s": 300.0,
        "status_timeout_s": 20.0,
        "embedding_model": "local",
        "semantic_engine": "local",
        "semantic_model": "gpt-5-mini",
        "semantic_budget_usd": 0.5,
        "semantic_budget_tokens": 1_000_000,
        "harbor": None,
        "environment": None,
        "repositories": (),
    }


def _platform_folder(kind: str, environ: Mapping[str, str]) -> Path:
    if not sys.platform.startswith("linux"):
        import platformdirs

        find = platformdirs.user_data_path if kind == "data" else platformdirs.user_config_path
        return find(APP, appauthor=False)
    # The same answer as platformdirs (a test compares them) without its import, which every command would pay.
    variable, default = {"data": ("XDG_DATA_HOME", ".local/share"), "config": ("XDG_CONFIG_HOME", ".config")}[kind]
    named = environ.get(variable, "").strip()
    return Path(named, APP) if named.startswith("/") else Path.home() / default / APP


def place_name(db: str) -> str:
    """The database as it may be shown: a URL loses its password."""
    scheme, separator, rest = db.partition("://")
    account, at, host = rest.rpartition("@")
    return f"{scheme}://{account.partition(':')[0]}@{host}" if separator and at else db
