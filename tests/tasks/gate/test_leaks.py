"""What would give a task away."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from codex_loop.tasks.gate import leaks, specification
from codex_loop.tasks.gate.check import Check
from codex_loop.tasks.gate.folder import read
from tests.harbor.sample import BASE, FIX
from tests.tasks.gate import ground

FIXED = BASE.format(limit=60).replace(
    "    return",
    "    for name, value in headers.items():\n"
    '        if name.lower() == "retry-after" and str(value).isdigit():\n'
    "            return min(60, int(value))\n"
    "    return",
)


def look(place: Path, name: str) -> Check:
    task = read(place)
    return {each.name: each for each in (*leaks.look(task), leaks.hidden_tests(task))}[name]


@pytest.mark.parametrize("name", ["history", "leaks", "hidden_tests"])
def test_a_clean_task_leaks_nothing(tmp_path: Path, name: str) -> None:
    assert look(ground.task(tmp_path / "one"), name).outcome == "passed"


@pytest.mark.parametrize(
    ("path", "data"),
    [
        (".git/HEAD", b"ref: refs/heads/main\n"),
        ("vendor/lib/.git", b"gitdir: ../../.git/modules/lib\n"),
        ("backup/objects/pack/pack-1.idx", b"x"),
        ("old.bundle", b"# v2 git bundle\n"),
    ],
)
def test_a_history_in_the_base_tree_refuses_it(tmp_path: Path, path: str, data: bytes) -> None:
    place = ground.task(tmp_path / "one")
    ground.base(place, {path: data})
    assert look(place, "history").outcome == "failed"


@pytest.mark.parametrize("path", [".gitignore", ".github/workflows/ci.yml", "docs/git.md", ".gitmodules"])
def test_files_that_only_sound_like_a_history_do_not(tmp_path: Path, path: str) -> None:
    place = ground.task(tmp_path / "one")
    ground.base(place, {path: "git clone it\n"})
    assert look(place, "history").outcome == "passed"


@pytest.mark.parametrize("line", ["RUN git clone https://example.com/x.git", "ADD https://example.com/x.git /x"])
def test_an_image_that_fetches_a_history_refuses_it(tmp_path: Path, line: str) -> None:
    place = ground.task(tmp_path / "one")
    with (place / "environment/Dockerfile").open("a") as recipe:
        recipe.write(f"{line}\n")
    assert look(place, "history").outcome == "failed"


def test_a_red_test_that_stands_in_the_base_tree_word_for_word_is_shown(tmp_path: Path) -> None:
    place = ground.task(tmp_path / "one")
    ground.base(place, {"tests/test_backoff.py": "import os\n" + ground.hidden_text()})
    found = look(place, "hidden_tests")
    assert found.outcome == "failed"
    assert found.seen["tests"] == [ground.TURNS]


def test_a_version_of_the_test_that_asks_for_something_else_is_not_shown(tmp_path: Path) -> None:
    place = ground.task(tmp_path / "one")
    ground.base(place, {"tests/test_backoff.py": ground.hidden_text().replace("== 7", "== 8")})
    assert look(place, "hidden_tests").outcome == "passed"


def test_a_test_that_only_cannot_be_loaded_at_the_base_may_be_known(tmp_path: Path) -> None:
    place = ground.task(tmp_path / "one")
    ground.base(place, {"tests/test_backoff.py": "import os\n" + ground.hidden_text()})
    ground.spec(place, weak_fail_to_pass=[ground.TURNS])
    assert look(place, "hidden_tests").outcome == "passed"


def test_a_conftest_that_is_the_base_s_own_may_be_hidden_too(tmp_path: Path) -> None:
    place = ground.task(tmp_path / "one")
    text = "import pytest\n\n\n@pytest.fixture\ndef answer():\n    return 42\n"
    ground.base(place, {"tests/conftest.py": text})
    (place / "tests/hidden/tests/conftest.py").write_text(text)
    assert look(place, "hidden_tests").outcome == "passed"


@pytest.mark.parametrize(
    ("name", "test", "body"),
    [
        ("backoff_test.go", "example.com/backoff::TestDoubles", "func TestDoubles(t *testing.T) {\n\tt.Fatal(1)\n}\n"),
        ("tests/delay.rs", "tests/delay.rs::doubles", "#[test]\nfn doubles() {\n    assert_eq!(delay(3), 8);\n}\n"),
        ("cart.test.js", "cart.test.js::total counts add", "test('counts add', () => {\n  check(5);\n});\n"),
    ],
)
def test_a_test_of_another_language_in_the_base_tree_is_found(tmp_path: Path, name: str, test: str, body: str) -> None:
    place = ground.task(tmp_path / "one")
    ground.spec(place, fail_to_pass=[test], pass_to_pass=[])
    hidden = place / "tests/hidden" / name
    hidden.parent.mkdir(parents=True, exist_ok=True)
    hidden.write_text(f"// hidden\n{body}")
    for text, verdict in ((f"// base\n{body}", "failed"), (f"// hidden\n{body}", "failed"), ("// base\n", "passed")):
        ground.base(place, {name: text})
        assert look(place, "hidden_tests").outcome == verdict, text


@pytest.mark.parametrize("source", [ground.HIDDEN, "solution/fix.patch", "tests/grade.py"])
def test_tests_or_solution_in_the_agents_image_are_shown(tmp_path: Path, source: str) -> None:
    place = ground.task(tmp_path / "one")
    (place / "environment/more").mkdir()
    (place / "environment/more/notes.txt").write_bytes((place / source).read_bytes())
    found = look(place, "hidden_tests")
    assert found.outcome == "failed"
    assert f"{source} as environment/more/notes.txt" in found.detail


def test_a_solution_in_the_base_tree_beside_its_file_is_found(tmp_path: Path) -> None:
    place = ground.task(tmp_path / "one")
    ground.base(place, {"build/lib/backoff.py": FIXED})
    found = look(place, "leaks")
    assert found.outcome == "failed"
    assert found.seen["files"] == ["build/lib/backoff.py"]


@pytest.mark.parametrize("prefix", ["", "> ", "+", "    "])
def test_a_solution_in_the_instruction_is_found_however_it_is_set(tmp_path: Path, prefix: str) -> None:
    place = ground.task(tmp_path / "one")
    added = [line[1:] for line in FIX.format(limit=60).splitlines() if line.startswith("+    ")]
    with (place / "instruction.md").open("a") as words:
        words.write("\n".join(prefix + line for line in added))
    found = look(place, "leaks")
    assert found.outcome == "failed"
    assert "instruction.md tells 100% of the solution" in found.detail


def test_a_solution_told_in_the_seeded_conversation_is_found(tmp_path: Path) -> None:
    place = ground.task(tmp_path / "one")
    (place / "trajectory.json").write_text(json.dumps({"steps": [{"message": FIXED}, 7, None]}))
    found = look(place, "leaks")
    assert found.outcome == "failed"
    assert found.detail.startswith("trajectory.json tells")


def test_one_line_of_three_in_the_instruction_is_told_and_does_not_refuse(tmp_path: Path) -> None:
    place = ground.task(tmp_path / "one")
    with (place / "instruction.md").open("a") as words:
        words.write('Perhaps `if name.lower() == "retry-after"` helps.\n')
    assert look(place, "leaks").outcome == "warned"


def test_a_name_that_only_tests_and_solution_know_is_underspecified(tmp_path: Path) -> None:
    place = ground.task(tmp_path / "one")
    assert specification.look(read(place)).outcome == "passed"
    ground.edit(place / "solution/fix.patch", "+    for name", "+    wait_from_header = headers\n+    for name")
    ground.hidden(place, ground.hidden_text() + "\n\ndef test_it():\n    assert wait_from_header\n")
    found = specification.look(read(place))
    assert found.outcome == "warned"
    assert found.seen["names"] == ["wait_from_header"]
    with (place / "instruction.md").open("a") as words:
        words.write("Call it wait from header.\n")
    assert specification.look(read(place)).outcome == "passed"
