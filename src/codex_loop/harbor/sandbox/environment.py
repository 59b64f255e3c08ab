"""The environment class that Harbor loads: a task's sandbox, or that of its verifier, which has no network.

Paths of the sandbox are only looked at from inside it: files go in and out through a `tar` that runs in there.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import tarfile
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import IO, Any

from harbor.environments.base import (  # type: ignore[import-not-found]  # it is there where this file is loaded
    BaseEnvironment,
    ExecResult,
    SandboxBuildFailedError,
    transfer_tar_filter,
)
from harbor.environments.capabilities import (  # type: ignore[import-not-found]
    EnvironmentCapabilities,
    EnvironmentResourceCapabilities,
)

from codex_loop.harbor.sandbox import built, dockerfile
from codex_loop.harbor.sandbox.room import PYTHON, SHIMS, USUAL_PATH, WORKSHOP, Bind, Limits, Room, given

STATES = "CODEX_LOOP_SANDBOX_STATES"
"""The folder for the roots of the sandboxes; whoever starts Harbor removes what a killed one left there."""
BUILD_VARIABLES = "CODEX_LOOP_PASS_TO_BUILD"
WORKSHOP_VARIABLE = "CODEX_LOOP_SANDBOX_WORKSHOP"
PYTHON_VARIABLE = "CODEX_LOOP_SANDBOX_PYTHON"
_MANAGERS = ("apt-get", "apt", "apk")
_TIMED_OUT = 124
_SAID = 2000
_VERIFIER = "__verifier__"


class BubblewrapEnvironment(BaseEnvironment):  # type: ignore[misc]  # its base is unknown where it is checked
    """A sandbox over the host's programs.

    `bind`: more to be seen, `SOURCE[:TARGET]` with commas. `path`: folders before the PATH, with colons. `network`:
    false takes the agent's away. `verifier_network`: true gives one to the verifier. `pass_to_build`: names of
    variables that the commands of the Dockerfile get, with commas (a proxy, a package index).
    """

    def __init__(
        self,
        *args: Any,  # Harbor's own
        bind: str = "",
        path: str = "",
        network: bool = True,
        verifier_network: bool = False,
        pass_to_build: str = "",
        **kwargs: Any,
    ) -> None:
        self._given = given(bind)
        self._path = tuple(filter(None, path.split(":")))
        self._wishes = (network, verifier_network)
        passed = f"{pass_to_build},{os.environ.get(BUILD_VARIABLES, '')}".split(",")
        self._build_variables = {name: os.environ[name] for name in map(str.strip, passed) if name in os.environ}
        self._state: Path | None = None
        self._recipe = dockerfile.Recipe((), "/", {})
        super().__init__(*args, **kwargs)

    @staticmethod
    def type() -> str:
        return "bubblewrap"

    @property
    def capabilities(self) -> EnvironmentCapabilities:
        return EnvironmentCapabilities(disable_internet=True, dynamic_network_policy=True)

    @classmethod
    def resource_capabilities(cls) -> EnvironmentResourceCapabilities | None:
        return None

    @classmethod
    def preflight(cls) -> None:
        if shutil.which("bwrap") is None:
            raise SystemExit("bubblewrap is not installed; install the package bubblewrap, or use docker")
        if WORKSHOP_VARIABLE not in os.environ:
            raise SystemExit("this environment is started by codex-loop; run `codex-loop measure`")

    def _validate_definition(self) -> None:
        if not self._dockerfile.is_file():
            other = [name for name in ("docker-compose.yaml", "singularity-compose.yaml") if self._has(name)]
            what = f"{other[0]} needs docker" if other else "there is no Dockerfile, and images cannot be run"
            raise SandboxBuildFailedError(f"{self.environment_dir}: {what}")
        if self._has(".dockerignore"):
            raise SandboxBuildFailedError(f"{self.environment_dir}: a .dockerignore needs docker")

    def _has(self, name: str) -> bool:
        return (Path(self.environment_dir) / name).is_file()

    @property
    def _dockerfile(self) -> Path:
        return Path(self.environment_dir) / "Dockerfile"

    async def _apply_network_policy(self, network_policy: object) -> None:
        """Every command is a sandbox of its own, so the next one has what the policy says."""

    @property
    def _network(self) -> bool:
        agents: bool
        verifiers: bool
        agents, verifiers = self._wishes
        if self._network_disabled:
            return False
        return verifiers if _VERIFIER in self.session_id else agents

    @property
    def _room(self) -> Room:
        if self._state is None:
            raise RuntimeError("the sandbox is not started")
        workshop, python = os.environ[WORKSHOP_VARIABLE], os.environ.get(PYTHON_VARIABLE, "")
        binds = [Bind(workshop, WORKSHOP)]
        if python:
            source, _, target = python.partition(":")
            binds.append(Bind(source, target or PYTHON))
        limits = Limits(self.task_env_config.memory_mb, self.task_env_config.storage_mb)
        return Room(self._state, (*binds, *self._given), self._path, limits)

    async def start(self, force_build: bool) -> None:  # noqa: ARG002  # no build is older than its job
        self._state = await asyncio.to_thread(_new_state)
        self._room.furnish()
        self._put_shims()
        try:
            self._recipe = await asyncio.to_thread(self._read_recipe)
        except dockerfile.NotUnderstood as error:
            raise SandboxBuildFailedError(f"{self._dockerfile}: {error}") from error
        await self._build_once()
        await self.ensure_dirs(self._mount_targets(writable_only=True))
        if self.task_env_config.workdir:
            await self._plain(["mkdir", "-p", self.task_env_config.workdir])

    def _put_shims(self) -> None:
        folder = self._room.root / SHIMS.lstrip("/")
        folder.mkdir(parents=True, exist_ok=True)
        for name in _MANAGERS:
            shim = folder / name
            shutil.copyfile(Path(__file__).with_name("packages.sh"), shim)
            shim.chmod(0o755)

    def _read_recipe(self) -> dockerfile.Recipe:
        return dockerfile.read(self._dockerfile.read_text(encoding="utf-8"))

    async def _build_once(self) -> None:
        root = self._room.root
        if STATES not in os.environ:  # then nobody clears away what is kept
            await self._build()
            return
        key = await asyncio.to_thread(built.key_of, Path(self.environment_dir), self._build_variables)
        if await built.take(root.parent, key, root):
            return
        started_s = time.monotonic()
        await self._build()
        if time.monotonic() - started_s > built.WORTH_S:
            await built.keep(root.parent, key, root)

    async def _build(self) -> None:
        for step in self._recipe.steps:
            if isinstance(step, dockerfile.Workdir):
                await self._plain(["mkdir", "-p", step.folder])
            elif isinstance(step, dockerfile.Copy):
                await self._copy(step)
            else:
                await self._run_step(step)

    async def _run_step(self, step: dockerfile.Run) -> None:
        variables = {**self._build_variables, **step.variables}
        shell = ["/bin/sh", "-c", step.command]
        code, output = await self._start(shell, step.folder, variables, network=True, merged=True)
        if code != 0:
            said = output.decode("utf-8", "replace").strip()[-_SAID:]
            raise SandboxBuildFailedError(f"{self._dockerfile}: RUN {step.command[:200]}: exit code {code}\n{said}")

    async def _copy(self, step: dockerfile.Copy) -> None:
        for path in self._brought(step):
            if step.unpacks and path.is_file() and tarfile.is_tarfile(path):
                await self._unpack(path, step.target)
            elif path.is_dir():
                await self.upload_dir(path, step.target)
            else:
                into = f"{step.target.rstrip('/')}/{path.name}" if step.target.endswith("/") else step.target
                await self.upload_file(path, into)
                if step.mode:
                    await self._plain(["chmod", step.mode, into])

    def _brought(self, step: dockerfile.Copy) -> list[Path]:
        context = Path(self.environment_dir).resolve()
        found: list[Path] = []
        for source in step.sources:
            wanted = str(PurePosixPath(source.lstrip("/")))
            matches = sorted(context.glob(wanted)) if wanted != "." else [context]
            if not matches or any(not match.resolve().is_relative_to(context) for match in matches):
                raise SandboxBuildFailedError(f"{self._dockerfile}: COPY {source}: no such file in {context}")
            found += matches
        return found

    async def _unpack(self, archive: Path, target: str) -> None:
        # Which compression it is, tar finds out of a file, and not of a pipe.
        inside = f"/tmp/.added-{archive.name}"  # noqa: S108  # the sandbox's own
        await self.upload_file(archive, inside)
        await self._plain(["mkdir", "-p", target])
        await self._plain(["tar", "-xf", inside, "--no-same-owner", "-C", target])
        await self._plain(["rm", inside])

    async def stop(self, delete: bool) -> None:  # noqa: ARG002  # what is left of a trial is in its folder
        if self._state is not None:
            state, self._state = self._state, None
            await asyncio.to_thread(remove, state)

    async def upload_file(self, source_path: Path | str, target_path: str) -> None:
        target = PurePosixPath(target_path)
        if target_path.endswith("/"):
            target = target / Path(source_path).name
        await self._upload([(Path(source_path), target.name)], str(target.parent))

    async def upload_dir(self, source_dir: Path | str, target_dir: str) -> None:
        await self._upload([(Path(source_dir), ".")], target_dir)

    async def _upload(self, files: Sequence[tuple[Path, str]], folder: str) -> None:
        await self._plain(["mkdir", "-p", folder])
        with tempfile.TemporaryFile() as archive:
            await asyncio.to_thread(_pack, files, archive)
            await self._plain(["tar", "-xf", "-", "--no-same-owner", "-C", folder], stdin=archive)

    async def download_file(self, source_path: str, target_path: Path | str) -> None:
        with tempfile.TemporaryFile() as held:
            await self._plain(["cat", "--", source_path], stdout=held)
            held.seek(0)
            await asyncio.to_thread(_written, held, Path(target_path))

    async def download_dir(self, source_dir: str, target_dir: Path | str) -> None:
        await self.download_dir_with_exclusions(source_dir=source_dir, target_dir=target_dir, exclude=[])

    async def download_dir_with_exclusions(
        self, *, source_dir: str, target_dir: Path | str, exclude: list[str]
    ) -> None:
        excluded = [f"--exclude={pattern}" for pattern in exclude]
        with tempfile.TemporaryFile() as archive:
            command = ["tar", "-cf", "-", "--ignore-failed-read", *excluded, "-C", source_dir, "."]
            await self._plain(command, stdout=archive)
            archive.seek(0)
            await asyncio.to_thread(_unpacked, archive, Path(target_dir))

    async def exec(
        self,
        command: str,
        cwd: str | None = None,
        env: dict[str, str] | None = None,
        timeout_sec: int | None = None,
        user: str | int | None = None,  # noqa: ARG002  # there is one user
    ) -> ExecResult:
        folder = cwd or self.task_env_config.workdir or self._recipe.folder
        variables = {**self._recipe.variables, **(self._merge_env(env) or {})}
        shell = ["bash", "-c", command]
        errors = bytearray()
        code, output = await self._start(
            shell, folder, variables, network=self._network, errors=errors, timeout_s=timeout_sec
        )
        return ExecResult(
            stdout=output.decode("utf-8", "replace"), stderr=errors.decode("utf-8", "replace"), return_code=code
        )

    async def _plain(
        self, command: list[str], *, stdin: IO[bytes] | None = None, stdout: IO[bytes] | None = None
    ) -> None:
        """One of the host's small programs, in the sandbox; raise RuntimeError when it fails."""
        errors = bytearray()
        # The host's own: what an agent put before them on the PATH is not asked.
        usual = {"PATH": ":".join(USUAL_PATH)}
        code, _ = await self._start(command, "/", usual, network=False, errors=errors, stdin=stdin, stdout=stdout)
        if code != 0:
            said = errors.decode("utf-8", "replace").strip()[-_SAID:]
            raise RuntimeError(f"{shlex.join(command)[:200]} failed with exit code {code}: {said}")

    async def _start(
        self,
        command: Sequence[str],
        folder: str,
        variables: Mapping[str, str],
        *,
        network: bool,
        merged: bool = False,
        errors: bytearray | None = None,
        timeout_s: float | None = None,
        stdin: IO[bytes] | None = None,
        stdout: IO[bytes] | None = None,
    ) -> tuple[int, bytes]:
        room = self._room
        if stdin is not None:
            stdin.seek(0)
        process = await asyncio.create_subprocess_exec(
            *room.command(command, folder=folder, network=network),
            env=room.environ(variables),
            stdin=stdin or asyncio.subprocess.DEVNULL,
            stdout=stdout or asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT if merged else asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(timeout_s):
                output, said = await process.communicate()
        except TimeoutError as error:
            raise RuntimeError(f"Command timed out after {timeout_s} seconds") from error
        finally:
            await _ended(process)
        if errors is not None:
            errors += said or b""
        return process.returncode if process.returncode is not None else _TIMED_OUT, output or b""


async def _ended(process: asyncio.subprocess.Process) -> None:
    """Nothing of it is left: what is in a sandbox dies with the process that made it."""
    if process.returncode is None:
        try:
            process.kill()
        except ProcessLookupError:
            pass
        await process.wait()


def _pack(files: Sequence[tuple[Path, str]], archive: IO[bytes]) -> None:
    with tarfile.open(fileobj=archive, mode="w") as packed:
        for path, name in files:
            # A file is brought as what it is; a link to one would point nowhere inside.
            packed.add(path.resolve() if path.is_file() else path, arcname=name)


def _unpacked(archive: IO[bytes], target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    with tarfile.open(fileobj=archive, mode="r") as packed:
        packed.extractall(target, filter=_kept)  # noqa: S202  # the filter keeps it inside


def _kept(member: tarfile.TarInfo, target: str) -> tarfile.TarInfo | None:
    """A link to elsewhere, as every virtual environment has one, is left out; it must not cost all the rest."""
    try:
        kept: tarfile.TarInfo | None = transfer_tar_filter(member, target)
    except tarfile.FilterError:
        return None
    return kept


def _written(data: IO[bytes], target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as sink:
        shutil.copyfileobj(data, sink)


def _new_state() -> Path:
    states = Path(os.environ.get(STATES) or tempfile.gettempdir())
    states.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=states))
    made.chmod(0o755)
    return made


def remove(state: Path) -> None:
    """A program may have left folders that nobody may write."""
    for folder, _, _ in os.walk(state):
        Path(folder).chmod(0o700)
    shutil.rmtree(state, ignore_errors=True)
