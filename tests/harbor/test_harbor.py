"""Real Harbor over a real task, in the sandbox of bubblewrap."""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path

import psutil
import pytest

from codex_loop.harbor.folders import digest
from codex_loop.harbor.job import Ended, Order, run
from codex_loop.harbor.lint import lint
from codex_loop.harbor.place import Harbor, home, program_in
from codex_loop.harbor.progress import Step
from tests.contract.conftest import required
from tests.fakes.anthropic_messages import AnthropicMessages
from tests.fakes.openai_responses import OpenAIResponses
from tests.fakes.scenario import Book, Call
from tests.fakes.scenario import Step as Reply
from tests.harbor.sample import EDIT, SOLVE, write_dataset, write_task
from tools.catalog import find

pytestmark = pytest.mark.contract

SAYS = "ignores the server's `Retry-After` header"


def order(path: Path, tmp_path: Path, agent: str = "oracle", **more: object) -> Order:
    given: dict[str, object] = {"environment": "bubblewrap", "deadline_s": 300.0, "name": agent, **more}
    return Order(path=path, agent=agent, jobs_dir=tmp_path / "jobs", **given)  # type: ignore[arg-type]


def test_the_sample_task_has_nothing_that_lint_complains_of(harbor: Harbor, tmp_path: Path) -> None:
    assert lint(harbor, [write_task(tmp_path / "task")]) == []


def test_lint_says_what_is_wrong_and_where(harbor: Harbor, tmp_path: Path) -> None:
    task = write_task(tmp_path / "task")
    config = task / "task.toml"
    config.write_text(config.read_text(encoding="utf-8").replace("workdir", "wrokdir"), encoding="utf-8")
    (finding,) = lint(harbor, [task])
    assert (finding.rule, Path(finding.path)) == ("unknown-config-field", config)
    assert "workdir" in finding.message


def test_the_oracle_always_solves_it_and_doing_nothing_never_does(harbor: Harbor, tmp_path: Path) -> None:
    task = write_task(tmp_path / "task")
    solved = run(harbor, order(task, tmp_path, attempts=3))
    untouched = run(harbor, order(task, tmp_path, "nop", attempts=3))
    assert [(trial.reward, trial.valid) for trial in solved.trials] == [(1.0, True)] * 3
    assert [(trial.reward, trial.valid) for trial in untouched.trials] == [(0.0, True)] * 3
    assert {trial.digest for trial in solved.trials} == {digest(task)}
    assert {trial.task for trial in solved.trials} == {"local/retry-after-header"}
    report = json.loads(Path(untouched.trials[0].folder, "verifier", "report.json").read_text(encoding="utf-8"))
    assert report["seen"]["tests/test_backoff.py::test_cap"] == "passed"
    assert report["seen"]["tests/test_backoff.py::test_retry_after"] == "failed"
    assert not list((tmp_path / "jobs").glob(".*.sandboxes")), "nothing is left of the sandboxes"


def test_the_digest_is_harbors_own_whatever_its_ignore_files_say(harbor: Harbor, tmp_path: Path) -> None:
    """Compared with the code that writes lock.json, over trees that a job could not all run."""
    tasks = [write_task(tmp_path / f"task-{number}") for number in range(len(IGNORES))]
    for task, (gitignore, harborignore) in zip(tasks, IGNORES, strict=True):
        for relative in STRAYS:
            path = task / relative
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(relative, encoding="utf-8")
        (task / "tests" / "link.txt").symlink_to(task / "tests" / "spec.json")
        if gitignore is not None:
            (task / ".gitignore").write_text(gitignore, encoding="utf-8")
        for folder, text in harborignore.items():
            (task / folder / ".harborignore").write_text(text, encoding="utf-8")
    script = (
        "import sys; from pathlib import Path; from harbor.publisher.packager import Packager\n"
        "for each in sys.argv[1:]: print('sha256:' + Packager.compute_content_hash(Path(each))[0])"
    )
    python = program_in(home(), "python")
    said = psutil.Popen([str(python), "-c", script, *map(str, tasks)], stdout=-1).communicate()[0]
    assert [digest(task) for task in tasks] == said.decode().split()


STRAYS = (
    "environment/node_modules/x.js",
    "environment/build/out.bin",
    "environment/notes.swp",
    "tests/data/big.csv",
    "tests/data/deep/kept.csv",
    "tests/hidden/__pycache__/x.pyc",
    "solution/draft.txt",
    "solution/sub/draft.txt",
    "steps/one/tests/data/big.csv",
    "steps/one/workdir/big.csv",
    "README.md",
    "NOTES.md",
)
IGNORES: tuple[tuple[str | None, dict[str, str]], ...] = (
    (None, {}),
    ("", {}),
    ("node_modules/\n*.csv\n!kept.csv\n", {}),
    ("/environment/build\n# a comment\n\\!odd\n**/sub/\n", {}),
    ("tests/**/x.pyc\nsolution/*.txt\n", {}),
    (None, {"tests": "data/\n", "solution": "*.txt\n!sub/draft.txt\n"}),
    (None, {"tests": "*.csv\n!deep/\n!kept.csv\n", "tests/data": "!big.csv\n", "environment": "*\n"}),
    (None, {"steps/one/tests": "big.csv\n", "tests": "spec.json\n"}),
)


def test_a_real_codex_that_makes_the_edit_solves_the_task(harbor: Harbor, tmp_path: Path) -> None:
    ended = with_codex(harbor, tmp_path, {SAYS: [shell(EDIT.format(limit=60)), Reply(text="Done.")]})
    (trial,) = ended.trials
    assert (trial.reward, trial.valid, trial.cause) == (1.0, True, None)
    assert (trial.agent, trial.agent_version, trial.model) == ("codex", "0.169.0", "openai/gpt-5.5")
    assert trial.input is not None
    assert trial.cached is not None
    assert trial.input > trial.cached > 0
    assert list(Path(trial.folder, "agent").rglob("rollout-*.jsonl")), "its own session file comes back"


def test_a_real_codex_that_makes_another_edit_does_not(harbor: Harbor, tmp_path: Path) -> None:
    wrong = "sed -i 's/2 \\*\\* attempt/3 ** attempt/' /app/backoff.py"
    (trial,) = with_codex(harbor, tmp_path, {SAYS: [shell(wrong), Reply(text="Done.")]}).trials
    assert (trial.reward, trial.valid) == (0.0, True)
    report = json.loads(Path(trial.folder, "verifier", "report.json").read_text(encoding="utf-8"))
    assert report["seen"]["tests/test_backoff.py::test_exponential"] == "failed", "its edit reached the verifier"


def test_a_provider_that_refuses_is_not_a_failure_of_the_agent(harbor: Harbor, tmp_path: Path) -> None:
    (trial,) = with_codex(harbor, tmp_path, {SAYS: [Reply(status=429)]}).trials
    assert (trial.valid, trial.cause) == (False, "model_provider_failed")
    assert trial.message is not None
    assert "usage limit" in trial.message


def with_codex(harbor: Harbor, tmp_path: Path, book: Book) -> Ended:
    required("codex", "0.169.0")
    program = Path(find("codex", "0.169.0").command()[0])
    environ = {**os.environ, "OPENAI_API_KEY": "sk-EXAMPLE", "PATH": f"{program.parent}:{os.environ['PATH']}"}
    with OpenAIResponses(book).serve() as server:
        asked = order(
            write_task(tmp_path / "task"),
            tmp_path,
            "codex",
            model="openai/gpt-5.5",
            agent_arguments={"version": "0.169.0"},
            base_url=f"{server.url}/v1",
        )
        return run(harbor, asked, environ=environ)


def shell(command: str) -> Reply:
    return Reply(calls=(Call("shell", {"command": command}),))


def test_a_harbor_that_was_killed_half_way_goes_on_where_it_stopped(harbor: Harbor, tmp_path: Path) -> None:
    asked = order(write_dataset(tmp_path / "tasks", 2), tmp_path, attempts=2, concurrent=1)

    def kill(_: Step) -> None:
        for child in psutil.Process().children():
            if "harbor" in " ".join(child.cmdline()):
                os.kill(child.pid, signal.SIGKILL)

    first = run(harbor, asked, kill)
    assert first.problem == "Harbor ended with exit code -9"
    assert 0 < len(first.trials) < 4
    second = run(harbor, asked)
    assert second.problem is None
    assert [trial.reward for trial in second.trials] == [1.0] * 4
    assert sorted((trial.directory, trial.attempt) for trial in second.trials) == [
        ("retry-0", 1),
        ("retry-0", 2),
        ("retry-1", 1),
        ("retry-1", 2),
    ]
    assert {trial.trial_id for trial in first.trials} < {trial.trial_id for trial in second.trials}
    third = run(harbor, asked)
    assert {trial.trial_id for trial in third.trials} == {trial.trial_id for trial in second.trials}


def test_a_run_that_was_interrupted_goes_on_where_it_stopped(harbor: Harbor, tmp_path: Path) -> None:
    task = write_task(tmp_path / "task")
    (task / "solution" / "solve.sh").write_text(f"{SOLVE}sleep 1\n", encoding="utf-8")
    asked = order(task, tmp_path, attempts=3, concurrent=1)

    def stop(_: Step) -> None:
        raise KeyboardInterrupt

    first = run(harbor, asked, stop)
    assert first.interrupted
    second = run(harbor, asked)
    assert [trial.reward for trial in second.trials] == [1.0] * 3
    done = {trial.trial_id for trial in first.trials if trial.valid}
    assert done <= {trial.trial_id for trial in second.trials}


def test_another_order_of_the_same_name_is_refused_and_what_was_done_stays(harbor: Harbor, tmp_path: Path) -> None:
    task = write_task(tmp_path / "task")
    run(harbor, order(task, tmp_path))
    ended = run(harbor, order(task, tmp_path, agent="nop", name="oracle"))
    assert ended.problem is not None
    assert "different config" in ended.problem
    assert [trial.reward for trial in ended.trials] == [1.0]


def test_an_agent_that_ran_out_of_time_is_graded_all_the_same(harbor: Harbor, tmp_path: Path) -> None:
    task = write_task(tmp_path / "task", agent_timeout=3)
    (task / "solution" / "solve.sh").write_text(f"{SOLVE}sleep 60\n", encoding="utf-8")
    (trial,) = run(harbor, order(task, tmp_path)).trials
    assert (trial.exception, trial.cause) == ("AgentTimeoutError", "agent_exhausted_budget")
    assert (trial.reward, trial.valid) == (1.0, True)
    assert not [p for p in psutil.process_iter(["cmdline"]) if "sleep 60" in " ".join(p.info["cmdline"] or ())]


def test_a_verifier_that_gives_no_reward_is_invalid_and_not_zero(harbor: Harbor, tmp_path: Path) -> None:
    task = write_task(tmp_path / "task")
    (task / "tests" / "test.sh").write_text("#!/bin/bash\ntrue\n", encoding="utf-8")
    (trial,) = run(harbor, order(task, tmp_path)).trials
    assert (trial.reward, trial.valid, trial.cause) == (None, False, "verifier_failed")
    assert trial.exception == "RewardFileNotFoundError"


def test_an_invalid_task_that_harbor_passes_over_is_named(harbor: Harbor, tmp_path: Path) -> None:
    tasks = write_dataset(tmp_path / "tasks", 2)
    shutil.rmtree(tasks / "retry-1" / "tests")
    ended = run(harbor, order(tasks, tmp_path))
    assert ended.skipped == ("retry-1",)
    assert [trial.directory for trial in ended.trials] == ["retry-0"]


def test_only_the_tasks_that_were_asked_for_are_run(harbor: Harbor, tmp_path: Path) -> None:
    ended = run(harbor, order(write_dataset(tmp_path / "tasks", 3), tmp_path, only=("retry-0", "retry-2")))
    assert {trial.directory for trial in ended.trials} == {"retry-0", "retry-2"}
    assert ended.skipped == ()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("RUN echo preparing && false", "echo preparing"),
        ("RUN apt-get update && apt-get install -y no-such-package-anywhere", "no-such-package-anywhere"),
        ("COPY nothing.txt /app/", "no such file"),
        ("COPY --from=builder /a /b", "line 8 of the Dockerfile"),
    ],
)
def test_an_image_that_cannot_be_built_is_the_sandboxs_failure(
    harbor: Harbor, tmp_path: Path, line: str, said: str
) -> None:
    task = write_task(tmp_path / "task")
    with (task / "environment" / "Dockerfile").open("a", encoding="utf-8") as dockerfile:
        dockerfile.write(f"{line}\n")
    (trial,) = run(harbor, order(task, tmp_path)).trials
    assert (trial.reward, trial.valid, trial.cause) == (None, False, "sandbox_failed")
    assert trial.message is not None
    assert said in trial.message


def test_a_real_claude_code_that_makes_the_edit_solves_the_task(harbor: Harbor, tmp_path: Path) -> None:
    required("claude", "2.1.329")
    links = tmp_path / "bin"
    links.mkdir()
    (links / "claude").symlink_to(find("claude", "2.1.329").command()[-1])
    environ = {**os.environ, "ANTHROPIC_API_KEY": "sk-ant-EXAMPLE", "PATH": f"{links}:{os.environ['PATH']}"}
    with AnthropicMessages({SAYS: [shell(EDIT.format(limit=60)), Reply(text="Done.")]}).serve() as server:
        asked = order(
            write_task(tmp_path / "task"),
            tmp_path,
            "claude-code",
            model="anthropic/claude-opus-4-5",
            agent_arguments={"version": "2.1.329"},
            base_url=server.url,
        )
        (trial,) = run(harbor, asked, environ=environ).trials
    assert (trial.reward, trial.valid, trial.cause) == (1.0, True, None)
    assert (trial.agent, trial.agent_version) == ("claude-code", "2.1.329")
