"""Things people and agents say, written for this project: training texts of the language model, with their truth.

`subjects.py` what is talked about, `people.py`, `displeased.py` and `agents.py` how, `tongues.py` in other languages,
`style.py` how carelessly, `drawing.py` puts them together, `kept_out.py` holds sentences that no model is trained on.
"""
