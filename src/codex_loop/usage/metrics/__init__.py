"""What Prometheus is told: limits, the sampler's state, tokens and money.

In: standings, `sampler-state.json`, sums of the ledger, all read when somebody asks.  Out: families of samples, as a
page over HTTP (`server.py`), as a file for the textfile collector (`textfile.py`), or as JSON.  What is not known has
no sample.  Read `scrape.py` first.
"""
