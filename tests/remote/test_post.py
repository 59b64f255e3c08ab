"""Questions to a provider, asked of a loopback server that answers as it is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from email.message import Message
from http.client import InvalidURL
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.error import HTTPError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_loop.remote import post
from codex_loop.remote.post import ATTEMPTS, WAIT_S, Answer, _again, _Refused, _seconds, ask, shown


class Provider(HTTPServer):
    """Answers with these status codes, one after the other, and then with the last for ever."""

    def __init__(self, codes: list[int]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.codes, self.asked = codes, 0
        self.keys: list[str | None] = []
        self.url = f"http://127.0.0.1:{self.server_port}/ask"


class _Handler(BaseHTTPRequestHandler):
    server: Provider

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        code = self.server.codes[min(self.server.asked, len(self.server.codes) - 1)]
        self.server.asked += 1
        self.server.keys.append(self.headers["Authorization"])
        body = b"{}" if code == 200 else b""
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Location", self.server.url)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider([200]) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("codes", "answer", "asked"),
    [
        ([200], Answer(b"{}"), 1),
        ([503, 429, 200], Answer(b"{}"), 3),
        ([500], Answer(None, "status 500"), ATTEMPTS),
        ([401, 200], Answer(None, "status 401"), 1),
        ([302, 200], Answer(None, "status 302"), 1),
    ],
)
def test_only_what_may_pass_is_asked_again(provider: Provider, codes: list[int], answer: Answer, asked: int) -> None:
    provider.codes = codes
    assert (ask(provider.url, "sk-test", b"{}"), provider.asked) == (answer, asked)


def test_a_key_is_sent_without_the_line_end_of_its_file(provider: Provider) -> None:
    assert ask(provider.url, " sk-test\r\n", b"{}") == Answer(b"{}")
    assert provider.keys == ["Bearer sk-test"]


@pytest.mark.parametrize("key", ["sk-first\nsk-second", "sk-first\x00", "sk-fir\u200bst", "\n"])
def test_a_key_that_cannot_be_sent_is_not_told_either(provider: Provider, key: str) -> None:
    answer = ask(provider.url, key, b"{}")
    assert (answer.data, provider.asked) == (None, 0)
    assert "sk-" not in answer.reason
    assert "key" in answer.reason


def test_an_answer_without_end_is_not_held_in_memory(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(post, "MOST_BYTES", 1)
    answer = ask(provider.url, "sk-test", b"{}")
    assert (answer.data, provider.asked) == (None, 1)
    assert "more than" in answer.reason


def test_an_address_that_is_none_is_not_tried_again() -> None:
    assert not _again(InvalidURL("nonnumeric port: 'port'"))
    assert ask("http://127.0.0.1:port/ask", "sk-test", b"{}").data is None


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("https://ann:pa/ss@word@host/v1/x", "https://host/v1/x"),
        ("ann:pass@host", "host"),
        ("https://host:1/a//b", "https://host:1/a//b"),
    ],
)
def test_who_asks_with_what_password_is_in_no_message(place: str, told: str) -> None:
    assert shown(place) == told


@pytest.mark.parametrize("place", ["http://ann:passw0rd@127.0.0.1/x", "ann:passw0rd@127.0.0.1/x"])
def test_an_address_with_a_password_is_refused_without_telling_it(place: str) -> None:
    answer = ask(place, "sk-test", b"{}")
    assert answer.data is None
    assert "passw0rd" not in answer.reason


@pytest.mark.parametrize("place", ["nowhere", "http://127.0.0.1:9/ask"])
def test_nobody_there_is_an_answer_with_its_reason(place: str) -> None:
    answer = ask(place, "sk-test", b"{}")
    assert answer.data is None
    assert answer.reason


@pytest.mark.parametrize(
    ("code", "said", "again"),
    [
        (429, None, True),
        (429, "7", 7.0),
        (429, "0", True),
        (503, "Wed, 21 Oct 2026 07:28:00 GMT", True),
        (429, str(WAIT_S + 1), True),
        (400, "7", False),
    ],
)
def test_a_server_may_say_when_to_ask_again(code: int, said: str | None, again: bool | float) -> None:
    headers = Message()
    if said is not None:
        headers["Retry-After"] = said
    assert _again(_Refused(HTTPError("http://127.0.0.1/", code, "", headers, None))) == again


@given(st.text() | st.floats().map(str) | st.integers().map(str))
def test_whatever_a_server_says_nobody_waits_longer_than_half_a_minute(said: str) -> None:
    wait_s = _seconds(said)
    assert wait_s is None or 0 < wait_s <= WAIT_S
