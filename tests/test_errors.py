"""The error tree is what its drawing says, and errors survive the way home from a worker process."""

import pickle
import re

import pytest

from codex_loop import errors
from codex_loop.errors import CodexLoopError, SchemaTooNew, SettingsError, StoreDamaged, StoreMissing


def tree(root: type[CodexLoopError], depth: int = 0) -> list[tuple[int, str, int]]:
    found = [(depth, root.__name__, int(root.exit_code))]
    for child in root.__subclasses__():
        found += tree(child, depth + 1)
    return found


def test_the_drawing_shows_every_error_with_its_exit_code() -> None:
    drawn = re.findall(r"^([ │├└─]*)(\w+) .*(\d)$", errors.__doc__ or "", re.MULTILINE)
    assert [(len(branch) // 4, name, int(code)) for branch, name, code in drawn] == tree(CodexLoopError)[1:]


@pytest.mark.parametrize(
    "error",
    [
        SchemaTooNew("a.db", found="0009", known="0002"),
        StoreMissing("a.db"),
        StoreDamaged("a.db", detail="file is not a database"),
        SettingsError("config.toml", problem="no such setting"),
    ],
)
def test_an_error_keeps_its_sentence_and_its_data_between_processes(error: CodexLoopError) -> None:
    returned = pickle.loads(pickle.dumps(error))
    assert (type(returned), str(returned), vars(returned)) == (type(error), str(error), vars(error))


def test_a_message_says_which_one_and_what_to_do() -> None:
    assert str(StoreMissing("a.db")) == "no store at a.db yet; run `codex-loop ingest` first"
