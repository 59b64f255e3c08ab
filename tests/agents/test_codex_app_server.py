"""Codex's app-server, as it answers and as it may not."""

from __future__ import annotations

import pytest

from codex_loop.agents import codex_app_server
from codex_loop.sources.samples.event import NotSaid
from tests.agents.conftest import Write, soon

SERVER = """
LIMITS = {"limitId": "codex", "planType": "pro", "secondary": None,
          "primary": {"usedPercent": 41, "windowDurationMins": 300, "resetsAt": 1795264800}}
ACCOUNT = {"account": {"type": "chatgpt", "email": "dev@example.com"}}

def say(**message):
    print(json.dumps(message), flush=True)

def reply(request, account=ACCOUNT, limits=None, **more):
    method = request["method"]
    if method == "initialize":
        say(id=request["id"], result={})
    elif method == "account/read" and account is not None:
        say(id=request["id"], result=account)
    elif method == "account/rateLimits/read":
        say(id=request["id"], **(limits or {"result": {"rateLimits": LIMITS, **more}}))

def requests():
    for line in sys.stdin:
        with open(os.path.join(here, "heard"), "a") as heard:
            heard.write(line)
        yield json.loads(line)
"""


def test_limits_and_account_are_told(program: Write) -> None:
    found = codex_app_server.ask(program(SERVER + "for request in requests(): reply(request)"), soon(20))
    assert found.windows["5h_limit"].used_percent == 41
    assert (found.plan, found.account) == ("pro", "dev@example.com")


def test_it_is_introduced_to_first_and_asked_once(program: Write) -> None:
    place = program(SERVER + "for request in requests(): reply(request)")
    codex_app_server.ask(place, soon(20))
    heard = (place.folder / "heard").read_text().splitlines()
    methods = [line.split('"method":"')[1].split('"')[0] for line in heard]
    assert methods == ["initialize", "initialized", "account/read", "account/rateLimits/read"]
    assert not any("thread" in method for method in methods)


def test_the_account_of_the_limits_beats_the_one_that_is_logged_in(program: Write) -> None:
    talk = SERVER + "for request in requests(): reply(request, accountId='acct-EXAMPLE')"
    assert codex_app_server.ask(program(talk), soon(20)).account == "acct-EXAMPLE"


def test_notices_garbage_and_requests_of_its_own_are_passed_over(program: Write) -> None:
    noise = """
for request in requests():
    print("not json"); print("[1,2]"); print("\\x00"); print(json.dumps({"id": 3, "method": "ask/you", "params": {}}))
    say(method="account/rateLimits/updated", params={"rateLimits": {"primary": {"usedPercent": 99}}})
    reply(request)
"""
    assert codex_app_server.ask(program(SERVER + noise), soon(20)).windows["5h_limit"].used_percent == 41


def test_limits_without_an_account_are_limits(program: Write) -> None:
    refuse = "for request in requests(): reply(request, account=None)"
    place = program(SERVER + refuse)
    found = codex_app_server.ask(place, soon(20))
    assert (found.windows["5h_limit"].used_percent, found.account) == (41, None)


ANSWERING = "for request in requests(): reply(request, limits={limits!r})"
NO_PLAN = {"error": {"code": -32600, "message": "chatgpt authentication required to read rate limits"}}
NO_LOGIN = {"error": {"code": -32600, "message": "codex account authentication required to read rate limits"}}


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (ANSWERING.format(limits=NO_PLAN), "unavailable"),
        (ANSWERING.format(limits=NO_LOGIN), "auth"),
        (ANSWERING.format(limits={"result": {"rateLimits": {"primary": None}}}), "unavailable"),
        (ANSWERING.format(limits={"result": {"windows": []}}), "parse"),
        ("print('what?'); sys.exit('unrecognized subcommand')", "exec"),
        ("for request in requests(): pass", "timeout"),
        ("time.sleep(600)", "timeout"),
        ("while True: print('x' * 4000)", "parse"),
    ],
)
def test_no_answer_has_its_reason(program: Write, lines: str, reason: str) -> None:
    with pytest.raises(NotSaid) as refusal:
        codex_app_server.ask(program(SERVER + lines), soon(1.5 if reason == "timeout" else 20))
    assert refusal.value.reason == reason
