"""Under which conditions a run is made: the key by which runs can be compared."""

from __future__ import annotations

from codex_loop.harbor.identity import identity
from codex_loop.measure.asked import Lab, Request
from codex_loop.measure.measured import Key
from codex_loop.redaction import redact


def planned(request: Request, lab: Lab) -> Key:
    """As far as it is known before the run."""
    is_own = ":" in lab.environment
    return Key(
        harbor_version=lab.harbor.version,
        agent=request.agent,
        agent_version=request.agent_version,
        model=request.model,
        reasoning_effort=request.agent_arguments.get("reasoning_effort"),
        env_kind="module" if is_own else lab.environment,
        env_import_path=lab.environment if is_own else None,
        # Where an image brings its own tools, those of this machine take no part.
        host=identity(lab.environ) if lab.environment == "bubblewrap" else {},
        timeout_multipliers={} if request.timeout_multiplier == 1.0 else {"all": request.timeout_multiplier},
        agent_kwargs={name: redact(value).text for name, value in sorted(request.agent_arguments.items())},
        environment_kwargs={name: redact(value).text for name, value in sorted(request.environment_arguments.items())},
        agent_variables=tuple(sorted(request.agent_environment)),
        base_url=request.base_url,
    )
