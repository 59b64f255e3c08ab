"""Named problems: clusters become proposals, people decide, and what they approve classifies what comes next.

In: clusters that last.  Out: proposals with measured confidence, categories with a rule that a machine can apply.

    rule.py        what belongs to a category: detectors, errors, nearness to its centre
    proposals.py   from clusters to proposals; confidence.py: what their confidence is made of
    review.py      approve, reject, promote, undo: each decision with its reviewer and reason
    classify.py    what approved categories call the signals there are
    exchange.py    categories as a file: export, import, what differs

Read `rule.py` first.
"""
