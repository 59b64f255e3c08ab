"""The real `gh`, on loopback: it opens an issue, is asked about it, and brings it up to date as `ticket --create` says.

It comes from the system (`apt-get install gh`, `brew install gh`); without it this is skipped, in CI it fails. GitHub
itself is a mock: gh speaks to its host github.localhost without encryption, and through a proxy.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from codex_loop.errors import Degraded, MissingPrerequisite
from codex_loop.report import github
from codex_loop.report.github import Github
from tests.fakes.github import CLOSED_AT, HOST, GitHub

pytestmark = pytest.mark.contract

TEXT = '# A problem\n\n`code`, *stars*, "quotes" and one line more\n<!-- codex-loop ticket of cluster_1 -->\n'


@pytest.fixture
def mock() -> GitHub:
    return GitHub()


@pytest.fixture
def gh(mock: GitHub, tmp_path: Path) -> Iterator[Github]:
    if shutil.which("gh") is None:
        if os.environ.get("CI") == "true":
            raise RuntimeError("gh is not on the PATH")
        pytest.skip("gh is not installed; `apt-get install gh` or `brew install gh` brings it")
    with mock.serve() as server:
        environ = {name: value for name, value in os.environ.items() if not name.startswith(("GH_", "GITHUB_"))}
        environ |= {"GH_HOST": HOST, "GH_TOKEN": "x", "GH_CONFIG_DIR": str(tmp_path / "gh"), "HOME": str(tmp_path)}
        environ |= {"HTTP_PROXY": server.url, "http_proxy": server.url, "NO_PROXY": "", "no_proxy": ""}
        environ |= {"GH_NO_UPDATE_NOTIFIER": "1"}
        yield github.find(environ, tmp_path, "acme/webshop")


def test_an_issue_is_opened_and_where_it_stands_is_known(gh: Github, mock: GitHub) -> None:
    link = github.create(gh, "[P2] tests fail: 100 %", TEXT)
    assert link == f"https://{HOST}/acme/webshop/issues/7"
    assert (mock.issues[7]["title"], mock.issues[7]["body"]) == ("[P2] tests fail: 100 %", TEXT)


def test_an_issue_is_edited_closed_seen_as_closed_and_opened_again(gh: Github, mock: GitHub) -> None:
    link = github.create(gh, "before", "before\n")
    github.edit(gh, link, "after", TEXT)
    assert (mock.issues[7]["title"], mock.issues[7]["body"]) == ("after", TEXT)
    assert github.closed_ms(gh, link) is None
    github.close(gh, link)
    assert mock.issues[7]["closedAt"] == CLOSED_AT
    assert github.closed_ms(gh, link) == 1_795_600_800_000
    github.reopen(gh, link)
    assert (mock.issues[7]["state"], github.closed_ms(gh, link)) == ("OPEN", None)
    assert len(mock.issues) == 1


def test_who_is_not_logged_in_is_told_how_to(gh: Github, mock: GitHub) -> None:
    nobody = {name: value for name, value in gh.environ.items() if name not in ("GH_TOKEN", "GH_HOST")}
    with pytest.raises(MissingPrerequisite, match="run `gh auth login`"):
        github.create(gh._replace(environ=nobody), "title", "text\n")
    assert mock.asked == []


def test_an_issue_that_is_gone_is_said_to_be(gh: Github) -> None:
    with pytest.raises(Degraded, match="gh issue view failed"):
        github.closed_ms(gh, f"https://{HOST}/acme/webshop/issues/99")
