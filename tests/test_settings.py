"""A flag beats a variable, a variable beats the file, the file beats the default."""

import os
import sys
from pathlib import Path

import platformdirs
import pytest

from codex_loop.errors import SettingsError
from codex_loop.settings import FIELDS, Settings, config_file, load, place_name


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def test_without_anything_said_the_agents_own_folders_and_one_day_hold(config: Path) -> None:
    settings = load(environ={}, config=config)
    home = Path.home()
    assert settings.codex_homes == (home / ".codex",)
    assert settings.claude_homes == (home / ".claude", home / ".config" / "claude")
    assert settings.lookback_hours == 24
    assert not settings.looks_back_forever
    assert Path(settings.db) == settings.data_dir / "codex-loop.db"


def test_each_place_beats_the_one_below_it(config: Path) -> None:
    config.write_text('db = "file.db"\n')
    said = {"CODEX_LOOP_DB": "variable.db"}
    assert load(environ={}, config=config).db == "file.db"
    assert load(environ=said, config=config).db == "variable.db"
    assert load({"db": "flag.db"}, environ=said, config=config).db == "flag.db"
    assert load({"db": None}, environ=said, config=config).db == "variable.db"


def test_our_own_variable_beats_the_agents_variable(config: Path) -> None:
    theirs = {"CODEX_HOME": "/theirs", "CLAUDE_CONFIG_DIR": "/claude"}
    assert load(environ=theirs, config=config).codex_homes == (Path("/theirs"),)
    assert load(environ=theirs, config=config).claude_homes == (Path("/claude"),)
    assert load(environ={**theirs, "CODEX_LOOP_CODEX_HOME": "/ours"}, config=config).codex_homes == (Path("/ours"),)


def test_several_homes_are_a_comma_list_unless_the_folder_exists(config: Path, tmp_path: Path) -> None:
    odd = tmp_path / "a,b"
    odd.mkdir()
    assert load(environ={"CODEX_HOME": "/a, /b,"}, config=config).codex_homes == (Path("/a"), Path("/b"))
    assert load(environ={"CODEX_HOME": str(odd)}, config=config).codex_homes == (odd,)


def test_flags_that_were_not_given_say_nothing(config: Path) -> None:
    assert load({"codex_homes": (), "jobs": None}, environ={}, config=config) == load(environ={}, config=config)


def test_a_tilde_is_the_home_wherever_it_is_written(config: Path) -> None:
    config.write_text('db = "~/file.db"\nclaude_homes = ["~/c"]\n')
    home = Path.home()
    assert load(environ={}, config=config).db == str(home / "file.db")
    assert load(environ={}, config=config).claude_homes == (home / "c",)
    assert load({"db": "~/x.db", "codex_homes": (Path("~/y"),)}, environ={}, config=config).db == str(home / "x.db")
    assert load({"codex_homes": (Path("~/y"),)}, environ={}, config=config).codex_homes == (home / "y",)


def test_a_url_is_taken_as_it_is(config: Path) -> None:
    url = "postgresql://me:secret@host/db"
    assert load(environ={"CODEX_LOOP_DB": url}, config=config).db == url


@pytest.mark.parametrize(
    ("db", "shown"),
    [
        ("a@b.db", "a@b.db"),
        ("postgresql://me:s@cret@host/db", "postgresql://me@host/db"),
        ("postgresql://host/db", "postgresql://host/db"),
    ],
)
def test_a_shown_place_has_no_password(db: str, shown: str) -> None:
    assert place_name(db) == shown


def test_a_year_of_lookback_means_everything(config: Path) -> None:
    assert load(environ={"CODEX_LOOP_LOOKBACK_HOURS": "8760"}, config=config).looks_back_forever


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("dbb = 'x'", "unknown field `dbb`"),
        ("db = 3", "Expected `str | null`, got `int` - at `$.db`"),
        ("jobs = 'two'", "Expected `int | null`, got `str` - at `$.jobs`"),
        ("jobs = 0", "setting jobs: it must be 1 or more"),
        ("db = ", "Invalid value"),
        ("db = '\udcff'", "utf-8"),
    ],
)
def test_a_wrong_file_is_refused_with_what_is_wrong(text: str, problem: str, config: Path) -> None:
    config.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(SettingsError) as refused:
        load(environ={}, config=config)
    assert problem in str(refused.value)


def test_a_wrong_variable_is_named(config: Path) -> None:
    with pytest.raises(SettingsError, match="CODEX_LOOP_JOBS: "):
        load(environ={"CODEX_LOOP_JOBS": "two"}, config=config)


def test_the_file_may_set_every_field(config: Path) -> None:
    assert set(FIELDS) == set(Settings.__struct_fields__)
    config.write_text(
        'db = "x.db"\ndata_dir = "/d"\ncodex_homes = "/a,/b"\nclaude_homes = ["/c"]\nrollout_trace_roots = ["/r"]\n'
        "lookback_hours = 48\njobs = 3\n"
        'timezone = "Europe/Rome"\nweek_start = "Sunday"\nprices = "/p.toml"\nnotify_at = [50, 90.5]\n'
        'notify_desktop = false\nnotify_command = "say"\nnotify_webhook = "http://127.0.0.1/"\n'
        'codex_status = ""\nclaude_status = "/bin/claude-status"\ncadence_s = "5m"\nstatus_timeout_s = 7\n'
        'embedding_model = "text-embedding-3-small"\n'
        'semantic_engine = "off"\nsemantic_model = "m"\nsemantic_budget_usd = 1\n'
        "semantic_budget_tokens = 5000\n"
        'harbor = "/h"\nenvironment = "docker"\nrepositories = ["/src"]\n'
    )
    assert load(environ={}, config=config) == Settings(
        db="x.db",
        data_dir=Path("/d"),
        codex_homes=(Path("/a"), Path("/b")),
        claude_homes=(Path("/c"),),
        rollout_trace_roots=(Path("/r"),),
        lookback_hours=48.0,
        jobs=3,
        timezone="Europe/Rome",
        week_start="sunday",
        prices=Path("/p.toml"),
        notify_at=(50.0, 90.5),
        notify_desktop=False,
        notify_command="say",
        notify_webhook="http://127.0.0.1/",
        codex_status="",
        claude_status="/bin/claude-status",
        cadence_s=300.0,
        status_timeout_s=7.0,
        embedding_model="text-embedding-3-small",
        semantic_engine="off",
        semantic_model="m",
        semantic_budget_usd=1.0,
        semantic_budget_tokens=5000,
        harbor="/h",
        environment="docker",
        repositories=(Path("/src"),),
    )


def test_an_empty_status_program_switches_its_agent_off(config: Path) -> None:
    found = load(environ={"CODEX_STATUS_PATH": "", "CODEX_LOOP_JOBS": "", "CLAUDE_STATUS_PATH": "c"}, config=config)
    assert (found.codex_status, found.claude_status, found.jobs) == ("", "c", os.cpu_count() or 1)


def test_a_cadence_may_have_a_unit(config: Path) -> None:
    assert load({"cadence_s": "5m"}, environ={}, config=config).cadence_s == 300.0
    with pytest.raises(SettingsError, match=r"--cadence: 'soon' .* write one like"):
        load({"cadence_s": "soon"}, environ={}, config=config)


def test_a_value_that_cannot_be_names_its_flag(config: Path) -> None:
    with pytest.raises(SettingsError, match=r"^--cadence: it must be 1 or more"):
        load({"cadence_s": "0"}, environ={}, config=config)


def test_the_store_lies_in_the_named_data_folder(config: Path) -> None:
    assert load(environ={"CODEX_LOOP_DATA_DIR": "/d"}, config=config).db == f"{Path('/d')}{os.sep}codex-loop.db"


def test_the_configuration_file_can_be_named() -> None:
    assert config_file({"CODEX_LOOP_CONFIG": "/c.toml"}) == Path("/c.toml")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere platformdirs itself answers")
@pytest.mark.parametrize("value", [None, "", "/xdg", "relative"])
def test_the_folders_are_those_of_the_platform(
    value: str | None, monkeypatch: pytest.MonkeyPatch, config: Path
) -> None:
    for variable in ("XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        if value is None:
            monkeypatch.delenv(variable, raising=False)
        else:
            monkeypatch.setenv(variable, value)
    assert load(environ=os.environ, config=config).data_dir == platformdirs.user_data_path("codex-loop")
    assert config_file(os.environ).parent == platformdirs.user_config_path("codex-loop")


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ({"lookback_hours": -1.0}, "--lookback-hours: it must be 0 or more"),
        ({"cadence_s": "0s"}, "--cadence: it must be 1 or more"),
    ],
)
def test_a_number_that_is_too_small_is_told_by_its_flag(tmp_path: Path, flags: dict[str, object], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        load(flags, environ={"HOME": str(tmp_path)})


@pytest.mark.parametrize(
    ("variable", "said"),
    [
        ("CODEX_LOOP_EMBEDDING_MODEL", "setting embedding_model: 'x' is none of local, text-embedding-3-small"),
        ("CODEX_LOOP_SEMANTIC_ENGINE", "setting semantic_engine: 'x' is none of auto, local, openai, off"),
        ("CODEX_LOOP_JOBS", "CODEX_LOOP_JOBS: 'x' is no whole number"),
        ("CODEX_LOOP_LOOKBACK_HOURS", "CODEX_LOOP_LOOKBACK_HOURS: 'x' is no number"),
        ("CODEX_LOOP_NOTIFY_AT", "CODEX_LOOP_NOTIFY_AT: 'x' is no number"),
    ],
)
def test_a_value_that_cannot_be_is_answered_with_what_can(variable: str, said: str, config: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load(environ={variable: "x"}, config=config)
    assert str(caught.value) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('cadence_s = "5x"', "cadence_s: '5x' is no span of time; write one like 30s, 5m or 1h"),
        ('week_start = "friyay"', "setting week_start: 'friyay' is none of monday, tuesday"),
        ("dbb = 'x'", "unknown field `dbb`; there are db, data_dir, "),
    ],
)
def test_a_wrong_line_of_the_file_is_answered_with_what_is_right(text: str, said: str, config: Path) -> None:
    config.write_text(text)
    with pytest.raises(SettingsError) as caught:
        load(environ={}, config=config)
    assert said in str(caught.value)
