"""Bad places and bad moments, as a user meets them: one clear sentence, the documented exit code, nothing lost."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from codex_loop.errors import Exit
from codex_loop.store.engine import open_for_reading, open_for_writing
from tests.crash import writer

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parent.parent.parent
RECORDS = 60
LINUX_ROOT = sys.platform == "linux" and hasattr(os, "geteuid") and os.geteuid() == 0


class Told(NamedTuple):
    code: int
    out: str
    err: str


class User:
    """Somebody with sessions of both agents who runs `codex-loop ingest`."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.home, self.db = folder, folder / "home", folder / "store" / "store.db"
        self.environment = {
            **os.environ,
            "CODEX_LOOP_DATA_DIR": str(folder / "data"),
            "CODEX_LOOP_BUSY_MS": "100",
            "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
        }
        writer.write(self.home, 1, RECORDS, 0)

    def command(self, *more: str, home: Path | None = None, db: str | None = None) -> list[str]:
        folder = home or self.home
        return [
            sys.executable, "-m", "codex_loop", "ingest", "--codex-home", str(folder / "codex"),
            "--claude-home", str(folder / "claude"), "--db", db or str(self.db), "--lookback-hours", "9999", *more,
        ]  # fmt: skip

    def run(self, command: list[str], **options: Any) -> Told:
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=60, check=False, **options
        )
        return Told(done.returncode, done.stdout, done.stderr)

    def ingest(self, *more: str, home: Path | None = None, db: str | None = None, **options: Any) -> Told:
        return self.run(self.command(*more, home=home, db=db), **options)

    def holds_everything(self, db: str | None = None) -> None:
        with open_for_reading(db or str(self.db)) as database:
            good = sum(line.good for session in writer.sessions(1, RECORDS) for line in session.lines)
            assert database.one("SELECT count(*) FROM lines") == (good,)
            heads = {head for (head,) in database.rows("SELECT head FROM messages")}
            texts = {line.text for session in writer.sessions(1, RECORDS) for line in session.lines if line.text}
            assert heads == texts


@pytest.fixture
def user(tmp_path: Path) -> User:
    return User(tmp_path)


def one_sentence(told: Told, *words: str) -> None:
    """A person reads one line that says what, which one and what to do; no stack, and no word of a bug."""
    lines = told.err.strip().splitlines()
    assert len(lines) == 1, told
    assert lines[0].startswith("codex-loop: ")
    assert "Traceback" not in told.err
    assert "a bug" not in told.err
    for word in words:
        assert word in told.err, told


def test_all_is_well(user: User) -> None:
    told = user.ingest("--json")
    assert (told.code, told.err) == (Exit.OK, "")
    user.holds_everything()


def test_a_home_without_sessions_is_named_and_fine(user: User, tmp_path: Path) -> None:
    for folder in ("codex", "claude"):
        (tmp_path / "empty" / folder).mkdir(parents=True)
    told = user.ingest(home=tmp_path / "empty")
    assert told.code == Exit.OK
    assert "No sessions found" in told.out
    assert str(tmp_path / "empty" / "codex") in told.out


def test_a_home_that_is_not_there_is_wrong_usage(user: User, tmp_path: Path) -> None:
    told = user.ingest(home=tmp_path / "nowhere")
    assert told.code == Exit.USAGE
    one_sentence(told, "nowhere", "does not exist")
    assert not user.db.exists()


def test_a_home_that_is_a_file_is_wrong_usage(user: User, tmp_path: Path) -> None:
    (tmp_path / "claude").mkdir()
    (tmp_path / "codex").write_text("no folder")
    told = user.ingest(home=tmp_path)
    assert told.code == Exit.USAGE
    one_sentence(told, "codex is a file", "--path")


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_home_behind_links_is_read_once(user: User, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(user.home, target_is_directory=True)
    assert user.ingest(home=tmp_path / "link").code == Exit.OK
    assert json.loads(user.ingest("--json").out)["read"] == 0
    user.holds_everything()


def permissions_hold() -> bool:
    """Whether permissions can be made to hold for this process: for root only without what makes it root."""
    return sys.platform != "win32" and (not LINUX_ROOT or shutil.which("setpriv") is not None)


@pytest.mark.skipif(not permissions_hold(), reason="permissions cannot be made to hold here")
def test_files_and_folders_that_may_not_be_read_are_told_and_read_later(user: User) -> None:
    drop = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"] if LINUX_ROOT else []

    def ingest() -> Told:
        return user.run([*drop, *user.command("--json")])

    assert ingest().code == Exit.OK
    hidden = [next((user.home / agent).rglob("*.jsonl")) for agent in ("codex", "claude")]
    for path in hidden:
        with path.open("ab") as file:
            file.write(b'{"more":1}\n')
        path.chmod(0o000)
    told = ingest()
    assert told.code == Exit.DEGRADED, told
    assert sorted(path for path, _ in json.loads(told.out)["unreadable"]) == sorted(str(path) for path in hidden)
    doctor = user.run([*drop, sys.executable, "-m", "codex_loop", "doctor", "--db", str(user.db), "--json"])
    assert doctor.code == Exit.FINDING
    assert sorted(each["path"] for each in json.loads(doctor.out)["unreadable"]) == sorted(str(path) for path in hidden)
    for path in hidden:
        path.chmod(0o600)
    told = ingest()
    assert (told.code, json.loads(told.out)["read"]) == (Exit.OK, 2)
    folder = user.home / "codex" / "sessions" / "2026"
    folder.chmod(0o000)
    told = ingest()
    folder.chmod(0o700)
    assert (told.code, json.loads(told.out)["unreadable"]) == (Exit.DEGRADED, [[str(folder), "Permission denied"]])
    with open_for_reading(str(user.db)) as database:
        assert database.rows("SELECT DISTINCT state FROM source_files") == [("active",)]


@pytest.mark.skipif(not permissions_hold(), reason="permissions cannot be made to hold here")
@pytest.mark.parametrize("inside", ["", "saved.jsonl"])
def test_what_is_named_and_may_not_be_read_is_told_and_stops_nothing_else(user: User, inside: str) -> None:
    closed = user.folder / "closed"
    closed.mkdir()
    (closed / "saved.jsonl").write_text("{}\n")
    closed.chmod(0o000)
    drop = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"] if LINUX_ROOT else []
    told = user.run([*drop, *user.command("--path", str(closed / inside), "--json")])
    closed.chmod(0o700)
    assert told.code == Exit.DEGRADED, told
    assert json.loads(told.out)["unreadable"] == [[str(closed / inside), "Permission denied"]]
    user.holds_everything()


def can_unshare() -> bool:
    return LINUX_ROOT and subprocess.run(["unshare", "-m", "true"], check=False, capture_output=True).returncode == 0


needs_mounts = pytest.mark.skipif(not can_unshare(), reason="needs a mount namespace of its own")


def mounted(user: User, mount: str, *more: str, db: str | None = None) -> list[str]:
    """The command, run where `mount` holds; the mount ends with it."""
    words = " ".join(f"'{word}'" for word in user.command(*more, db=db))
    return ["unshare", "-m", "sh", "-c", f"{mount} && exec {words}"]


@needs_mounts
def test_homes_on_a_read_only_mount_are_read(user: User) -> None:
    home = f"'{user.home}'"
    told = user.run(mounted(user, f"mount --bind {home} {home} && mount -o remount,ro,bind {home}"))
    assert told.code == Exit.OK, told
    user.holds_everything()


@needs_mounts
def test_a_store_on_a_read_only_mount_is_refused_and_unchanged(user: User) -> None:
    assert user.ingest().code == Exit.OK
    before = user.db.read_bytes()
    place = f"'{user.db.parent}'"
    told = user.run(mounted(user, f"mount --bind {place} {place} && mount -o remount,ro,bind {place}"))
    assert told.code == Exit.DEGRADED
    one_sentence(told, str(user.db))
    assert user.db.read_bytes() == before


@needs_mounts
def test_a_new_store_on_a_read_only_mount_is_refused(user: User, tmp_path: Path) -> None:
    (tmp_path / "ro").mkdir()
    place = f"'{tmp_path / 'ro'}'"
    mount = f"mount --bind {place} {place} && mount -o remount,ro,bind {place}"
    told = user.run(mounted(user, mount, db=str(tmp_path / "ro" / "new" / "store.db")))
    assert told.code == Exit.DEGRADED
    one_sentence(told, "store.db")


@needs_mounts
def test_a_full_disk_is_told_and_what_was_stored_stays(user: User, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    keep = tmp_path / "kept"
    mount = f"mount -t tmpfs -o size=400k tmpfs '{disk}'"
    words = " ".join(f"'{word}'" for word in user.command(db=str(disk / "store.db")))
    told = user.run(["unshare", "-m", "sh", "-c", f"{mount} && {words}; code=$?; cp -a '{disk}' '{keep}'; exit $code"])
    assert told.code == Exit.DEGRADED
    one_sentence(told, "store.db", "no room left")
    connection = sqlite3.connect(keep / "store.db")
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
    assert user.ingest(db=str(keep / "store.db")).code == Exit.OK
    user.holds_everything(str(keep / "store.db"))


@pytest.mark.skipif(sys.platform == "win32", reason="limits of a process are of another kind there")
def test_a_limit_on_the_size_of_files_is_told_and_made_up_for(user: User) -> None:
    words = " ".join(f"'{word}'" for word in user.command())
    told = user.run(["sh", "-c", f"ulimit -f 300; exec {words}"])
    assert told.code == Exit.DEGRADED, told
    one_sentence(told, "store.db")
    assert user.ingest().code == Exit.OK
    user.holds_everything()


def test_a_store_that_somebody_is_writing_is_told_and_waited_for(user: User) -> None:
    open_for_writing(str(user.db)).close()
    holder = sqlite3.connect(user.db, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    told = user.ingest()
    holder.execute("ROLLBACK")
    holder.close()
    assert told.code == Exit.DEGRADED
    one_sentence(told, "is being written by another process", "nothing is lost")
    assert user.ingest().code == Exit.OK
    user.holds_everything()


def _newer(place: Path) -> None:
    with open_for_writing(str(place)) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")


def _no_database(place: Path) -> None:
    place.parent.mkdir()
    place.write_text("dear diary\n" * 1000)


def _foreign(place: Path) -> None:
    place.parent.mkdir()
    connection = sqlite3.connect(place)
    connection.execute("CREATE TABLE songs (name)")
    connection.close()


def _a_folder(place: Path) -> None:
    place.mkdir(parents=True)


@pytest.mark.parametrize(
    ("make", "code", "words"),
    [
        (_newer, Exit.MISSING, "upgrade with `pip install --upgrade codex-loop`"),
        (_no_database, Exit.DEGRADED, "cannot be used as a database"),
        (_foreign, Exit.DEGRADED, "belongs to another program"),
        (_a_folder, Exit.DEGRADED, "is a folder; name a file with --db"),
    ],
)
def test_a_place_that_is_no_store_of_ours_is_named_and_left_alone(
    user: User, make: Callable[[Path], None], code: Exit, words: str
) -> None:
    make(user.db)
    before = user.db.read_bytes() if user.db.is_file() else None
    told = user.ingest()
    assert told.code == code
    one_sentence(told, words, str(user.db))
    if before is not None:
        assert user.db.read_bytes() == before


def test_a_key_that_is_no_key_is_told_and_no_file_is_blamed(user: User) -> None:
    key = user.folder / "data" / "redaction.key"
    key.parent.mkdir()
    key.write_bytes(b"short")
    told = user.ingest()
    assert told.code == Exit.DEGRADED
    one_sentence(told, str(key))
    key.unlink()
    assert user.ingest().code == Exit.OK
    user.holds_everything()


@needs_mounts
def test_a_data_folder_that_cannot_be_written_is_named_and_no_file_is_blamed(user: User) -> None:
    data = user.folder / "data"
    data.mkdir()
    mount = f"mount --bind '{data}' '{data}' && mount -o remount,ro,bind '{data}'"
    told = user.run(mounted(user, mount))
    assert told.code == Exit.DEGRADED
    one_sentence(told, str(data))
    assert user.ingest().code == Exit.OK
    user.holds_everything()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_a_name_that_is_no_text_is_read_and_shown(user: User) -> None:
    place = Path(os.fsdecode(os.fsencode(user.home) + b"/codex/sessions/\xff"))
    place.mkdir()
    shutil.copy(next((user.home / "codex").rglob("*.jsonl")), place / os.fsdecode(b"rollout-\xe9.jsonl"))
    told = user.ingest("--json")
    assert (told.code, told.err) == (Exit.OK, "")
    user.holds_everything()
