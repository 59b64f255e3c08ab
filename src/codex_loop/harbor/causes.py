"""Why a trial ended as it did. Harbor knows, and writes only the name of its exception: here is the table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

Cause = Literal[
    "sandbox_failed",
    "model_provider_failed",
    "harbor_failed",
    "verifier_failed",
    "cancelled",
    "agent_exhausted_budget",
    "agent_refused_task",
    "unclassified",
]

THE_AGENTS_DOING: frozenset[str] = frozenset({"agent_exhausted_budget", "agent_refused_task"})
"""A reward that was given all the same says something of the agent."""

_EXCEPTIONS: Mapping[Cause, str] = {
    "sandbox_failed": """
        EnvironmentStartTimeoutError SandboxBuildFailedError AgentSetupTimeoutError HealthcheckError
        SandboxLikelyOutOfMemoryError MemoryLimitExceededError SSHAccessError GKEExecStreamClosedError
        GKEPodNotFoundError RuntimeRequestError AddTestsDirError DownloadVerifierDirError
    """,
    "model_provider_failed": """
        ApiError ApiRateLimitError ApiInternalServerError ApiOverloadedError ApiConnectionClosedError
        ApiResponseStalledError UnknownApiError NetworkConnectionError ApiConnectionError ApiUsageLimitError
        AgentAuthenticationError ModelNotFoundError ApiProviderResourceNotFoundError RateLimitError
        InternalServerError ServiceUnavailableError APIConnectionError APIError Timeout BadRequestError
        UnprocessableEntityError UnsupportedParamsError APIResponseValidationError BudgetExceededError
        AuthenticationError PermissionDeniedError NotFoundError
    """,
    "harbor_failed": """
        ServiceOperationsUnsupportedError MissingExtraError RegradeError VercelScopeError DspyImportError
    """,
    "verifier_failed": "VerifierTimeoutError RewardFileNotFoundError RewardFileEmptyError VerifierOutputParseError",
    "cancelled": "CancelledError",
    "agent_exhausted_budget": """
        AgentTimeoutError ContextWindowExceededError OutputTokenExceededError ContextLengthExceededError
        OutputLengthExceededError
    """,
    "agent_refused_task": "AgentSafetyRefusalError ContentPolicyViolationError",
    "unclassified": "NonZeroAgentExitCodeError",
}
_CAUSES: Mapping[str, Cause] = {name: cause for cause, names in _EXCEPTIONS.items() for name in names.split()}


_FAILED_TURN = re.compile(r'\{"type":"turn\.failed","error":\{"message":"((?:[^"\\]|\\.)*)"')
"""How Codex says, in the output that Harbor quotes, why it gave up."""
_PROVIDER = re.compile(
    r"hit your usage limit|usage limit|rate limit|too many requests|quota|overloaded|no credits|exceeded retry limit"
    r"|stream disconnected|error sending request|unexpected status (?:401|403|404|408|429|5\d\d)",
    re.IGNORECASE,
)


_DOCKER = re.compile(r"Docker compose command failed for environment ")
"""A RuntimeError of Harbor's that says what no build or no start of an image says otherwise."""


def cause_of(exception: str, message: str | None = None) -> Cause:
    """Whose doing that exception was; what nobody listed is `unclassified`.

    Harbor looks for the words of a spent limit with another apostrophe than Codex writes, and finds them not.
    """
    cause = _CAUSES.get(exception.rpartition(".")[2], "unclassified")
    if cause == "unclassified" and _DOCKER.match(message or ""):
        return "sandbox_failed"
    if cause == "unclassified" and (said := failed_turn(message)) is not None and _PROVIDER.search(said):
        return "model_provider_failed"
    return cause


def failed_turn(message: str | None) -> str | None:
    """Why Codex gave up, in its own words; None when the message quotes none."""
    found = _FAILED_TURN.findall(message or "")
    return found[-1].replace('\\"', '"') if found else None
