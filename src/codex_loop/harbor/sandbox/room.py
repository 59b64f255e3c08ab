"""One sandbox: a folder that is its root, the host's programs over it, and nothing of anybody's home.

Each command is a bubblewrap of its own over the same folder, so files stay and processes do not. The folder is never
looked into from outside: what a program in it made of its paths (a link to a secret, say) only holds inside.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

HOME = "/home/agent"
WORKSHOP = "/opt/workshop"
"""A Python with pip and pytest; what pip adds goes to LOCAL, which it sees."""
PYTHON = "/opt/python"
"""The interpreter of the workshop, where it is not one of the host's /usr."""
LOCAL = "/opt/local"
SHIMS = "/opt/shims"
_UID = "1000"
_SYSTEM = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
_ETC = (
    "alternatives",
    "ca-certificates",
    "ca-certificates.conf",
    "debian_version",
    "fonts",
    "gai.conf",
    "host.conf",
    "hosts",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "lsb-release",
    "java-*",
    "localtime",
    "magic",
    "maven",
    "mime.types",
    "nsswitch.conf",
    "os-release",
    "perl",
    "php",
    "pki/ca-trust",
    "pki/tls/cert.pem",
    "pki/tls/certs",
    "pki/tls/openssl.cnf",
    "protocols",
    "python3*",
    "R",
    "services",
    "ssl/cert.pem",
    "ssl/certs",
    "ssl/openssl.cnf",
    "terminfo",
    "timezone",
)
"""What programs need to start. Of the rest of /etc nothing is shown: it holds this machine's secrets."""
_FOLDERS = (
    "dev",
    "etc",
    "home/agent",
    "logs/agent",
    "logs/artifacts",
    "logs/verifier",
    "mnt",
    "opt/local/bin",
    "proc",
    "root",
    "run",
    "solution",
    "srv",
    "sys",
    "tests",
    "tmp",
    "usr",
    "var/cache",
    "var/lib",
    "var/log",
    "var/tmp",
)
_PASSWD = f"""\
root:x:0:0:root:/root:/bin/bash
agent:x:{_UID}:{_UID}:agent:{HOME}:/bin/bash
nobody:x:65534:65534::/:/bin/false
"""
_GROUP = f"root:x:0:\nagent:x:{_UID}:\nnogroup:x:65534:\n"
USUAL_PATH = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
PATH = (SHIMS, f"{LOCAL}/bin", f"{WORKSHOP}/bin", *USUAL_PATH)

NAMESPACES = ("--unshare-user", "--uid", _UID, "--gid", _UID, "--unshare-pid", "--unshare-ipc", "--unshare-uts")
"""What every sandbox has to itself; `--unshare-net` may come to it."""


class Bind(NamedTuple):
    """A path of the host that is seen, read-only, at a place in the sandbox."""

    source: str
    target: str


class Limits(NamedTuple):
    """What one process may take; None: no limit. Of a whole sandbox nothing is limited."""

    memory_mb: int | None = None
    storage_mb: int | None = None


class Room(NamedTuple):
    """What a sandbox is made of."""

    root: Path
    binds: tuple[Bind, ...] = ()
    path: tuple[str, ...] = ()
    """Before everything else on the PATH."""
    limits: Limits = Limits()

    def furnish(self) -> None:
        """Make the folders that programs expect."""
        for folder in _FOLDERS:
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        for folder in ("tmp", "var/tmp"):
            (self.root / folder).chmod(0o1777)
        for name in _SYSTEM:
            host, own = Path("/", name), self.root / name
            if host.is_symlink() and not own.is_symlink():
                own.symlink_to(host.readlink())
        (self.root / "etc/passwd").write_text(_PASSWD, encoding="ascii")
        (self.root / "etc/group").write_text(_GROUP, encoding="ascii")

    def command(self, arguments: Sequence[str], *, folder: str, network: bool) -> list[str]:
        """How to start that program in the sandbox. Its environment is that of the process it is started with."""
        made = [shutil.which("bwrap") or "bwrap", *NAMESPACES]
        made += () if network else ("--unshare-net",)
        made += ("--hostname", "sandbox", "--die-with-parent", "--new-session", "--bind", str(self.root), "/")
        made += _host()
        made += ("--proc", "/proc", "--dev", "/dev")
        for bind in self.binds:
            made += ("--ro-bind", bind.source, bind.target)
        return [*made, "--chdir", folder, "--", *self._limited(), *arguments]

    def environ(self, variables: Mapping[str, str]) -> dict[str, str]:
        """The whole environment of a command: nothing of ours goes in."""
        usual = {
            "HOME": HOME,
            "USER": "agent",
            "LOGNAME": "agent",
            "LANG": "C.UTF-8",
            "TERM": "dumb",
            "PATH": ":".join((*self.path, *PATH)),
            "PIP_PREFIX": LOCAL,
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_NO_INPUT": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        return {**usual, **variables}

    def _limited(self) -> list[str]:
        limit = shutil.which("prlimit")
        if limit is None or not limit.startswith("/usr/"):
            return []
        made = [limit, "--core=0"]
        # Data, not address space: programs with a just-in-time compiler reserve more addresses than any machine has.
        made += [] if self.limits.memory_mb is None else [f"--data={self.limits.memory_mb << 20}"]
        made += [] if self.limits.storage_mb is None else [f"--fsize={self.limits.storage_mb << 20}"]
        return [*made, "--"]


def _host() -> list[str]:
    """The host's programs and the few of its settings that they need, read-only."""
    made = ["--ro-bind", "/usr", "/usr"]
    for name in _SYSTEM:
        path = Path("/", name)
        if path.is_dir() and not path.is_symlink():
            made += ["--ro-bind", str(path), str(path)]
    for pattern in _ETC:
        for path in sorted(Path("/etc").glob(pattern)):
            made += ["--ro-bind-try", str(path), str(path)]
    made += ["--ro-bind-try", str(Path("/etc/resolv.conf").resolve()), "/etc/resolv.conf"]
    return [*made, "--ro-bind-try", "/var/lib/dpkg", "/var/lib/dpkg"]


def given(text: str) -> tuple[Bind, ...]:
    """`SOURCE[:TARGET]`, several with commas; raise ValueError for a place that is not there."""
    binds = []
    for part in filter(None, (each.strip() for each in text.split(","))):
        source, _, target = part.partition(":")
        found = Path(source).expanduser()
        if not found.exists():
            raise ValueError(f"{source} does not exist, so it cannot be shown in the sandbox")
        if not (target or source).startswith("/"):
            raise ValueError(f"{part} must be shown at an absolute path; write SOURCE:TARGET")
        binds.append(Bind(str(found.absolute()), target or str(found.absolute())))
    return tuple(binds)
