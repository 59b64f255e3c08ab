"""`tests/test.sh`: lays the hidden tests over the agent's work, runs them, and has them graded apart."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Sequence

from codex_loop.tasks.distill.commands import parts
from codex_loop.tasks.distill.instruction import APP
from codex_loop.tasks.distill.locked import Locked
from codex_loop.tasks.distill.tree import Tree
from codex_loop.tasks.distill.verifiers import Verifier

_STEERING = ("conftest.py", "pytest.ini", "sitecustomize.py", "usercustomize.py")
"""Files by which an agent's work could steer the tests; the repository's own come back afterwards."""
_CONFIGURED = {
    "pytest.ini": "[pytest]",
    "pyproject.toml": "[tool.pytest.ini_options]",
    "tox.ini": "[pytest]",
    "setup.cfg": "[tool:pytest]",
}
_JS_SETTINGS = re.compile(r"package\.json$|(?:jest|vitest|vite|babel)\.(?:config|workspace)\.\w+$")
_HEAD = """\
#!/bin/bash
# Harbor ignores this script's exit status: only /logs/verifier/reward.txt counts, and grade.py alone writes it.
set -u
mkdir -p /logs/verifier
cd /app || exit 1
if [ -f /tests/unchanged.sha256 ]; then
  sha256sum --check /tests/unchanged.sha256 > /logs/verifier/unchanged.txt 2> /dev/null
fi
"""
_CLEAN = """\
# What the agent left beside the tests does not steer them; the repository's own configuration comes back.
find . -name node_modules -prune -o -type f \\( {names} \\) -exec rm -f {{}} +
"""
_LAY = """\
if [ -d /tests/hidden ]; then cp -R /tests/hidden/. /app/; fi
"""
_OWN_PROGRAMS = 'PATH="$PWD/node_modules/.bin:/app/node_modules/.bin:$PATH"\n'
"""npx would ask a registry for what is not there."""
_GRADE = """\
cd / && exec python3 -I /tests/grade.py
"""


def script(verifier: Verifier, tree: Tree, time_limit_s: int, locked: Sequence[Locked] = ()) -> str:
    """The whole script; one that writes no reward where there is no verifier."""
    if verifier.kind == "missing":
        return _no_reward(verifier.reason or "no verifier could be derived from the session")
    cleaned = _CLEAN.format(names=" -o ".join(f"-name {name}" for name in _STEERING))
    clean = cleaned if verifier.runner in ("pytest", "unittest") else ""
    folder = posixpath.join(APP, verifier.folder) if verifier.folder else APP
    enter = f"cd {shlex.quote(folder)} || exit 1\n"
    lay = _LAY + "".join(f"{each.laid}\n" for each in locked if each.laid)
    return "".join((_HEAD, clean, lay, _variables(verifier), enter, _run(verifier, tree, time_limit_s), _GRADE))


def _no_reward(reason: str) -> str:
    return (
        "#!/bin/bash\n"
        "# There is no verifier, so no reward is written: Harbor says so, and the task counts for nothing.\n"
        f"echo {shlex.quote(f'no verifier: {reason}')} >&2\n"
        "exit 1\n"
    )


def _variables(verifier: Verifier) -> str:
    known = [(name, value) for name, value in verifier.variables if re.fullmatch(r"[\w./:=, -]*", value)]
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in known)


def _run(verifier: Verifier, tree: Tree, time_limit_s: int) -> str:
    files = [posixpath.relpath(path, verifier.folder or ".") for path in verifier.test_files]
    limit, words = f"timeout -k 5 {time_limit_s}", " ".join(map(shlex.quote, files))
    packages = sorted({f"./{posixpath.dirname(path)}".rstrip("/") for path in files}) or ["./..."]
    node = "".join(
        f"{limit} node --test --test-reporter=junit --test-reporter-destination=/logs/verifier/junit-{at}.xml"
        f" {shlex.quote(path)}\n"
        for at, path in enumerate(files)
    )
    pytest = f"{limit} python3 -m pytest {_pytest_options(verifier, tree)} {words}".rstrip() + "\n"
    return {
        "pytest": pytest,
        "unittest": pytest,
        "node": node,
        "jest": f"{_OWN_PROGRAMS}{limit} jest --ci --json --outputFile=/logs/verifier/jest.json {words}\n",
        "vitest": f"{_OWN_PROGRAMS}{limit} vitest run --reporter=json --outputFile=/logs/verifier/jest.json {words}\n",
        "go": f"{limit} go test -json {' '.join(map(shlex.quote, packages))} > /logs/verifier/go.json 2>&1\n",
        "cargo": f"{limit} cargo test --no-fail-fast > /logs/verifier/cargo.txt 2>&1\n",
        None: f"{limit} bash -c {shlex.quote(verifier.command)} > /logs/verifier/output.log 2>&1\n"
        "echo $? > /logs/verifier/status.txt\n",
    }[verifier.runner]


def _pytest_options(verifier: Verifier, tree: Tree) -> str:
    options = ["-q -p no:cacheprovider --continue-on-collection-errors --rootdir=/app -o addopts="]
    if pytest_config(verifier, tree) is None:
        places = [
            APP,
            *([f"{APP}/{verifier.folder}"] if verifier.folder else []),
            *([f"{APP}/src"] if _has_src(tree) else []),
        ]
        options.append(f"-c /dev/null -o pythonpath={shlex.quote(' '.join(places))}")
    options.append("-o junit_family=xunit1 --junitxml=/logs/verifier/junit.xml")
    return " ".join(options)


def _has_src(tree: Tree) -> bool:
    return any(path.startswith("src/") and path.endswith(".py") for path in tree.paths())


def pytest_config(verifier: Verifier, tree: Tree) -> str | None:
    """The file that configures pytest here; None: nothing does."""
    for folder in dict.fromkeys((verifier.folder, "")):
        for name, mark in _CONFIGURED.items():
            path = posixpath.join(folder, name) if folder else name
            if path in tree and (name == "pytest.ini" or mark in (tree.text(path) or "")):
                return path
    return None


def steering(verifier: Verifier, tree: Tree) -> list[str]:
    """Files of the repository that the tests are run by: they are laid over the agent's copies."""
    if verifier.runner in ("pytest", "unittest"):
        config = pytest_config(verifier, tree)
        own = [path for path in tree.paths() if posixpath.basename(path) in _STEERING]
        return sorted({*own, *([config] if config else [])})
    if verifier.runner is not None:
        return _settings(verifier, tree) if verifier.runner in ("jest", "vitest") else []
    return _named(verifier, tree)


def _settings(verifier: Verifier, tree: Tree) -> list[str]:
    places = dict.fromkeys((verifier.folder, ""))
    return [
        path
        for path in tree.paths()
        if posixpath.dirname(path) in places and _JS_SETTINGS.match(posixpath.basename(path))
    ]


def _named(verifier: Verifier, tree: Tree) -> list[str]:
    """Scripts that a command runs, itself or by its makefile: whoever may change them can make it pass."""
    program = verifier.command.split(maxsplit=1)[0]
    recipe = _place(verifier, _RECIPES.get(program, ""))
    lines = [verifier.command, *_recipe_lines(tree.text(recipe) or "" if program in _RECIPES else "")]
    named = {recipe, "setup.cfg", "mypy.ini", "ruff.toml", "tsconfig.json"}
    named |= {_place(verifier, each) for line in lines for each in _scripts(line)}
    inputs = _inputs(verifier, tree)
    return sorted({path for path in named if path in tree} | {*inputs[:_MOST_INPUTS]})


def _place(verifier: Verifier, word: str) -> str:
    """A word of the command as the repository calls that file."""
    inside = word.removeprefix(f"{APP}/")
    return posixpath.normpath(inside if inside != word else posixpath.join(verifier.folder, word))


def _inputs(verifier: Verifier, tree: Tree) -> list[str]:
    """The data a command is pointed at: whoever may change what is checked need not mend what checks it."""
    words = [word for part in parts(verifier.command) for word in part.words[1:] if not word.startswith("-")]
    places = {_place(verifier, word) for word in words} - {"."}
    return [
        path
        for path in tree.paths()
        if not _CODE.search(path) and any(path == place or path.startswith(f"{place}/") for place in places)
    ]


_RECIPES = {"make": "Makefile", "npm": "package.json", "yarn": "package.json", "pnpm": "package.json"}
_MOST_INPUTS = 300
_CODE = re.compile(r"\.(?:py|pyi|[cm]?[jt]sx?|go|rs|java|kt|c|cc|cpp|h|hpp|rb|php|cs|swift|sh|vue|svelte|css|html)$")
_INTERPRETER = re.compile(r"(?:python[\d.]*|node|bash|sh|perl|ruby|deno|bun)$")


def _recipe_lines(text: str) -> list[str]:
    """Command lines of a makefile, or of the scripts in package.json."""
    if text.lstrip().startswith("{"):
        return re.findall(r'"[\w:-]+"\s*:\s*"((?:[^"\\]|\\.)*)"', text)
    variables = re.compile(r"\$[({](\w+)[)}]")
    known = dict(re.findall(r"^(\w+)\s*[:?]?=\s*(.*?)\s*$", text, re.MULTILINE))
    found = [line.strip().lstrip("@-") for line in text.splitlines() if line.startswith("\t")]
    return [variables.sub(lambda match: known.get(match[1], ""), line) for line in found]


def _scripts(line: str) -> list[str]:
    """The files that are programs in this line: run by themselves or by an interpreter."""
    found = []
    for part in parts(line):
        words = [word for word in part.words if not word.startswith("-")]
        program = words[0] if words else ""
        if _INTERPRETER.search(posixpath.basename(program)):
            words = words[1:]
        found += [posixpath.join(part.folder, word) for word in words[:1]]
    return found
