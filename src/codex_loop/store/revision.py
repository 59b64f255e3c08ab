"""Which schema this version writes, and which older ones it can upgrade. Newest last; append only."""

KNOWN = ("0001", "0002", "0003", "0004", "0005")
HEAD = KNOWN[-1]
