"""Mock providers that the real agents talk to, on loopback only.

In: a book of scenarios (plain data) and the agents' own HTTP requests. Out: streamed replies, and a ledger of
exactly what was sent, which is the truth the contract tests compare the store with.
Read `scenario.py` first, then `openai_responses.py` or `anthropic_messages.py`.
"""
