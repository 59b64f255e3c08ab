"""What a Dockerfile does, without docker."""

from __future__ import annotations

import pytest

from codex_loop.harbor.sandbox.dockerfile import Copy, NotUnderstood, Run, Workdir, read
from tests.harbor.sample import DOCKERFILE, TESTS_DOCKERFILE


def test_the_dockerfile_of_a_distilled_task_is_understood() -> None:
    recipe = read(DOCKERFILE)
    assert recipe.folder == "/app"
    install, workdir, copy, unpack = recipe.steps
    assert isinstance(install, Run)
    assert install.command.startswith("apt-get update && apt-get install")
    assert workdir == Workdir("/app")
    assert copy == Copy(("repo.tar",), "/tmp/repo.tar", None, unpacks=False)
    assert isinstance(unpack, Run)
    assert unpack.folder == "/app"
    assert "\n" not in unpack.command
    assert unpack.command.endswith("commit -q -m base")


def test_the_dockerfile_of_its_verifier_is_understood() -> None:
    *_, copy = read(TESTS_DOCKERFILE).steps
    assert copy == Copy((".",), "/tests/", None, unpacks=False)


def test_variables_hold_from_their_line_on_and_are_filled_in() -> None:
    recipe = read(
        'FROM x\nARG VERSION=1.2\nENV PLACE=/srv/app GREETING="good day"\nENV OLD one two\n'
        "WORKDIR ${PLACE}/v$VERSION\nWORKDIR sub\nRUN echo ${PLACE}\nENV LATE=${MISSING:-none}${PLACE:+!} PRICE=\\$5\n"
    )
    assert recipe.folder == "/srv/app/v1.2/sub"
    assert recipe.variables == {
        "PLACE": "/srv/app",
        "GREETING": "good day",
        "OLD": "one two",
        "LATE": "none!",
        "PRICE": "$5",
    }
    run = recipe.steps[-1]
    assert isinstance(run, Run)
    assert run.command == "echo ${PLACE}", "the shell fills in what a command says"
    assert run.variables["VERSION"] == "1.2"
    assert "LATE" not in run.variables


def test_the_json_form_is_a_list_of_words() -> None:
    run, copy = read('FROM x\nRUN ["echo", "two words"]\nCOPY ["a b.txt", "/app/"]\n').steps
    assert isinstance(run, Run)
    assert run.command == "echo 'two words'"
    assert copy == Copy(("a b.txt",), "/app/", None, unpacks=False)


def test_a_comment_may_stand_between_continued_lines() -> None:
    (run,) = read("FROM x\nRUN one \\\n# why\n  && two\n").steps
    assert isinstance(run, Run)
    assert run.command.split() == ["one", "&&", "two"]


def test_what_has_no_effect_in_a_sandbox_is_passed_over() -> None:
    assert read('FROM x\nLABEL a=b\nEXPOSE 80\nUSER nobody\nCMD ["sleep", "1"]\n').steps == ()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("FROM other", "several stages"),
        ("COPY --from=builder /a /b", "--from"),
        ("RUN --mount=type=cache,target=/x true", "--mount"),
        ("ADD https://example.invalid/x.tar /x", "own folder"),
        ('ENTRYPOINT ["server"]', "cannot be done without docker"),
        ("ONBUILD RUN true", "cannot be done without docker"),
        ('SHELL ["pwsh"]', "only sh and bash"),
        ("RUN <<EOF", "here-document"),
        ("COPY lonely", "no source or no target"),
        ("NONSENSE x", "cannot be done without docker"),
    ],
)
def test_what_is_not_understood_is_refused_with_its_line(line: str, said: str) -> None:
    with pytest.raises(NotUnderstood, match=said) as raised:
        read(f"FROM x\nWORKDIR /app\n{line}\n")
    assert "line 3" in str(raised.value)
