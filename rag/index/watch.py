"""The sources of a collection, kept in step: folders while they change, all others at an interval."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

from rag.config import ChunkSettings
from rag.errors import CollectionLocked
from rag.index.sync import SourceReport, sources, sync
from rag.models.embedder import Embedder
from rag.progress import Progress

# What is written in many steps is read once: changes are waited for until so many milliseconds brought none, at most
# ten times as many.
_QUIET_MS, _LONGEST_MS = 500, 5_000


def watch(
    folder: Path,
    embedder: Embedder,
    settings: ChunkSettings,
    every: float,
    progress: Progress = lambda *_: None,
    stop: threading.Event | None = None,
) -> Iterator[SourceReport]:
    """Bring all sources in, then folders whenever something in them changes, and all again every so many seconds.

    It ends when `stop` is set. While another process writes to the collection it waits for its turn.
    """
    stop = stop or threading.Event()
    due: list[str] | None = None
    polled = -every
    while not stop.is_set():
        if time.monotonic() - polled >= every or polled < 0:
            due, polled = None, time.monotonic()
        try:
            yield from sync(folder, embedder, settings, due, progress)
            due = []
        except CollectionLocked:
            stop.wait(1.0)
            continue
        due = _changed(folder, max(0.0, polled + every - time.monotonic()), stop)


def _changed(folder: Path, seconds: float, stop: threading.Event) -> list[str]:
    """The folders in which something changed, as soon as it has; none when so many seconds are over."""
    import watchfiles

    roots = [source.place for source in sources(folder) if source.kind == "folder" and Path(source.place).is_dir()]
    if not roots:
        stop.wait(seconds)
        return []
    own = folder.resolve()

    def counts(_: watchfiles.Change, changed: str) -> bool:
        """Whether a change may be one of articles: not in hidden files, nor in the collection itself."""
        path = Path(changed)
        below = [path.relative_to(root) for root in roots if path.is_relative_to(root)]
        return not path.is_relative_to(own) and any(not part.startswith(".") for each in below for part in each.parts)

    for changes in watchfiles.watch(
        *roots,
        watch_filter=counts,
        debounce=_LONGEST_MS,
        step=_QUIET_MS,
        stop_event=stop,
        rust_timeout=max(1, int(seconds * 1000)),
        yield_on_timeout=True,
    ):
        return [root for root in roots if any(Path(path).is_relative_to(root) for _, path in changes)]
    return []
