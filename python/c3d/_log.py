"""What is said to people: nothing, unless they ask by Python's logging or for a bar."""
from __future__ import annotations

import contextlib
import importlib
import logging
from collections.abc import Callable, Iterator

log = logging.getLogger("c3d")
log.addHandler(logging.NullHandler())


@contextlib.contextmanager
def progress_bar(total: int, unit: str, wanted: bool) -> Iterator[Callable[[int, int], None]]:
    """Gives a function that is told how much of all is done."""
    if not wanted:
        yield lambda done, total: None
        return
    try:
        tqdm = importlib.import_module("tqdm.auto").tqdm
    except ImportError:
        yield lambda done, total: log.info("%d of %d %s", done, total, unit)
        return
    with tqdm(total=total, unit=unit) as bar:

        def advance(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield advance
