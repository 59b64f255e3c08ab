"""Sessions of Codex that end with something mended."""

from __future__ import annotations

from benchmarks.repairs import faults
from benchmarks.repairs.shapes import circling, corrected, mend, misfitting, mistaken, straight, toolless
from benchmarks.repairs.story import Change, Run, Story, Turn

NEW, OLD = "0.169.0", "0.120.0"
PYTEST = "python -m pytest -q"
UNITTEST = "python -m unittest"
THANKS = Turn("perfect, thanks! exactly what I wanted", (), "Glad it helps.")
README = Change("README.md", "Remembers the newest answers.", "Remembers the newest answers. (draft)")

STORIES: tuple[Story, ...] = (
    Story(
        "backoff-cap", "codex", NEW, "backoff",
        (
            Turn(
                "delay() in backoff.py waits for hours when a server sends a large Retry-After. It must never wait "
                "longer than 60 seconds. Fix it and run the tests.",
                straight(f"{PYTEST} tests/test_backoff.py", faults.CAP),
                "A Retry-After is now capped at 60 seconds; all tests pass.",
            ),
            THANKS,
        ),
        (faults.CAP,),
    ),
    Story(
        "backoff-header", "codex", NEW, "backoff",
        (
            Turn(
                "Retry-After is ignored when the server writes the header in lower case. Names of headers are case "
                "insensitive, please make delay() accept them all.",
                misfitting(PYTEST, faults.HEADER_CASE, '        if "Retry-After" in headers:'),
                "Header names are compared in lower case now.",
            ),
        ),
        (faults.HEADER_CASE,),
    ),
    Story(
        "backoff-schedule", "codex", NEW, "backoff",
        (
            Turn(
                "schedule(4) has one waiting time too many: nobody waits after the last attempt. Please repair it.",
                mistaken(
                    PYTEST, faults.SCHEDULE, "    return [delay(attempt) for attempt in range(1, attempts)]"
                ),
                "schedule() starts at one now, which should fix it.",
            ),
            Turn(
                "no, that is wrong, the test still fails: the first wait stays 1, it is the last one that has to go",
                corrected(
                    PYTEST, faults.SCHEDULE, "    return [delay(attempt) for attempt in range(1, attempts)]"
                ),
                "The last waiting time is gone; the tests pass.",
            ),
        ),
        (faults.SCHEDULE,),
    ),
    Story(
        "backoff-jitter", "codex", NEW, "backoff",
        (
            Turn(
                "Add jittered(seconds, share) to backoff.py: it returns seconds plus half of that share of them, never "
                "more than LONGEST, and raises ValueError for a share outside 0 to 1. Write the tests first.",
                (
                    mend(faults.JITTER_IMPORT, "Tests first."),
                    mend(faults.JITTER_TESTS),
                    Run(f"{PYTEST} tests/test_backoff.py", 2),
                    mend(faults.JITTER),
                    Run(f"{PYTEST} tests/test_backoff.py"),
                ),
                "jittered() is there with three tests.",
            ),
            Turn("great job, that works perfectly", (), "Thank you."),
        ),
        (faults.JITTER, faults.JITTER_IMPORT, faults.JITTER_TESTS),
    ),
    Story(
        "slugs-accents", "codex", NEW, "slugs",
        (
            Turn(
                "Titles with accents lose whole letters in slug(): Crème becomes crme instead of creme. Drop only the "
                "accent, and commit the repair.",
                (
                    *misfitting(PYTEST, faults.ACCENTS, '    plain = title.encode("ascii").decode()'),
                    Run('git commit -qam "Accents are dropped, letters stay"'),
                ),
                "Accents are split off before they are dropped; committed.",
            ),
        ),
        (faults.ACCENTS,),
    ),
    Story(
        "slugs-unique", "codex", NEW, "slugs",
        (
            Turn(
                "unique() gives out post-2 again and again, also when it is taken. It has to count on until one is "
                "free. Write a test that shows it, then fix it.",
                (
                    mend(faults.NUMBERS_TEST, "A test that shows it."),
                    Run(f"{PYTEST} tests/test_make.py", 1),
                    mend(faults.NUMBERS),
                    Run(f"{PYTEST} tests/test_make.py"),
                ),
                "unique() counts on now.",
            ),
            Turn("excellent, that is exactly how I meant it", (), "Good."),
        ),
        (faults.NUMBERS, faults.NUMBERS_TEST),
    ),
    Story(
        "slugs-shorten", "codex", NEW, "slugs",
        (
            Turn(
                "shorten() sometimes returns one character more than allowed, the ellipsis is not counted. Fix that.",
                mistaken(PYTEST, faults.ELLIPSIS, "        if len(longer) >= longest + 1:"),
                "The limit is respected now.",
            ),
            Turn(
                "no, the same test still fails. Count the ellipsis itself as one character",
                corrected(PYTEST, faults.ELLIPSIS, "        if len(longer) >= longest + 1:"),
                "The ellipsis counts as one character; the tests pass.",
            ),
        ),
        (faults.ELLIPSIS,),
    ),
    Story(
        "accounts-transfer", "codex", NEW, "accounts",
        (
            Turn(
                "When transfer() is refused because the source has too little, the target got the money anyway. Both "
                "accounts must stay as they were.",
                circling(f"{PYTEST} tests/test_book.py", faults.TRANSFER),
                "transfer() takes first and gives afterwards, and gives back when that is refused.",
            ),
        ),
        (faults.TRANSFER,),
    ),
    Story(
        "accounts-withdraw", "codex", NEW, "accounts",
        (
            Turn(
                "withdraw() refuses to give out the whole balance. The last cent may be withdrawn too. Fix, run tests.",
                toolless("tox -q", f"{PYTEST} tests", faults.WITHDRAW),
                "The whole balance can be withdrawn.",
            ),
        ),
        (faults.WITHDRAW,),
    ),
    Story(
        "accounts-split", "codex", NEW, "accounts",
        (
            Turn(
                "split(100, 3) loses a cent. The parts have to sum to the whole, larger parts first. Commit it please.",
                (
                    Run(f"{PYTEST} tests/test_money.py", 1),
                    Run(
                        "sed -i 's/    return \\[each\\] \\* parts/    return [each + 1] * rest + [each] * "
                        "(parts - rest)/' accounts/money.py"
                    ),
                    Run(f"{PYTEST} tests/test_money.py"),
                    Run('git commit -qam "Parts sum to the whole"'),
                ),
                "The rest is spread over the first parts; committed.",
            ),
            Turn("nice work, looks good", (), "Thanks."),
        ),
        (faults.SPLIT,),
    ),
    Story(
        "weeks-holidays", "codex", NEW, "weeks",
        (
            Turn(
                "Holidays count as working days in weeks.py, although they are handed in. Please fix is_working_day().",
                (
                    Run(f"{UNITTEST} 2>&1 | tail -n 20", 0, "The tests first."),
                    mend(faults.HOLIDAYS),
                    Run(f"{UNITTEST} -v 2>&1 | tail -n 20"),
                ),
                "Holidays are no working days any more.",
            ),
            THANKS,
        ),
        (faults.HOLIDAYS,),
    ),
    Story(
        "weeks-december", "codex", NEW, "weeks",
        (
            Turn(
                "last_of_month() crashes in December with a ValueError about the month. It should return the 31st.",
                misfitting(UNITTEST, faults.DECEMBER, "    return date(day.year, day.month, 31)"),
                "December has its own line now.",
            ),
        ),
        (faults.DECEMBER,),
    ),
    Story(
        "cart-total", "codex", NEW, "cart",
        (
            Turn(
                "total() in src/cart.js ignores how many of an item are in the cart. Items without a count are one.",
                mistaken(
                    "node --test", faults.TOTAL,
                    "  return items.reduce((sum, item) => sum + item.price * item.count, 0);",
                ),
                "The price is multiplied by the count.",
            ),
            Turn(
                "no, that breaks items without a count, the test still fails. They count as one",
                corrected(
                    "node --test", faults.TOTAL,
                    "  return items.reduce((sum, item) => sum + item.price * item.count, 0);",
                ),
                "Items without a count are one; all tests pass.",
            ),
        ),
        (faults.TOTAL,),
    ),
    Story(
        "pages-link", "codex", NEW, "pages",
        (
            Turn(
                "make check says that there is a dead link on one of the pages. Find it and repair it.",
                straight("make check", faults.DEAD_LINK, code=2),
                "The contact page linked to a page that does not exist; it was a typing mistake.",
            ),
            Turn("works great now, thank you", (), "Good."),
        ),
        (faults.DEAD_LINK,),
    ),
    Story(
        "records-age", "codex", NEW, "records",
        (
            Turn(
                "python3 selfcheck.py complains about somebody of 131 years. Nobody is older than 130, fix the rule.",
                circling("python3 selfcheck.py", faults.AGE),
                "130 is the highest age that is accepted.",
            ),
        ),
        (faults.AGE,),
    ),
    Story(
        "routes-methods", "codex", NEW, "routes",
        (
            Turn(
                "A POST to /users/7 is answered by the handler for GET. Routes.find() must look at the method as well.",
                toolless("nox -s tests", PYTEST, faults.METHODS),
                "find() compares the method before anything else.",
            ),
        ),
        (faults.METHODS,),
    ),
    Story(
        "memory-asked", "codex", NEW, "memory",
        (
            Turn(
                "Memory.get() does not make a value new again, so what is asked for all the time is thrown out first.",
                toolless("tox -q", f"{PYTEST} tests/test_memory.py", faults.ASKED),
                "A value that was asked for moves to the end.",
            ),
        ),
        (faults.ASKED,),
        dirty=(README,),
    ),
    Story(
        "settings-hash", "codex", NEW, "settings",
        (
            Turn(
                'colour = "#fff" is read as an empty value: a hash inside of quotes starts no comment. Please fix it.',
                mistaken(PYTEST, faults.HASH, "        if letter == \"#\" and line[place - 1] != '\"':"),
                "A hash right after a quote is kept.",
            ),
            Turn(
                "that is not what I asked for, any hash between quotes has to stay, not only the first character",
                corrected(PYTEST, faults.HASH, "        if letter == \"#\" and line[place - 1] != '\"':"),
                "Hashes between quotes stay; the tests pass.",
            ),
        ),
        (faults.HASH,),
    ),
    Story(
        "figures-median", "codex", OLD, "figures",
        (
            Turn(
                "The median of four numbers is wrong, it has to lie between the two in the middle. Fix it, run pytest.",
                straight(PYTEST, faults.MEDIAN),
                "The median of an even number of values lies between the two in the middle.",
            ),
            THANKS,
        ),
        (faults.MEDIAN,),
    ),
    Story(
        "stock-gone", "codex", OLD, "stock",
        (
            Turn(
                "Things of which nothing is left are still listed by names() of the shelf. Please remove them.",
                misfitting(UNITTEST, faults.GONE, "        self._counts[name] -= count"),
                "What is gone is deleted from the counts.",
            ),
        ),
        (faults.GONE,),
    ),
    Story(
        "addresses-join", "codex", OLD, "addresses",
        (
            Turn(
                "join() drops the slash at the very end of the last part, but some servers need it. Keep it there.",
                circling(f"{PYTEST} tests/test_join.py", faults.LAST_SLASH),
                "A slash at the very end stays.",
            ),
        ),
        (faults.LAST_SLASH,),
    ),
)  # fmt: skip
