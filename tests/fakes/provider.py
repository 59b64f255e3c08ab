"""A provider's server for one path: it remembers what it was asked and answers as it is told to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[dict[str, Any]], dict[str, Any]]


class Provider(ThreadingHTTPServer):
    """Answers every POST to `/v1/PATH`; `failures` are statuses it answers with first, `body` is said instead."""

    def __init__(self, path: str, answer: Answer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.path, self.answer = f"/v1/{path}", answer
        self.asked: list[dict[str, Any]] = []
        self.keys: set[str | None] = set()
        self.failures: list[int] = []
        self.body: bytes | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class _Handler(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        """Only who follows a redirect comes here."""
        self.server.asked.append({"followed": self.path})

    def do_POST(self) -> None:
        said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(said)
        self.server.keys.add(self.headers["Authorization"])
        status = self.server.failures.pop(0) if self.server.failures else 200
        body = json.dumps(self.server.answer(said)).encode() if self.server.body is None else self.server.body
        self.send_response(status if self.path == self.server.path else 404)
        if 300 <= status < 400:
            self.send_header("Location", self.server.path)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(path: str, answer: Answer) -> Iterator[Provider]:
    """The server, for as long as the block runs."""
    server = Provider(path, answer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
