"""How repairs usually go: the same few ways, over any repository."""

from __future__ import annotations

from benchmarks.repairs.story import Act, Change, Edit, Run


def mend(change: Change, says: str | None = None) -> Edit:
    """The edit that puts it right."""
    return Edit(change.path, change.wrong, change.right, says)


def straight(test: str, *changes: Change, code: int = 1) -> tuple[Act, ...]:
    """Red, edited, green."""
    return (
        Run(test, code, "I will run the tests first."),
        *(mend(change) for change in changes),
        Run(test, 0, "Running them again."),
    )


def misfitting(test: str, change: Change, guess: str, code: int = 1) -> tuple[Act, ...]:
    """An edit by heart that does not fit the file, then one after reading it."""
    return (
        Run(test, code, "First the tests."),
        Edit(change.path, guess, change.right, "This is the place.", fits=False),
        Run(f"cat {change.path}", 0, "The file looks different; I will read it."),
        mend(change),
        Run(test),
    )


def circling(test: str, change: Change, code: int = 1) -> tuple[Act, ...]:
    """The same red run three times before anything is changed."""
    return (
        Run(test, code, "Running the tests."),
        Run(test, code, "Once more, to be sure."),
        Run(test, code, "And again."),
        mend(change, "Now I see it."),
        Run(test),
    )


def toolless(missing: str, test: str, change: Change, code: int = 1) -> tuple[Act, ...]:
    """A program that is not there, then the one that is."""
    return (Run(missing, 127, "I will use the project's runner."), *straight(test, change, code=code))


def mistaken(test: str, change: Change, other: str, code: int = 1) -> tuple[Act, ...]:
    """An edit that does not help; the tests stay red."""
    return (
        Run(test, code, "Let me see it fail."),
        Edit(change.path, change.wrong, other, "That should be it."),
        Run(test, code),
    )


def corrected(test: str, change: Change, other: str) -> tuple[Act, ...]:
    """What follows a mistaken edit."""
    return (Edit(change.path, other, change.right, "You are right."), Run(test))
