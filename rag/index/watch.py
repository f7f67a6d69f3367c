"""The sources of a collection, kept in step: folders while they change, all others at an interval."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from rag.errors import CollectionLocked
from rag.index.sources import SourceReport, Sources
from rag.progress import Progress

# What is written in many steps is read once: changes are waited for until so many milliseconds brought none, at most
# ten times as many. Without changes the clock is looked at each second.
_QUIET, _LONGEST, _ROUND = 500, 5_000, 1_000


def watch(
    sources: Sources,
    every: float,
    progress: Progress = lambda *_: None,
    stop: threading.Event | None = None,
) -> Iterator[SourceReport]:
    """Bring all sources in, then folders whenever something in them changes, and all again every so many seconds.

    It ends when `stop` is set. While another process writes to the collection it waits for its turn. Raises
    `CollectionNotFound`.
    """
    stop = stop or threading.Event()
    watched: list[str] | None = None
    rounds: Iterator[Sequence[str]] = iter(())
    due: set[str] = set()
    poll_at = time.monotonic()
    while not stop.is_set():
        known = sources.list()
        folders = [each.place for each in known if each.kind == "folder" and Path(each.place).is_dir()]
        if folders != watched:
            watched, rounds = folders, _rounds(folders, sources.folder.resolve(), stop)
            due |= {*folders}  # what changed before they were watched
        due |= {*next(rounds, ())}
        if time.monotonic() >= poll_at:
            due |= {each.place for each in known}
            poll_at = time.monotonic() + every
        if not due:
            continue
        try:
            yield from sources.sync(sorted(due & {each.place for each in known}), progress)
            due.clear()
        except CollectionLocked:
            continue


def _rounds(folders: Sequence[str], own: Path, stop: threading.Event) -> Iterator[Sequence[str]]:
    """The folders in which something changed, again and again; none when nothing did for a second."""
    if not folders:
        while not stop.wait(_ROUND / 1000):
            yield ()
        return
    import watchfiles

    def counts(_: watchfiles.Change, changed: str) -> bool:
        """Whether a change may be one of articles: not in hidden files, nor in the collection itself."""
        path = Path(changed)
        below = (path.relative_to(each).parts for each in folders if path.is_relative_to(each))
        shown = any(not any(part.startswith(".") for part in parts) for parts in below)
        return shown and not path.is_relative_to(own)

    for changes in watchfiles.watch(
        *folders,
        watch_filter=counts,
        debounce=_LONGEST,
        step=_QUIET,
        stop_event=stop,
        rust_timeout=_ROUND,
        yield_on_timeout=True,
    ):
        yield [each for each in folders if any(Path(path).is_relative_to(each) for _, path in changes)]
