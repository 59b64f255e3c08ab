"""SQL compiled from Core for the hot paths; made by `python -m codex_loop.store.compile`."""
