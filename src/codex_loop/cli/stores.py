"""Which store a command about a dataset works on: the one it was made from, unless another is named."""

from pathlib import Path

from codex_loop.store.engine import is_url


def is_there(place: str) -> bool:
    """Whether there is a store at that place already; a server is asked when it is opened."""
    return is_url(place) or Path(place).expanduser().exists()


def own_store(text: str | None) -> str | None:
    """Where the dataset in that folder was made; None: it does not say, or that store is not on this machine."""
    from codex_loop.tasks.dataset.dataset import SIDECAR, read

    if text is None or not (Path(text).expanduser() / SIDECAR).is_file():
        return None
    place = read(Path(text).expanduser()).store
    return place if place is not None and (is_url(place) or Path(place).is_file()) else None
