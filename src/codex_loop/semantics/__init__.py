"""What words mean for the loop: was somebody displeased, correcting, confused, or pleased.

In: what a person said, and what the agent had said before.  Out: a probability for each label, or why there is none.

    turn.py      what is judged, and which labels there are
    cues.py      phrases that tell something in any subject, in ten languages
    features.py  a turn as numbers;  linear.py: the shipped model, plain Python, nothing leaves the machine
    engines.py   which engine judges, what one run may spend;  openai.py, cache.py: the optional one that costs money

Read `turn.py` first, then `linear.py`. The model is made by `python -m benchmarks.semantic --train`.
"""
