"""docs/sampler.md says what the sampler does."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from codex_loop.settings import FIELDS
from codex_loop.sources.samples.event import Reason
from codex_loop.sources.samples.spellings import LEFT, USED
from codex_loop.usage.sampler.state import SamplerState

PAGE = (Path(__file__).parents[3] / "docs" / "sampler.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["claude_status", "codex_status"])
def test_both_variables_stand_there_to_be_copied(name: str) -> None:
    variable = FIELDS[name].variables[-1]
    assert f"`{variable}`" in PAGE
    assert f'\n{variable}="/' in PAGE


@pytest.mark.parametrize("reason", [*get_args(Reason), "write"])
def test_every_reason_is_explained(reason: str) -> None:
    assert f"| `{reason}` |" in PAGE


def test_the_state_is_described_by_its_own_fields() -> None:
    fields = set(SamplerState.__struct_fields__) - {"schema", "backoff_s", "cycles"}
    assert [name for name in sorted(fields) if f"`{name}`" not in PAGE] == []


def test_the_spellings_that_are_named_are_understood() -> None:
    assert {"used_percent", "percent_used", "utilization", "used"} <= set(USED)
    assert {"percent_left", "remaining_percent"} <= set(LEFT)
