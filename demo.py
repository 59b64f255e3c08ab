"""The whole loop, once: `python demo.py --use-fixtures --skip-openai --output ./demo_output`.

The same as `codex-loop demo`; this file only finds it in a checkout.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "src"))

if __name__ == "__main__":
    try:
        import msgspec  # noqa: F401  # the least that must be installed

        from codex_loop.cli.app import run
    except ModuleNotFoundError as error:
        sys.exit(f"{error.name} is not installed for {sys.executable}; `make setup`, then .venv/bin/python demo.py")
    raise SystemExit(run(["demo", *sys.argv[1:]]))
