"""A loopback HTTP server in a thread: the plumbing both mock providers share."""

from __future__ import annotations

import json
import select
import socket
import ssl
import sys
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Protocol, Self

_GONE = (BrokenPipeError, ConnectionResetError, ConnectionAbortedError, TimeoutError)


class HungUpError(Exception):
    """The agent hung up, or the server is stopping."""


class Exchange:
    """One request and the means to answer it."""

    def __init__(self, handler: BaseHTTPRequestHandler, body: bytes, stopping: threading.Event) -> None:
        self._handler = handler
        self._stopping = stopping
        self.method = handler.command
        self.path = handler.path.split("?")[0]
        self.headers: Mapping[str, str] = {key.lower(): value for key, value in handler.headers.items()}
        self.body = body

    def reply(self, status: int, payload: object, headers: Mapping[str, str] | None = None) -> None:
        data = b"" if payload is None else json.dumps(payload).encode()
        self._head(status, {"content-type": "application/json", **(headers or {}), "content-length": str(len(data))})
        self._write(data)

    def open_stream(self, headers: Mapping[str, str] | None = None) -> None:
        self._handler.close_connection = True
        self._head(200, {"content-type": "text/event-stream", "connection": "close", **(headers or {})})

    def event(self, kind: str, data: Mapping[str, object]) -> None:
        self._write(f"event: {kind}\ndata: {json.dumps({'type': kind, **data})}\n\n".encode())

    def pause(self, seconds: float) -> None:
        if self._stopping.wait(seconds):
            raise HungUpError

    def hang(self) -> None:
        """Stay silent until the other side goes away."""
        while not self._stopping.wait(0.05):
            readable, _, _ = select.select([self._handler.connection], [], [], 0)
            if readable and not self._peek():
                break
        raise HungUpError

    def cut(self) -> None:
        """Break the connection in the middle of the stream."""
        self._handler.wfile.flush()
        self._handler.connection.shutdown(socket.SHUT_RDWR)
        raise HungUpError

    def _peek(self) -> bytes:
        try:
            first: bytes = self._handler.connection.recv(1, socket.MSG_PEEK)
        except OSError:
            return b""
        return first

    def _head(self, status: int, headers: Mapping[str, str]) -> None:
        self._handler.send_response(status)
        for key, value in headers.items():
            self._handler.send_header(key, value)
        try:
            self._handler.end_headers()
        except _GONE as gone:
            raise HungUpError from gone

    def _write(self, data: bytes) -> None:
        try:
            self._handler.wfile.write(data)
            self._handler.wfile.flush()
        except _GONE as gone:
            raise HungUpError from gone


class Provider(Protocol):
    def answer(self, exchange: Exchange) -> None: ...


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name http.server uses
        """Silent: the ledger is the log."""

    def _serve(self) -> None:
        body = self._body()
        try:
            self.server.provider.answer(Exchange(self, body, self.server.stopping))
        except HungUpError:
            self.close_connection = True

    do_GET = do_POST = do_HEAD = _serve  # noqa: N815 - names that http.server looks up

    def _body(self) -> bytes:
        if "chunked" in (self.headers.get("transfer-encoding") or ""):
            return b"".join(self._chunks())
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        return _unzip(raw) if self.headers.get("content-encoding") == "zstd" else raw

    def _chunks(self) -> list[bytes]:
        parts: list[bytes] = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return parts


def _unzip(raw: bytes) -> bytes:
    import zstandard  # only requests of a ChatGPT login are compressed

    return zstandard.ZstdDecompressor().decompressobj().decompress(raw)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, provider: Provider, tls: ssl.SSLContext | None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        if tls is not None:
            # The handshake waits for the first read, in the thread of the connection.
            self.socket = tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.provider = provider
        self.stopping = threading.Event()

        self.faults: list[BaseException] = []

    def handle_error(self, request: object, client_address: object) -> None:
        """An agent that is killed leaves half-open sockets behind, which is no news; all else is our own fault."""
        fault = sys.exception()
        if fault is not None and not isinstance(fault, OSError):
            self.faults.append(fault)


class Loopback:
    """Serves a provider on 127.0.0.1 at a free port; a context manager that stops by itself."""

    def __init__(self, provider: Provider, tls: ssl.SSLContext | None = None) -> None:
        self._scheme = "http" if tls is None else "https"
        self._server = _Server(provider, tls)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="mock-provider", daemon=True
        )

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self.port}"

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)
        if self._server.faults and error is None:
            raise RuntimeError("the mock provider failed") from self._server.faults[0]
