"""The reports that ccusage prints with `--json`, in every dialect, in one form.

In: the text of one report.  Out: `Report`, or `Rejected` with a tag and a sentence.  Read `parsing.py` first: it finds
out the dialect; `codex.py`, `claude.py`, `unified.py`, `blocks.py` and `tracker.py` each know the rows of one.
"""

from codex_loop.sources.ccusage.parsing import parse, parse_all
from codex_loop.sources.ccusage.report import Dialect, Kind, ModelUse, Rejected, Report, Row, Tokens

__all__ = ["Dialect", "Kind", "ModelUse", "Rejected", "Report", "Row", "Tokens", "parse", "parse_all"]
