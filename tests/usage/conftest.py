"""Status programs, and a plan that uses them; a store, and what tokens cost."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from codex_loop.usage.prices import PriceTable, price_table
from codex_loop.usage.sampler.cycle import Plan
from codex_loop.usage.sampler.tools import StatusTool
from tests.store.builder import Builder
from tests.usage.status_programs import Programs


@pytest.fixture
def programs(tmp_path: Path) -> Programs:
    if sys.platform == "win32":
        pytest.skip("the programs are scripts with a first line that Windows does not read")
    return Programs(tmp_path / "bin")


@pytest.fixture
def planned(tmp_path: Path) -> Callable[..., Plan]:
    """A plan for two programs; None disables a source."""

    def plan(claude: str | None, codex: str | None, **settings: object) -> Plan:
        folder = tmp_path / "samples"
        folder.mkdir(exist_ok=True)
        tools = (
            StatusTool("claude", None if claude is None else (claude,)),
            StatusTool("codex", None if codex is None else (codex,)),
        )
        return Plan(folder, tools, str(tmp_path / "redaction.key"))._replace(**settings)  # type: ignore[arg-type]

    return plan


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> PriceTable:
    return price_table(tmp_path_factory.mktemp("prices"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Builder]:
    builder = Builder(str(tmp_path / "loop.db"))
    yield builder
    builder.close()
