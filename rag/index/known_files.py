"""The files whose articles are held: those that hold what they held need not be read again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rag.documents.file_state import FileState, file_state
from rag.index.sqlite_files import SqliteFiles
from rag.index.sqlite_store import FILE, SqliteStore
from rag.index.store import WritableStore


@dataclass(slots=True)
class KnownFiles:
    """The files of a collection as they were when they were last read, by their absolute paths.

    `ids` are of the articles of each file; `has_removed` says whether any was removed by its id. `now` are the states
    of the files that were looked at since, None for one that has two names.
    """

    before: Mapping[str, FileState] = field(default_factory=dict)
    ids: Mapping[str, Sequence[str]] = field(default_factory=dict)
    has_removed: bool = False
    store: WritableStore | None = None
    now: dict[str, FileState | None] = field(default_factory=dict)

    def is_unchanged(self, file: Path, name: str) -> bool:
        """Whether a file would give, under this name, the articles that are held of it, and they are whole."""
        origin = str(file)
        before = self.before.get(origin)
        try:
            state = file_state(file, name, before)
        except OSError:  # reading it tells why
            return False
        if origin in self.now:
            self.now[origin] = None
            return False
        self.now[origin] = state
        held = self.ids.get(origin, ())
        damaged = self.store.is_damaged if self.store else bool
        return bool(held) and state.is_as(before) and not any(map(damaged, held))


@contextmanager
def known_files(folder: Path) -> Iterator[KnownFiles]:
    """What is known of the files of the collection in a folder; nothing where none is there."""
    if not (folder / FILE).is_file():
        yield KnownFiles()
        return
    with closing(SqliteStore(folder)) as store, closing(SqliteFiles(folder)) as files:
        yield KnownFiles(files.states(), store.origins(), bool(store.removed_articles()), store)


def remember_files(folder: Path, read: Mapping[str, FileState], unread: Mapping[str, FileState]) -> None:
    """Write down the states of files that were read, and of those that were found unchanged."""
    with closing(SqliteFiles(folder)) as files:
        known = files.states()
        if new := {origin: state for origin, state in read.items() if known.get(origin) != state}:
            files.put(new)
        if new := {origin: state for origin, state in unread.items() if origin in known and known[origin] != state}:
            files.put_stamps(new)
