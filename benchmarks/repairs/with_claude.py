"""Sessions of Claude Code that end with something mended."""

from __future__ import annotations

from benchmarks.repairs import faults
from benchmarks.repairs.shapes import circling, corrected, mend, misfitting, mistaken, straight, toolless
from benchmarks.repairs.story import Run, Story, Turn

NEW, OLD = "2.1.329", "2.1.197"
PYTEST = "python -m pytest -q"
UNITTEST = "python -m unittest"

STORIES: tuple[Story, ...] = (
    Story(
        "accounts-negative", "claude", NEW, "accounts",
        (
            Turn(
                "shown(-1234) prints -13.66, amounts below zero are shown wrongly. It must print -12.34.",
                mistaken(
                    f"{PYTEST} tests/test_money.py", faults.NEGATIVE,
                    '    return f"{int(cents / 100)}.{abs(cents) % 100:02d}"',
                ),
                "Negative amounts are truncated towards zero now.",
            ),
            Turn(
                "no, it is still wrong: -5 has to be -0.05 and that test fails. Take the sign apart first",
                corrected(
                    f"{PYTEST} tests/test_money.py", faults.NEGATIVE,
                    '    return f"{int(cents / 100)}.{abs(cents) % 100:02d}"',
                ),
                "The sign is taken apart first.",
            ),
        ),
        (faults.NEGATIVE,),
    ),
    Story(
        "weeks-between", "claude", NEW, "weeks",
        (
            Turn(
                "days_between() forgets the last day of the period. Both ends belong to it. Fix it and run the tests.",
                misfitting(UNITTEST, faults.BETWEEN, "    return list(range(first, last))"),
                "The last day is in.",
            ),
        ),
        (faults.BETWEEN,),
    ),
    Story(
        "settings-equals", "claude", NEW, "settings",
        (
            Turn(
                "A value with an equals sign in it is torn apart by read(): query = a=b has to give a=b. Then commit.",
                (*straight(PYTEST, faults.EQUALS), Run('git commit -qam "Only the first equals sign splits"')),
                "Only the first equals sign splits a line; committed.",
            ),
            Turn("awesome, love it", (), "Thank you."),
        ),
        (faults.EQUALS,),
    ),
    Story(
        "settings-boolean", "claude", NEW, "settings",
        (
            Turn(
                "boolean('True') raises a ValueError. Upper and lower case must not matter for words of yes and no.",
                circling(PYTEST, faults.BOOLEAN),
                "Words are compared in lower case.",
            ),
        ),
        (faults.BOOLEAN,),
    ),
    Story(
        "addresses-none", "claude", NEW, "addresses",
        (
            Turn(
                "build() of addresses/query.py leaves out zeros. Only None is to be left out, 0 is a value.",
                toolless("tox -q", f"{PYTEST} tests/test_query.py", faults.NONE),
                "Only None is left out.",
            ),
        ),
        (faults.NONE,),
    ),
    Story(
        "cart-rounding", "claude", NEW, "cart",
        (
            Turn(
                "discounted() in src/cart.js returns fractions of a cent. Round to whole cents please.",
                misfitting("node --test", faults.ROUNDING, "  return cents - cents * percent;"),
                "Discounts are rounded to whole cents.",
            ),
        ),
        (faults.ROUNDING,),
    ),
    Story(
        "memory-lifetime", "claude", NEW, "memory",
        (
            Turn(
                "Memory takes a lifetime and a clock but never forgets anything by age. After that many ticks of the "
                "clock a value must be gone, and not counted any more. Add tests for it.",
                (
                    mend(faults.LIFETIME, "First the code."),
                    mend(faults.LIFETIME_TESTS, "Now the tests."),
                    Run(f"{PYTEST} tests/test_memory.py"),
                ),
                "Values older than the lifetime are forgotten; two tests show it.",
            ),
            Turn("well done, works like a charm", (), "Thank you."),
        ),
        (faults.LIFETIME, faults.LIFETIME_TESTS),
    ),
    Story(
        "pages-strip", "claude", NEW, "pages",
        (
            Turn(
                "make check finds dead links on pages with more than one link. The builder has to strip the names.",
                mistaken(
                    "make check", faults.STRIPPED,
                    '    links = fields.get("links", "").split(",", 1)', code=2,
                ),
                "The names are split at a comma and a blank.",
            ),
            Turn(
                "wrong, that is not what I asked for. Strip every name and leave out empty ones",
                corrected("make check", faults.STRIPPED, '    links = fields.get("links", "").split(",", 1)'),
                "Every name is stripped, empty ones are left out; make check is green.",
            ),
        ),
        (faults.STRIPPED,),
    ),
    Story(
        "figures-percentile", "claude", OLD, "figures",
        (
            Turn(
                "percentile([10, 20, 30, 40], 60) returns 20, but only half of the values do not exceed that. The rank "
                "has to be rounded up.",
                mistaken(PYTEST, faults.PERCENTILE, "    rank = max(1, round(len(ordered) * share / 100))"),
                "The rank is rounded.",
            ),
            Turn(
                "I said rounded up, not rounded. The test still fails",
                corrected(PYTEST, faults.PERCENTILE, "    rank = max(1, round(len(ordered) * share / 100))"),
                "The rank is rounded up now, the tests pass.",
            ),
        ),
        (faults.PERCENTILE,),
    ),
    Story(
        "records-mail", "claude", OLD, "records",
        (
            Turn(
                "python3 check.py data rejects c.y@mail.example.org, which is a fine address. Please fix the rule.",
                straight("python3 check.py data", faults.MAIL),
                "Dots are accepted on both sides of the at sign.",
            ),
            Turn("good job, thanks", (), "Thank you."),
        ),
        (faults.MAIL,),
    ),
    Story(
        "routes-slash", "claude", OLD, "routes",
        (
            Turn(
                "/users/ with a slash at the end finds nothing in routes.py, it has to be the same as /users.",
                misfitting(PYTEST, faults.TRAILING, '    return path.strip("/")'),
                "Empty parts of a path are left out.",
            ),
        ),
        (faults.TRAILING,),
    ),
)  # fmt: skip
