"""Why a trial ended as it did. Harbor knows, and writes only the name of its exception: here is the table."""

from __future__ import annotations

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


def cause_of(exception: str) -> Cause:
    """Whose doing that exception was; what nobody listed is `unclassified`."""
    return _CAUSES.get(exception.rpartition(".")[2], "unclassified")
