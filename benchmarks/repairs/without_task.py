"""Sessions of which no valid task can be made, each for another reason."""

from __future__ import annotations

from benchmarks.repairs import faults
from benchmarks.repairs.shapes import circling, misfitting, mistaken
from benchmarks.repairs.story import Ask, Edit, Run, Story, Turn

PYTEST = "python -m pytest -q"

STORIES: tuple[Story, ...] = (
    Story(
        "no-repository", "codex", "0.169.0", "settings",
        (
            Turn(
                "listed() returns empty parts for a comma at the end. Leave them out.",
                circling(PYTEST, faults.LISTED),
                "Empty parts are left out.",
            ),
        ),
        (faults.LISTED,),
        is_repository=False,
        why_not="the folder was no repository",
    ),
    Story(
        "only-talk", "claude", "2.1.329", "routes",
        (
            Turn(
                "How does Routes decide which handler wins when two patterns fit? Explain it, change nothing.",
                (Run("cat routes.py"),),
                "The one that was added first.",
            ),
            Turn("thanks, that was clear", (), "You are welcome."),
        ),
        why_not="nothing was changed",
    ),
    Story(
        "only-words", "codex", "0.169.0", "slugs",
        (
            Turn(
                "Write into the README what shorten() does.",
                (Edit("README.md", "Titles as parts of an address.", "Titles as parts of a web address."),),
                "The README mentions it.",
            ),
            Turn(
                "no, that is not what I asked for. Describe shorten() in one sentence",
                (
                    Edit(
                        "README.md", "Titles as parts of a web address.",
                        "Titles as parts of a web address. `shorten` cuts a text between words.",
                    ),
                ),
                "Done.",
            ),
        ),
        why_not="nothing shows whether it is right",
    ),
    Story(
        "never-green", "claude", "2.1.329", "figures",
        (
            Turn(
                "histogram() leaves out the steps in which there are no values. They belong into it with a zero.",
                mistaken(
                    PYTEST, faults.HISTOGRAM,
                    "    return {step: steps.count(step) for step in range(0, 2 * width, width)}",
                ),
                "I could not find out why the numbers differ.",
            ),
            Turn("wrong again, you broke it. Leave it, I will do it myself", (), "I am sorry."),
        ),
        (faults.HISTOGRAM,),
        why_not="it was never right",
    ),
    Story(
        "gone", "codex", "0.169.0", "addresses",
        (
            Turn(
                "The port 443 is missing in addresses of http, only the scheme's own port may be left out.",
                misfitting(PYTEST, faults.PORT, "    if port in (80, 443):"),
                "Only the scheme's own port is left out.",
            ),
        ),
        (faults.PORT,),
        afterwards="gone",
        why_not="the repository is gone",
    ),
    Story(
        "rewritten", "codex", "0.169.0", "stock",
        (
            Turn(
                "to_order() names things that are there in full. They are not to be ordered, leave them out.",
                misfitting("python -m unittest", faults.ORDER, "    return dict(missing)"),
                "What is there is not ordered.",
            ),
        ),
        (faults.ORDER,),
        afterwards="rewritten",
        why_not="the commit it started from was rebased away",
    ),
    Story(
        "denied", "codex", "0.169.0", "pages",
        (
            Turn(
                "clean up what make check leaves behind",
                (Ask("rm -rf ../out", "The folder above has old output too."),),
                "Then I will leave it alone.",
            ),
            Turn("no, stop. Only this folder, and nothing with rm", (Run("git status --short"),), "Nothing is gone."),
        ),
        why_not="nothing was changed",
    ),
    Story(
        "picture", "codex", "0.169.0", "cart",
        (
            Turn(
                "Make a new favicon.ico in the project: sixteen black bytes will do. Then run the tests.",
                (
                    Run("node --test test/none.test.js", 1),
                    Run("head -c 16 /dev/zero > favicon.ico"),
                    Run("node --test"),
                ),
                "favicon.ico has sixteen bytes.",
            ),
            Turn("that's not what I wanted, black pixels and not zeros", (Run("ls -l favicon.ico"),), "I see."),
        ),
        why_not="only a binary file was changed",
    ),
)  # fmt: skip
