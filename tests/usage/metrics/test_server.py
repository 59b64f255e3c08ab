"""The page over HTTP, asked for by a real client."""

from __future__ import annotations

import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from prometheus_client.parser import text_string_to_metric_families

from codex_loop.errors import UsageError
from codex_loop.usage.metrics.family import Family, Sample, gauge
from codex_loop.usage.metrics.server import MetricsServer, refuse_open_door

TOKEN = "correct horse battery staple"


def families() -> tuple[Family, ...]:
    return (gauge("codexloop_limit_used_ratio", "Used.", [Sample({"source": "codex", "window": "5h"}, 0.42)]),)


@contextmanager
def serving(
    token: str | None = None, host: str = "127.0.0.1", read: Callable[[], tuple[Family, ...]] = families
) -> Iterator[MetricsServer]:
    with MetricsServer(host, 0, token, read) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def get(url: str, **headers: str) -> tuple[int, str, dict[str, str]]:
    request = urllib.request.Request(url, headers={name.replace("_", "-"): text for name, text in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            body: bytes = answer.read()
            return answer.status, body.decode(), dict(answer.headers)
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.read().decode(), dict(refusal.headers)


def test_a_scraper_gets_every_sample() -> None:
    with serving() as server:
        code, page, headers = get(server.url)
    (family,) = text_string_to_metric_families(page)
    assert code == 200
    assert headers["Content-Type"].startswith("text/plain")
    assert [(each.name, each.labels, each.value) for each in family.samples] == [
        ("codexloop_limit_used_ratio", {"source": "codex", "window": "5h"}, 0.42)
    ]


def test_a_scraper_that_likes_openmetrics_gets_it() -> None:
    with serving() as server:
        _, page, headers = get(server.url, Accept="application/openmetrics-text;version=1.0.0,text/plain;q=0.5")
    assert headers["Content-Type"].startswith("application/openmetrics-text")
    assert page.endswith("# EOF\n")


def test_what_is_told_is_read_anew_each_time() -> None:
    numbers = iter((1.0, 2.0))
    with serving(read=lambda: (gauge("a", "A.", [Sample({}, next(numbers))]),)) as server:
        assert [get(server.url)[1].splitlines()[-1] for _ in range(2)] == ["a 1.0", "a 2.0"]


def test_two_scrapers_do_not_wait_for_each_other() -> None:
    together = threading.Barrier(2, timeout=10)

    def read() -> tuple[Family, ...]:
        together.wait()  # passes only when both are being answered
        return families()

    with serving(read=read) as server, ThreadPoolExecutor(2) as scrapers:
        assert [code for code, *_ in scrapers.map(get, (server.url, server.url))] == [200, 200]


def test_a_token_is_asked_for_and_only_the_right_one_opens() -> None:
    with serving(TOKEN) as server:
        assert get(server.url)[0] == 401
        assert get(server.url, Authorization="Bearer correct horse battery stable")[0] == 401
        assert get(server.url, Authorization=TOKEN)[0] == 401
        assert get(server.url, Authorization="Bearer ")[0] == 401
        code, page, _ = get(server.url, Authorization=f"Bearer {TOKEN}")
    assert (code, "0.42" in page) == (200, True)


def test_a_refusal_tells_nothing() -> None:
    with serving(TOKEN) as server:
        assert "codexloop" not in get(server.url)[1]


def test_another_name_for_this_machine_gets_nothing_without_a_token() -> None:
    with serving() as server:
        assert get(server.url, Host="rebound.example:9090")[0] == 403
        assert get(server.url, Host="localhost:9090")[0] == 200
        assert get(server.url, Host="[::1]:9090")[0] == 200


def test_only_the_page_is_there() -> None:
    with serving() as server:
        base = server.url.removesuffix("/metrics")
        assert get(f"{base}/metrics?name=x")[0] == 200
        assert "/metrics" in get(f"{base}/")[1]
        assert get(f"{base}/etc/passwd")[0] == 404
        request = urllib.request.Request(server.url, data=b"x", method="POST")
        with pytest.raises(urllib.error.HTTPError, match="501") as refusal:
            urllib.request.urlopen(request, timeout=10)
        refusal.value.close()


def test_a_head_request_gets_no_body() -> None:
    with serving() as server:
        request = urllib.request.Request(server.url, method="HEAD")
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert (answer.status, answer.read()) == (200, b"")


def test_a_scraper_that_goes_away_costs_the_next_one_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    with serving() as server:
        for words in (b"", b"GET /metr", b"GET /metrics HTTP/1.1\r\nHost: ::1\r\n\r\n", b"\x16\x03\x01\x00\xff\n"):
            with socket.create_connection(("127.0.0.1", server.server_port), timeout=10) as peer:
                peer.sendall(words)
        assert get(server.url)[0] == 200
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("host", ["", "0.0.0.0", "::", "192.0.2.7", "example.org", "127.0.0.1.example.org"])
def test_an_address_open_to_others_needs_a_token(host: str) -> None:
    with pytest.raises(UsageError, match="token"):
        refuse_open_door(host, None)
    refuse_open_door(host, TOKEN)


@pytest.mark.parametrize("token", ["", "short", "x" * 15])
def test_a_token_that_can_be_guessed_is_none(token: str) -> None:
    with pytest.raises(UsageError, match="too short"):
        refuse_open_door("127.0.0.1", token)


def test_a_port_in_use_is_one_sentence_with_a_way_out() -> None:
    with serving() as server, pytest.raises(UsageError, match="choose others with --port"):
        MetricsServer("127.0.0.1", server.server_port, None, families)


def test_a_host_that_is_none_is_one_sentence() -> None:
    with pytest.raises(UsageError, match="no address belongs to"):
        MetricsServer("no-such-host.invalid", 0, TOKEN, families)


def test_the_newer_address_family_works_where_the_machine_has_it() -> None:
    try:
        with serving(host="::1") as server:
            assert server.url.startswith("http://[::1]:")
            assert get(server.url)[0] == 200
    except UsageError:
        pytest.skip("this machine has no ::1")
