"""A certificate authority of a test's own: agents that insist on TLS are told to believe it, and nobody else is."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path
from typing import NamedTuple

_CA = "/CN=codex-loop tests"
_EXTENSION = "subjectAltName={names}\nbasicConstraints=critical,CA:false\nextendedKeyUsage=serverAuth\n"


class Authority(NamedTuple):
    """What a client must believe, and what a server shows."""

    bundle: Path
    certificate: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


def make(folder: Path, *names: str) -> Authority:
    """An authority, and a certificate for these names and the loopback address."""
    folder.mkdir(parents=True, exist_ok=True)
    allowed = ",".join(["IP:127.0.0.1", *(f"DNS:{name}" for name in names)])
    (folder / "names").write_text(_EXTENSION.format(names=allowed), encoding="utf-8")
    new = ["req", "-newkey", "rsa:2048", "-nodes", "-keyout"]
    _openssl(folder, *new, "ca.key", "-x509", "-days", "2", "-subj", _CA, "-out", "ca.pem")
    _openssl(folder, *new, "server.key", "-subj", f"/CN={names[0]}", "-out", "server.csr")
    signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "names"]
    _openssl(folder, "x509", "-req", "-in", "server.csr", *signed, "-out", "server.pem")
    return Authority(folder / "ca.pem", folder / "server.pem", folder / "server.key")


def _openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)
