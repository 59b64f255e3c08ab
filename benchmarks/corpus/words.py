"""The vocabulary of the corpus. Plain words a program and its logs could be made of."""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


NOUNS = _words(
    "account address alarm answer archive argument balance batch branch bridge broker browser buffer "
    "bundle button cache calendar channel chapter charge circuit client cluster column commit config "
    "context contract counter country cursor customer database deadline decoder default delivery device "
    "digest discount document domain driver editor element endpoint engine entry envelope error event "
    "example export failure feature field figure filter folder format frame function gateway graph group "
    "handler header history holiday image import index input invoice journal kernel ledger letter level "
    "library limit listener locale machine manifest margin matrix measure member message meter method "
    "migration mirror model module monitor network notice number object offset option order origin output "
    "owner package packet parser partner patch pattern payment picture pipeline plan player plugin policy "
    "portal prefix price printer process product profile project prompt proposal query queue quota range "
    "rebate receipt record refund region registry release repeat report request reserve resource result "
    "retry reviewer route runner sample schedule schema screen script section segment sensor server "
    "session setting shelf shipment signal socket source stage state station status storage stream "
    "string summary supplier support surface switch symbol system table target template tenant terminal "
    "thread ticket timeout timer token topic tracker trader transfer trigger upload vector vendor version "
    "view visitor volume voucher warehouse warning watcher webhook weight widget window worker workspace"
)
VERBS = _words(
    "accepts adds aligns allows appends archives assigns balances batches blocks breaks builds caches "
    "calls cancels carries changes charges checks claims clears closes collects commits compares copies "
    "counts creates decodes defers deletes delivers divides drains drops encodes ends expects exports "
    "fails fetches fills filters finds flushes follows forwards freezes gathers guards handles hides "
    "imports indexes inherits inserts keeps leaves limits links loads locks logs maps marks matches "
    "measures merges misses moves names notifies opens orders parses passes patches pauses polls prints "
    "pushes queues raises reads rebuilds receives records reduces refuses rejects releases removes "
    "renames repeats replaces reports requests resets resolves restores resumes retries returns reuses "
    "rounds routes runs saves scans sends shares shows shrinks signs skips sorts splits starts stops "
    "stores streams submits swaps tests tracks trims truncates unlocks updates validates verifies waits "
    "warns watches wraps writes"
)
ADJECTIVES = _words(
    "absent active atomic blank broken busy cached central clean closed cold complete correct current "
    "dirty double early empty exact failing fast final first flat foreign fresh full generic global "
    "greedy hidden idle inner internal invalid large last late lazy legacy linear local locked long lost "
    "main manual minimal missing mutable narrow native nested neutral nullable obsolete old open optional "
    "outer pending plain private public quiet random raw ready remote safe second secure shared short "
    "silent simple slow small stable stale static strict sudden symbolic temporary tiny torn typed unique "
    "unknown unsafe unused upper valid visible warm weak wide wrong"
)
IDENTIFIERS = _words(
    "add amount apply args async base begin bind body build bytes call check chunk clear clock close code "
    "cols compute conn copy count cur data day decode delta diff dirs done draft dump edge encode end env "
    "err events expand expected fetch file find first flag flush fmt found get guard hash head host idx "
    "info init items iter job join key kind lang last left len level line load lock log make map mask "
    "merge meta min mode move name new next node norm now off old open ops out pack page parse part path "
    "peek ping plan point pool pop port pos prev probe push put raw read ref render reply req reset res "
    "right root row run save scan scope seen send seq set shape show size skip slot sort span spec split "
    "start stat step stop store sub sum sync tag tail take task temp text tick time todo total trace tree "
    "trim turn type unit unpack upd url use user val wait walk wrap write"
)
JOINS = _words("after because before inside near once outside unless until when where while with without")
STEPS = _words("Add Check Compare Drop Extend Find Fix Guard Keep Move Name Read Rename Run Split Test")
FOLDERS = _words("src lib app tests docs tools server client core api web/pages internal pkg scripts")
SUFFIXES = _words(".py .py .py .ts .tsx .rs .go .md .toml .json .yaml .sql")
TYPES = _words("int str bytes float bool Path Sequence[str] Mapping[str,int] Record Cursor")
ERRORS = _words("ValueError KeyError TypeError OSError TimeoutError AssertionError LookupError")
PROJECTS = _words("billing beacon harvest ledger lantern orchard parcel pulse quarry relay tally weaver")
