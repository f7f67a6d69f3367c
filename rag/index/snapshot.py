"""A collection in a folder, opened for reading: one generation of it, whatever is written meanwhile.

FOLDER/hoidap.sqlite        the store (`rag.index.sqlite_store`), which all else is derived from
FOLDER/derived/<build>/     the indexes (`rag.index.build`), built anew when they are missing or damaged
FOLDER/write.lock           held by the one writer (`rag.index.write_lock`)
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rag.errors import CollectionError, CollectionMismatch, CollectionNotFound
from rag.index.build import Build, DamagedBuildError, derive, load
from rag.index.filter import Filter
from rag.index.leg import Leg, TermStatistics, Vector
from rag.index.local_leg import LocalLeg
from rag.index.sqlite_store import SqliteStore
from rag.index.store import Manifest, Store
from rag.index.write_lock import write_lock
from rag.models.embedder import Embedder

LOG = logging.getLogger(__name__)
# Seconds that a reader waits for a writer before it builds damaged indexes anew.
_REBUILD_WAIT = 60.0
# In so many chunks it is looked up how the names of a question are written.
_NAMING = 10


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One generation of a collection; all of its parts agree, whatever is written meanwhile.

    It is for one question: while it is in use, the log of changes of the store cannot be emptied.
    """

    store: Store
    manifest: Manifest
    dense: Leg[Vector]
    lexical: Leg[str]
    statistics: TermStatistics

    def texts_naming(self, question: str, only: Filter) -> Iterator[str]:
        """Yield titles and texts of the few chunks that share most words with a question, of those let through.

        They are searched for when the first is asked for.
        """
        ids = self.lexical.search(question, _NAMING, only).ids.tolist()
        for each in self.store.chunks(ids).values():
            yield f"{each.title}\n{each.text}"


class Collection:
    """A collection in a folder, of which every snapshot is the newest generation; for several threads."""

    def __init__(self, folder: Path, embedder: Embedder) -> None:
        """Open the collection. Raises `CollectionNotFound`, `CollectionMismatch` or `CollectionError`."""
        self.folder = folder
        self._embedder = embedder
        self._lock = threading.Lock()
        self._build: Build | None = None
        self.snapshot()

    def snapshot(self) -> Snapshot:
        """Return the newest generation. Raises as opening does."""
        with self._lock:
            store, self._build = _open(self.folder, self._embedder, self._build)
        build, chunk_ids = self._build, partial(self._build.filtered.of, store)
        return Snapshot(
            store=store,
            manifest=store.manifest(),
            dense=LocalLeg(build.dense, chunk_ids),
            lexical=LocalLeg(build.lexical, chunk_ids),
            statistics=build.lexical,
        )


def check(manifest: Manifest, embedder: Embedder, folder: Path) -> None:
    """Raise `CollectionMismatch` unless the collection was built by this embedding model."""
    if manifest.fingerprint != embedder.fingerprint:
        raise CollectionMismatch(
            f"{folder}: was built with the embedding model {manifest.embedding!r}, and {embedder.name!r} gives other"
            " vectors; set embedding.model back, or ingest the articles into another --index"
        )


def _open(folder: Path, embedder: Embedder, known: Build | None) -> tuple[SqliteStore, Build]:
    """The store, frozen in its newest generation, and the build of that; the known one if it is still that."""
    damaged = ""
    while True:
        store = SqliteStore(folder)
        try:
            store.freeze()
            manifest = store.manifest()
            check(manifest, embedder, folder)
            if not manifest.build:
                raise CollectionNotFound(f"{folder}: nothing is in it, its first ingestion did not end; ingest again")
            if known is None or known.name != manifest.build:
                make = _rebuilt if manifest.build == damaged else load
                known = make(folder, store, manifest.build)
            return store, known
        except DamagedBuildError:
            # A writer may have replaced the build between reading the manifest and its files: look again first.
            store.close()
            damaged = manifest.build
        except BaseException:
            store.close()
            raise


def _rebuilt(folder: Path, store: Store, name: str) -> Build:
    """The build of that name, written anew once. Raises `CollectionError` when the store cannot give it."""
    with write_lock(folder, wait=_REBUILD_WAIT):
        try:
            return load(folder, store, name)  # when another process has built it meanwhile
        except DamagedBuildError as error:
            LOG.warning("%s; building it anew", error)
        derive(folder, store, name)
        try:
            return load(folder, store, name)
        except DamagedBuildError as error:
            raise CollectionError(f"{folder}: is damaged ({error}); ingest into a new one") from error
