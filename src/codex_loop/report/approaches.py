"""What usually helps against a kind of friction: a table, so that a ticket needs no model to suggest anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple


class Approach(NamedTuple):
    """What to try, the likeliest first, and what should be seen if it worked."""

    tries: tuple[str, ...]
    proof: str


_COMMANDS = Approach(
    (
        "Write the command that does work into the repository's AGENTS.md or CLAUDE.md, with what it needs first.",
        "Make the command fail with a message that names the remedy.",
        "Wrap it in a script of the repository, so that there is one way to run it.",
    ),
    "The same command passes at its first run in new sessions.",
)
_LOOPS = Approach(
    (
        "Look at the first failure in the evidence: what was missing for the agent to see why it failed?",
        "Tell it in AGENTS.md or CLAUDE.md to stop after the second equal failure and to say what it knows.",
        "Where output was cut, let the tool print the cause last and short.",
    ),
    "No call is repeated unchanged three times.",
)
_EDITS = Approach(
    (
        "Ask for the file to be read again right before it is edited: most misses are edits of an older text.",
        "Exclude generated files, or say which command generates them.",
        "Let a formatter run once at the end, not between edits.",
    ),
    "Edits fit at the first try.",
)
_CHECKS = Approach(
    (
        "Name the one command that has to pass before anything is called done.",
        "Make that command fast enough to be run after each edit.",
        "Turn the red-to-green step of the evidence into a task and measure changes with it.",
    ),
    "Checks are green when the agent stops, with fewer runs in between.",
)
_DENIALS = Approach(
    (
        "Say in AGENTS.md or CLAUDE.md what must not be run here, and what to do instead.",
        "Allow by rule what is always granted; deny by rule, with a reason, what is always refused.",
        "Give the agent a sandbox or a branch in which the refused step is harmless.",
    ),
    "Fewer requests for permission, and no refusal of the same command twice.",
)
_WORDS = Approach(
    (
        "Read the prompts before the evidence: what was known to the person and written nowhere?",
        "Write that down where agents read it: AGENTS.md, CLAUDE.md, or a template for the request.",
        "Ask for a plan first where requests of this kind are usually larger than one step.",
    ),
    "The request is made once.",
)
_REVERTS = Approach(
    (
        "Compare what was taken back with what was kept: which limit of the request was not said?",
        "Ask for smaller steps with a check after each.",
        "Let the agent commit before it tries something else, so that going back is cheap and visible.",
    ),
    "Fewer edits are undone.",
)
_CONTEXT = Approach(
    (
        "Split work of this kind into several sessions, each with a written result.",
        "Keep long outputs out of the context: files, filters, `--quiet`.",
        "Add a map of the code to AGENTS.md or CLAUDE.md, so that fewer files are read to find one.",
    ),
    "Compactions become rare, and files are not read twice.",
)
_SERVICE = Approach(
    (
        "Check whether these moments meet a limit or an outage: `codex-loop usage limits`, the provider's status page.",
        "Spread heavy sessions over the day, or use a smaller model for routine work.",
        "Let unattended runs resume by themselves.",
    ),
    "Sessions end by themselves, not by an error of the service.",
)
_ENDINGS = Approach(
    (
        "Look at the last failure before the session was left: what would have been the next step of a person?",
        "Write the answer down where agents read it.",
        "Ask for a summary of what is open before a session is left.",
    ),
    "Sessions end with a passing check or with an answer.",
)
_ANY = Approach(
    (
        "Read the evidence and say in one sentence what the agent could not know.",
        "Write that sentence where agents read it: AGENTS.md or CLAUDE.md of the repository.",
        "Turn the moment into a task and measure whether it helped.",
    ),
    "The weekly count of this problem falls.",
)

_DELIGHT = Approach(
    (
        "Say in one sentence what made it work: the request, the repository, the tools?",
        "Write that sentence where agents read it: AGENTS.md or CLAUDE.md of the repository.",
        "Turn the moments into tasks and keep a baseline, so that a later change cannot lose it unseen.",
    ),
    "Its share of sessions stays, or grows.",
)

_BY_CATEGORY: Mapping[str, Approach] = {
    name: approach
    for names, approach in (
        ("exec_failure env_missing timeout tool_misuse", _COMMANDS),
        ("retry_loop error_loop parameter_drift oscillation tool_error_storm", _LOOPS),
        ("patch_failure edit_churn file_churn wrong_file diff_oscillation", _EDITS),
        ("test_red_after_edit false_done post_commit_regression", _CHECKS),
        ("denial_exec denial_patch repeated_denial denial_then_rephrase policy_block permission_wait", _DENIALS),
        ("correction repeated_rephrasing duplicate_prompt escalation_tone dissatisfaction platform_confusion", _WORDS),
        ("undo rollback revert revert_in_message backtracking interrupted_turn", _REVERTS),
        ("compaction repeated_compaction context_thrash context_churn truncation_warning plan_update_churn", _CONTEXT),
        ("cost_outlier model_switch effort_raise", _CONTEXT),
        ("error_event stream_error api_retry limit_hit", _SERVICE),
        ("abandoned_tool_flow abandoned_restart", _ENDINGS),
    )
    for name in names.split()
}


def approach(kind: str, names: Iterable[str]) -> Approach:
    """For the first of these names that the table knows: a category, then the detectors that found its signals."""
    if kind == "delight":
        return _DELIGHT
    return next((_BY_CATEGORY[name] for name in names if name in _BY_CATEGORY), _ANY)
