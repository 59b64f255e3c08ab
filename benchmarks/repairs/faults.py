"""What is wrong in the repositories: each a few lines of one file, as they should be and as they are found."""

from __future__ import annotations

from benchmarks.repairs.story import Change

CAP = Change("backoff.py", "            return min(LONGEST, int(value))", "            return int(value)")
HEADER_CASE = Change(
    "backoff.py",
    '        if name.lower() == "retry-after" and str(value).isdigit():',
    '        if name == "Retry-After" and str(value).isdigit():',
)
SCHEDULE = Change(
    "backoff.py",
    "    return [delay(attempt) for attempt in range(attempts - 1)]",
    "    return [delay(attempt) for attempt in range(attempts)]",
)
JITTER = Change(
    "backoff.py",
    """\
    return [delay(attempt) for attempt in range(attempts - 1)]


def jittered(seconds, share):
    \"\"\"A waiting time spread by a share between 0 and 1, never negative and never beyond the longest.\"\"\"
    if not 0 <= share <= 1:
        raise ValueError(f"share must lie between 0 and 1, not {share}")
    return min(LONGEST, seconds + seconds * share / 2)""",
    "    return [delay(attempt) for attempt in range(attempts - 1)]",
)
JITTER_IMPORT = Change(
    "tests/test_backoff.py",
    "import pytest\n\nfrom backoff import delay, jittered, schedule",
    "from backoff import delay, schedule",
)
JITTER_TESTS = Change(
    "tests/test_backoff.py",
    """\
    assert schedule(4) == [1, 2, 4]


def test_jitter_adds_half_of_the_share():
    assert jittered(10, 0.5) == 12.5


def test_jitter_stays_below_the_longest():
    assert jittered(59, 1) == 60


def test_a_share_outside_is_refused():
    with pytest.raises(ValueError):
        jittered(10, 2)""",
    "    assert schedule(4) == [1, 2, 4]",
)
ACCENTS = Change(
    "slugs/make.py",
    '    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()',
    '    plain = title.encode("ascii", "ignore").decode()',
)
SEPARATORS = Change(
    "slugs/make.py",
    '    words = re.findall(r"[a-z0-9]+", plain.lower())',
    '    words = re.split(r"[^a-z0-9]", plain.lower())',
)
NUMBERS = Change(
    "slugs/make.py",
    """\
    number = 2
    while f"{wanted}-{number}" in taken:
        number += 1
    return f"{wanted}-{number}\"""",
    '    return f"{wanted}-2"',
)
NUMBERS_TEST = Change(
    "tests/test_make.py",
    """\
    assert unique("post", {"post"}) == "post-2"


def test_numbers_that_are_taken_are_skipped():
    assert unique("post", {"post", "post-2", "post-3"}) == "post-4\"""",
    '    assert unique("post", {"post"}) == "post-2"',
)
ELLIPSIS = Change(
    "slugs/shorten.py", "        if len(longer) + 1 > longest:", "        if len(longer) > longest:"
)  # fmt: skip
TRANSFER = Change(
    "accounts/book.py",
    """\
    source.withdraw(cents)
    try:
        target.deposit(cents)
    except Refused:
        source.deposit(cents)
        raise""",
    "    target.deposit(cents)\n    source.withdraw(cents)",
)
WITHDRAW = Change("accounts/book.py", "        if cents > self.balance:", "        if cents >= self.balance:")
SPLIT = Change(
    "accounts/money.py", "    return [each + 1] * rest + [each] * (parts - rest)", "    return [each] * parts"
)
NEGATIVE = Change(
    "accounts/money.py",
    """\
    sign = "-" if cents < 0 else ""
    whole, rest = divmod(abs(cents), 100)
    return f"{sign}{whole}.{rest:02d}\"""",
    '    return f"{cents // 100}.{cents % 100:02d}"',
)
HOLIDAYS = Change(
    "weeks.py", "    return day.weekday() < 5 and day not in holidays", "    return day.weekday() < 5"
)  # fmt: skip
BETWEEN = Change(
    "weeks.py",
    "    return [first + DAY * number for number in range((last - first).days + 1)]",
    "    return [first + DAY * number for number in range((last - first).days)]",
)
DECEMBER = Change(
    "weeks.py",
    """\
    if day.month == 12:
        return date(day.year, 12, 31)
    return date(day.year, day.month + 1, 1) - DAY""",
    "    return date(day.year, day.month + 1, 1) - DAY",
)
GONE = Change(
    "stock/shelf.py",
    """\
        if count == have:
            del self._counts[name]
        else:
            self._counts[name] = have - count""",
    "        self._counts[name] = have - count",
)
ORDER = Change(
    "stock/order.py",
    "    return {name: count for name, count in missing.items() if count > 0}",
    "    return missing",
)
HASH = Change(
    "reader.py",
    """\
        if letter == '"':
            quoted = not quoted
        elif letter == "#" and not quoted:""",
    '        if letter == "#":',
)
EQUALS = Change(
    "reader.py",
    '        name, equals, value = bare.partition("=")',
    '        name, equals, value = bare.rpartition("=")',
)
BOOLEAN = Change("reader.py", "    word = value.lower()", "    word = value")
LISTED = Change(
    "reader.py",
    '    return [part.strip() for part in value.split(",") if part.strip()]',
    '    return [part.strip() for part in value.split(",")]',
)
LAST_SLASH = Change(
    "addresses/join.py",
    '    return joined + ("/" if parts and parts[-1].endswith("/") else "")',
    "    return joined",
)
NONE = Change("addresses/query.py", "            if each is not None:", "            if each:")
PORT = Change(
    "addresses/host.py",
    "    if port is None or port == DEFAULT.get(scheme):",
    "    if port in (None, 80, 443):",
)
MEDIAN = Change(
    "figures.py",
    """\
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2""",
    "    return ordered[middle]",
)
PERCENTILE = Change(
    "figures.py",
    "    rank = max(1, -(-len(ordered) * share // 100))",
    "    rank = max(1, len(ordered) * share // 100)",
)
HISTOGRAM = Change(
    "figures.py",
    "    return {step: steps.count(step) for step in range(min(steps), max(steps) + width, width)}",
    "    return {step: steps.count(step) for step in steps}",
)
TOTAL = Change(
    "src/cart.js",
    "  return items.reduce((sum, item) => sum + item.price * (item.count ?? 1), 0);",
    "  return items.reduce((sum, item) => sum + item.price, 0);",
)
ROUNDING = Change(
    "src/cart.js",
    "  return Math.round(cents * (100 - percent) / 100);",
    "  return cents * (100 - percent) / 100;",
)
SHIPPING = Change("src/shipping.js", "  if (cents >= 5000) {", "  if (cents > 5000) {")
DEAD_LINK = Change("pages/contact.txt", "links: index, about", "links: index, abuot")
STRIPPED = Change(
    "scripts/build.py",
    '    links = [name.strip() for name in fields.get("links", "").split(",") if name.strip()]',
    '    links = fields.get("links", "").split(",")',
)
AGE = Change(
    "rules.py",
    '        if not 0 <= person.get("age", 0) <= 130:',
    '        if not 0 <= person.get("age", 0) <= 131:',
)
MAIL = Change(
    "rules.py",
    r'MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[a-z]{2,}")',
    r'MAIL = re.compile(r"\w+@\w+\.[a-z]{2,}")',
)
METHODS = Change(
    "routes.py",
    "            if known_method == method.upper() and values is not None:",
    "            if values is not None:",
)
TRAILING = Change(
    "routes.py",
    '    return [part for part in path.split("/") if part]',
    '    return path.split("/")[1:]',
)
ASKED = Change(
    "memory.py",
    "        self._kept.move_to_end(key)\n        return value",
    "        return value",
)
LIFETIME = Change(
    "memory.py",
    """\
        value, at = self._kept[key]
        if self._lifetime is not None and self._clock() - at >= self._lifetime:
            del self._kept[key]
            return default""",
    "        value, _ = self._kept[key]",
)
LIFETIME_TESTS = Change(
    "tests/test_memory.py",
    """\
    assert memory.get("b") is None


def test_what_is_too_old_is_gone():
    clock = Clock()
    memory = Memory(2, lifetime=10, clock=clock)
    memory.put("a", 1)
    clock.now = 10
    assert memory.get("a") is None
    assert len(memory) == 0


def test_what_is_not_too_old_stays():
    clock = Clock()
    memory = Memory(2, lifetime=10, clock=clock)
    memory.put("a", 1)
    clock.now = 9
    assert memory.get("a") == 1""",
    '    assert memory.get("b") is None',
)
