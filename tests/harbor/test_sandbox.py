"""The sandbox of bubblewrap, seen from inside: what a real trial can reach and what it cannot."""

from __future__ import annotations

import json
import os
import subprocess
import tarfile
from pathlib import Path

import pytest

from codex_loop.harbor import stage, workshop
from codex_loop.harbor.identity import identity
from codex_loop.harbor.job import Order, run
from codex_loop.harbor.place import Harbor
from codex_loop.harbor.sandbox import PYTEST
from codex_loop.harbor.sandbox.room import Bind, Limits, Room, given
from codex_loop.harbor.trials import Trial
from tests.fakes.openai_responses import OpenAIResponses
from tests.harbor.sample import SOLVE, TEST_SH, write_task

pytestmark = pytest.mark.contract

LOOK = r"""
import json, os, pathlib, socket, subprocess, sys
def reaches(port):
    try:
        socket.create_connection(("127.0.0.1", port), 3).close()
        return True
    except OSError:
        return False
def seen(path):
    try:
        return sorted(os.listdir(path))
    except OSError:
        return None
def written(path):
    try:
        pathlib.Path(path).write_text("x")
        return True
    except OSError:
        return False
facts = {
    "uid": os.getuid(),
    "home": [os.environ["HOME"], seen(os.environ["HOME"])],
    "users_home": seen(USERS_HOME),
    "secret": os.path.exists(SECRET),
    "secrets": [path for path in ("/etc/shadow", "/etc/ssl/private", "/etc/ssh") if os.path.exists(path)],
    "environ": sorted(os.environ),
    "reaches": reaches(PORT),
    "writes": {path: written(path) for path in PLACES},
    "processes": sum(name.isdigit() for name in os.listdir("/proc")),
    "python": [sys.executable, sys.prefix],
}
json.dump(facts, open(TARGET, "w"))
"""


def look(target: str, secret: Path, port: int) -> str:
    """A shell command that writes what it sees."""
    places = ("/usr/x", "/opt/workshop/x", "/etc/hosts", "/app/x", "/etc/x", "/tmp/x")
    names: dict[str, object] = {"PLACES": places}
    names |= {"TARGET": target, "SECRET": str(secret), "PORT": port, "USERS_HOME": str(Path.home())}
    head = "\n".join(f"{name} = {value!r}" for name, value in names.items())
    return f"python3 - <<'LOOKED'\n{head}\n{LOOK}\nLOOKED\n"


def curious(tmp_path: Path, secret: Path, port: int) -> Path:
    """A task whose solution and whose verifier look around."""
    task = write_task(tmp_path / "task")
    (task / "solution" / "solve.sh").write_text(SOLVE + look("/app/agent.json", secret, port), encoding="utf-8")
    saved = look("/logs/verifier/verifier.json", secret, port) + "cp /app/agent.json /logs/verifier/\n"
    (task / "tests" / "test.sh").write_text(TEST_SH + saved, encoding="utf-8")
    return task


def tried(harbor: Harbor, task: Path, tmp_path: Path, **arguments: str) -> Trial:
    asked = Order(
        path=task,
        agent="oracle",
        environment="bubblewrap",
        environment_arguments=arguments,
        jobs_dir=tmp_path / "jobs",
        name="job",
        deadline_s=300.0,
    )
    ended = run(harbor, asked, environ={**os.environ, "A_SECRET_OF_THE_USER": "x"})
    assert ended.problem is None
    (trial,) = ended.trials
    assert trial.valid, trial.message
    return trial


def test_a_trial_sees_programs_and_its_task_and_nothing_of_the_user(harbor: Harbor, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("x", encoding="utf-8")
    with OpenAIResponses({}).serve() as server:
        port = int(server.url.rpartition(":")[2])
        trial = tried(harbor, curious(tmp_path, secret, port), tmp_path)
    agent, verifier = (
        json.loads(Path(trial.folder, "verifier", f"{name}.json").read_text("utf-8")) for name in ("agent", "verifier")
    )
    assert trial.reward == 1.0
    for facts in (agent, verifier):
        assert facts["uid"] == 1000
        assert facts["home"] == ["/home/agent", []]
        assert facts["users_home"] in (None, [], interpreters_part_of_home())
        assert not facts["secret"]
        assert facts["secrets"] == []
        assert "A_SECRET_OF_THE_USER" not in facts["environ"]
        assert facts["writes"] == {
            "/usr/x": False,
            "/opt/workshop/x": False,
            "/etc/hosts": False,
            "/app/x": True,
            "/etc/x": True,
            "/tmp/x": True,
        }
        assert facts["processes"] < 10, "of the machine's processes none is seen"
        assert facts["python"][1] == "/opt/workshop"
    assert agent["reaches"], "an agent must reach its model"
    assert not verifier["reaches"], "a verifier reaches nobody"


def interpreters_part_of_home() -> list[str]:
    """An interpreter that only runs where it was built keeps its path; beside it there is nothing."""
    found = workshop.find()
    assert found is not None
    place = Path(found.seen_at)
    return [place.relative_to(Path.home()).parts[0]] if place.is_relative_to(Path.home()) else []


def test_who_asks_for_it_gives_the_verifier_a_network_and_takes_the_agents(harbor: Harbor, tmp_path: Path) -> None:
    with OpenAIResponses({}).serve() as server:
        port = int(server.url.rpartition(":")[2])
        task = curious(tmp_path, tmp_path / "none", port)
        trial = tried(harbor, task, tmp_path, network="false", verifier_network="true")
    for name, reaches in (("agent", False), ("verifier", True)):
        assert json.loads(Path(trial.folder, "verifier", f"{name}.json").read_text("utf-8"))["reaches"] is reaches


def test_a_task_may_forbid_the_agents_network_itself(harbor: Harbor, tmp_path: Path) -> None:
    with OpenAIResponses({}).serve() as server:
        task = curious(tmp_path, tmp_path / "none", int(server.url.rpartition(":")[2]))
        config = task / "task.toml"
        text = config.read_text(encoding="utf-8").replace("[environment]", '[environment]\nnetwork_mode = "no-network"')
        config.write_text(text, encoding="utf-8")
        trial = tried(harbor, task, tmp_path)
    assert not json.loads(Path(trial.folder, "verifier", "agent.json").read_text("utf-8"))["reaches"]


def test_more_is_seen_when_it_is_bound_and_its_programs_are_on_the_path(harbor: Harbor, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "greet").write_text("#!/bin/sh\necho hello > /app/greeting\n", encoding="utf-8")
    (tools / "greet").chmod(0o755)
    task = write_task(tmp_path / "task")
    (task / "solution" / "solve.sh").write_text(f"{SOLVE}greet\n", encoding="utf-8")
    (task / "tests" / "test.sh").write_text(f"{TEST_SH}cp /app/greeting /logs/verifier/\n", encoding="utf-8")
    trial = tried(harbor, task, tmp_path, bind=f"{tools}:/opt/tools", path="/opt/tools")
    assert Path(trial.folder, "verifier", "greeting").read_text(encoding="utf-8") == "hello\n"


def test_what_the_dockerfile_says_holds_for_the_agent(harbor: Harbor, tmp_path: Path) -> None:
    task = write_task(tmp_path / "task")
    context = task / "environment"
    (context / "extra").mkdir()
    (context / "extra" / "run.sh").write_text("#!/bin/sh\n", encoding="utf-8")
    (context / "one.txt").write_text("one", encoding="utf-8")
    with tarfile.open(context / "more.tar.gz", "w:gz") as archive:
        archive.add(context / "one.txt", "packed/one.txt")
    with (context / "Dockerfile").open("a", encoding="utf-8") as dockerfile:
        dockerfile.write(
            'ARG WHO=world\nENV GREETING="hello $WHO"\nCOPY extra /srv/extra\nCOPY --chmod=755 *.txt /srv/\n'
            "ADD more.tar.gz /srv/unpacked/\nRUN echo built by $WHO > /srv/built\nWORKDIR /srv\n"
        )
    saved = "cd /srv; (echo $GREETING; cat built unpacked/packed/one.txt; ls -l one.txt; ls extra) > /app/out\n"
    (task / "solution" / "solve.sh").write_text(SOLVE + saved, encoding="utf-8")
    (task / "tests" / "test.sh").write_text(f"{TEST_SH}cp /app/out /logs/verifier/\n", encoding="utf-8")
    trial = tried(harbor, task, tmp_path)
    said = Path(trial.folder, "verifier", "out").read_text(encoding="utf-8")
    assert said.startswith("hello world\nbuilt by world\none-rwxr-xr-x")
    assert said.endswith("run.sh\n")


def test_a_build_that_takes_long_is_done_once_in_a_job_and_anew_in_the_next(harbor: Harbor, tmp_path: Path) -> None:
    task = write_task(tmp_path / "task")
    with (task / "environment" / "Dockerfile").open("a", encoding="utf-8") as dockerfile:
        dockerfile.write(
            "RUN sleep 2.5; cat /proc/sys/kernel/random/uuid > /srv/built; mkdir -p /srv/x/y; ln -s y /srv/x/z\n"
        )
    saved = "cat /srv/built > /app/built; readlink /srv/x/z >> /app/built; git -C /app log --format=%s >> /app/built\n"
    (task / "solution" / "solve.sh").write_text(SOLVE + saved, encoding="utf-8")
    (task / "tests" / "test.sh").write_text(f"{TEST_SH}cp /app/built /logs/verifier/\n", encoding="utf-8")
    seen: list[str] = []
    for name in ("first", "second"):
        asked = Order(
            path=task,
            agent="oracle",
            attempts=2,
            concurrent=1,
            environment="bubblewrap",
            jobs_dir=tmp_path / "jobs",
            name=name,
            deadline_s=300.0,
        )
        trials = run(harbor, asked).trials
        assert [trial.reward for trial in trials] == [1.0, 1.0]
        texts = {Path(trial.folder, "verifier", "built").read_text(encoding="utf-8") for trial in trials}
        assert len(texts) == 1
        seen += texts
    assert all(text.endswith("\ny\nbase\n") for text in seen)
    assert seen[0] != seen[1]


def test_variables_that_are_to_be_passed_reach_the_build_and_not_the_agent(harbor: Harbor, tmp_path: Path) -> None:
    task = write_task(tmp_path / "task")
    with (task / "environment" / "Dockerfile").open("a", encoding="utf-8") as dockerfile:
        dockerfile.write("RUN echo built with $A_SECRET_OF_THE_USER > /srv/built\n")
    saved = "echo $(cat /srv/built), run with [${A_SECRET_OF_THE_USER-}] > /app/out\n"
    (task / "solution" / "solve.sh").write_text(SOLVE + saved, encoding="utf-8")
    (task / "tests" / "test.sh").write_text(f"{TEST_SH}cp /app/out /logs/verifier/\n", encoding="utf-8")
    trial = tried(harbor, task, tmp_path, pass_to_build="A_SECRET_OF_THE_USER")
    assert Path(trial.folder, "verifier", "out").read_text(encoding="utf-8") == "built with x, run with []\n"


def test_a_link_that_an_agent_leaves_does_not_lead_out_of_the_sandbox(harbor: Harbor, tmp_path: Path) -> None:
    """What is handed on is looked at from inside: a link to a file of the machine is a link to nothing."""
    secret = tmp_path / "secret.txt"
    secret.write_text("the user's secret", encoding="utf-8")
    task = write_task(tmp_path / "task")
    leave = f"{SOLVE}ln -s {secret} /app/notes.txt; ln -s {tmp_path} /app/folder; mkfifo /app/pipe\n"
    (task / "solution" / "solve.sh").write_text(leave, encoding="utf-8")
    trial = tried(harbor, task, tmp_path)
    assert trial.reward == 1.0, "a link costs nothing of the rest"
    for path in Path(trial.folder).rglob("*"):
        if path.is_file() and not path.is_symlink():
            assert "the user's secret" not in path.read_text(encoding="utf-8", errors="replace")


def test_the_pinned_pytest_is_installed_without_a_network(harbor: Harbor, tmp_path: Path) -> None:
    room = made(tmp_path)
    code, said = start(room, f"python3 -m pip install --no-cache-dir pytest=={PYTEST} && python3 -m pytest --version")
    assert (code, f"pytest {PYTEST}" in said) == (0, True), said


def test_another_pytest_is_not_there_without_a_network(harbor: Harbor, tmp_path: Path) -> None:
    code, _ = start(made(tmp_path), "python3 -m pip install --retries 0 --timeout 1 pytest==8.0.0")
    assert code != 0


def test_what_pip_adds_is_seen_by_the_next_command(harbor: Harbor, tmp_path: Path) -> None:
    room = made(tmp_path)
    project = room.root / "srv" / "project"
    project.mkdir(parents=True)
    (project / "wheel.py").write_text(WHEEL, encoding="utf-8")
    code, said = start(room, "cd /srv/project && python3 wheel.py && python3 -m pip install ./tiny-*.whl")
    assert code == 0, said
    assert start(room, "python3 -c 'import tiny; print(tiny.WORD)'") == (0, "here\n")


WHEEL = """
import zipfile
meta = "Metadata-Version: 2.1\\nName: tiny\\nVersion: 1.0\\n"
with zipfile.ZipFile("tiny-1.0-py3-none-any.whl", "w") as wheel:
    wheel.writestr("tiny.py", "WORD = 'here'\\n")
    wheel.writestr("tiny-1.0.dist-info/METADATA", meta)
    wheel.writestr("tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr("tiny-1.0.dist-info/RECORD", "")
"""


def test_one_process_takes_no_more_memory_than_the_task_says(harbor: Harbor, tmp_path: Path) -> None:
    room = made(tmp_path)._replace(limits=Limits(memory_mb=256))
    assert start(room, "python3 -c 'x = bytearray(64 << 20)'")[0] == 0
    code, said = start(room, "python3 -c 'x = bytearray(512 << 20)'")
    assert (code, "MemoryError" in said) == (1, True)


def test_a_path_that_does_not_exist_cannot_be_bound(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="does not exist"):
        given(f"{tmp_path}/nothing:/opt/x")
    assert given(f"{tmp_path}:/opt/x, {tmp_path}") == (
        Bind(str(tmp_path), "/opt/x"),
        Bind(str(tmp_path), str(tmp_path)),
    )


def test_what_of_this_machine_takes_part_in_the_results_is_named(harbor: Harbor) -> None:
    found = identity()
    assert found["pytest"] == PYTEST
    assert {"system", "python", "bwrap", "bash"} <= set(found)


def test_nothing_of_this_product_but_the_sandbox_is_seen_by_harbors_python(harbor: Harbor) -> None:
    folder = stage.staged()
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*.py")}
    assert names == {
        "codex_loop/__init__.py",
        "codex_loop/harbor/__init__.py",
        "codex_loop/harbor/sandbox/__init__.py",
        "codex_loop/harbor/sandbox/built.py",
        "codex_loop/harbor/sandbox/dockerfile.py",
        "codex_loop/harbor/sandbox/environment.py",
        "codex_loop/harbor/sandbox/room.py",
    }
    assert stage.staged() == folder


def made(tmp_path: Path) -> Room:
    """A furnished room, as a trial has one."""
    found = workshop.find()
    assert found is not None
    binds = [Bind(str(found.folder), "/opt/workshop")]
    binds += [Bind(found.python, found.seen_at)] if found.python else []
    room = Room(tmp_path / "root", tuple(binds))
    room.root.mkdir()
    room.furnish()
    return room


def start(room: Room, command: str) -> tuple[int, str]:
    """Run it in there, without a network."""
    done = subprocess.run(
        room.command(["bash", "-c", command], folder="/", network=False),
        env=room.environ({}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout
