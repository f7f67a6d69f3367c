"""A collection on disk, opened for reading: the store and the two indexes derived from it, of one generation.

FOLDER/hoidap.sqlite              the truth
FOLDER/derived/<build>/           dense.faiss (and sketch.faiss), lexical/ and SHA256SUMS; rebuilt if missing or damaged
FOLDER/write.lock                 held by the one writer
"""

from __future__ import annotations

import hashlib
import logging
import shutil
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout

from rag.errors import CollectionError, CollectionLocked, CollectionMismatch, CollectionNotFound
from rag.index import lexical
from rag.index.dense import DenseIndex
from rag.index.leg import TermStatistics
from rag.index.lexical import LexicalIndex
from rag.index.store import FILE, Manifest, Store, StoredChunk
from rag.models.embedder import Embedder

LOG = logging.getLogger(__name__)
_REBUILD_WAIT = 60.0
_SEAL = "SHA256SUMS"
# The share of removed chunks that the word statistics may still hold before the words are indexed anew.
_MAX_REMOVED = 0.1


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One generation of a collection; all of its parts agree, whatever is written meanwhile."""

    store: Store
    manifest: Manifest
    dense: DenseIndex
    lexical: LexicalIndex
    statistics: TermStatistics


class Collection:
    """A collection that moves on to the newest generation between two questions."""

    def __init__(self, folder: Path, embedder: Embedder) -> None:
        """Open the collection. Raises `CollectionNotFound`, `CollectionMismatch` or `CollectionError`."""
        self.folder = folder
        self._embedder = embedder
        self._lock = threading.Lock()
        self._live = Store(folder)
        check(self._live.manifest(), embedder, folder)
        self._snapshot = _open(folder)

    def snapshot(self) -> Snapshot:
        """Return the newest generation."""
        with self._lock:
            manifest = self._live.manifest()
            if manifest.generation != self._snapshot.manifest.generation:
                check(manifest, self._embedder, self.folder)
                self._snapshot = _open(self.folder)
            return self._snapshot


def check(manifest: Manifest, embedder: Embedder, folder: Path) -> None:
    """Raise `CollectionMismatch` unless the collection was built by this embedding model."""
    if manifest.fingerprint != embedder.fingerprint:
        raise CollectionMismatch(
            f"{folder}: was built with the embedding model {manifest.embedding!r}, and {embedder.name!r} gives other"
            " vectors; set embedding.model back, or ingest the articles into another --index"
        )


@contextmanager
def write_lock(folder: Path, *, wait: float = 0.0) -> Iterator[None]:
    """Be the one writer of a collection.

    Raises `CollectionLocked` when another still is after `wait` seconds, `CollectionError` when nobody may write there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / "write.lock", timeout=wait)
        lock.acquire()
    except Timeout as error:
        raise CollectionLocked(
            f"{folder}: another process is writing to this collection; try again when it is done"
        ) from error
    except OSError as error:
        raise CollectionError(f"{folder}: cannot be written to ({error.strerror}); choose another --index") from error
    try:
        yield
    finally:
        lock.release()


def derive(
    folder: Path,
    store: Store,
    build: str,
    *,
    previous: str = "",
    changed: Iterable[str] = (),
    removed: Iterable[int] = (),
) -> None:
    """Write the derived files of a build from the store.

    On top of a previous build only the articles `changed` are indexed, and the chunks `removed` taken out, unless that
    build is damaged; the words are indexed anew too when it would leave too many removed chunks in their statistics.
    """
    target = _derived(folder, build)
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    whole = _derived(folder, previous) if previous and _is_whole(_derived(folder, previous)) else None
    removed = list(removed)
    _dense(store, whole, removed).save(target)
    base = whole / "lexical" if whole else None
    chunks: Iterable[StoredChunk] = store.chunks_of(changed) if base else ()
    _, held = store.count()
    if base is None or lexical.indexed(base) + len(list(chunks)) > held * (1 + _MAX_REMOVED):
        base, chunks, removed = None, store.all_chunks(), []
    lexical.write(target / "lexical", ((chunk.id, chunk.indexed) for chunk in chunks), removed=removed, previous=base)
    _seal(target, whole)


def _dense(store: Store, whole: Path | None, removed: Iterable[int]) -> DenseIndex:
    if whole is not None:
        with suppress(ValueError):  # when an earlier version wrote it
            before = DenseIndex.load(whole)
            gone = np.fromiter(removed, dtype=np.int64)
            # Ids of chunks only grow: what is above the last one is new.
            return before.updated(gone, *store.vectors(after=int(before.ids[-1]) if len(before) else 0))
    return DenseIndex.build(*store.vectors())


def discard(folder: Path, *, keep: Iterable[str]) -> None:
    """Remove the derived files of all builds but those kept."""
    kept = set(keep)
    for build in (folder / "derived").iterdir():
        if build.name not in kept:
            shutil.rmtree(build, ignore_errors=True)


def sweep(folder: Path, store: Store) -> None:
    """Remove what writers that died have left; for the one writer, before it writes.

    The build of the store stays, and the one before it, which readers may still have open.
    """
    for unfinished in folder.glob(f"{FILE}.new*"):
        unfinished.unlink(missing_ok=True)
    derived, current = folder / "derived", store.manifest().build
    if not derived.is_dir():
        return
    # A build is sealed last: one without a seal was never read, nor was one sealed after the current one.
    sealed = {seal.parent.name: seal.stat().st_mtime_ns for seal in derived.glob(f"*/{_SEAL}")}
    before = [name for name, at in sealed.items() if name != current and at <= sealed.get(current, at)]
    discard(folder, keep=(current, max(before, key=sealed.__getitem__, default="") if current else ""))


def _seal(build: Path, base: Path | None) -> None:
    """Write down the digests of all files; those that are one with a file of the base, known to be whole, are known."""
    files = sorted(file for file in build.rglob("*") if file.is_file() and file.stat().st_size)
    names = [file.relative_to(build).as_posix() for file in files]
    known = _sealed(base) if base else {}
    shared = {name for name in names if base and name in known and (build / name).samefile(base / name)}
    own = [name for name in names if name not in shared]
    digests = known | dict(zip(own, _hashes(build / name for name in own), strict=True))
    (build / _SEAL).write_text("".join(f"{digests[name]}  {name}\n" for name in names), encoding="utf-8")


def _sealed(build: Path) -> dict[str, str]:
    """File -> digest, as the seal has it."""
    lines = (build / _SEAL).read_text(encoding="utf-8").splitlines()
    return {name: digest for digest, name in (line.split("  ", 1) for line in lines)}


def _is_whole(build: Path) -> bool:
    """Whether the files of a build are those that were written; neither index notices every changed byte by itself."""
    try:
        digests = _sealed(build)
        return bool(digests) and _hashes(build / name for name in digests) == list(digests.values())
    except (OSError, ValueError):
        return False


def _hashes(files: Iterable[Path]) -> list[str]:
    def digest(file: Path) -> str:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()

    with ThreadPoolExecutor() as pool:
        return list(pool.map(digest, files))


def _derived(folder: Path, build: str) -> Path:
    return folder / "derived" / build


def _open(folder: Path) -> Snapshot:
    tried = ""
    while True:
        store = Store(folder)
        try:
            store.freeze()
            manifest = store.manifest()
            if not manifest.build:
                raise CollectionNotFound(f"{folder}: nothing is in it, its first ingestion did not end; ingest again")
            return _load(folder, store, manifest) if manifest.build != tried else _rebuilt(folder, store, manifest)
        except ValueError:
            # A writer may have replaced the build between reading the manifest and its files: then look again first.
            store.close()
            tried = manifest.build
        except BaseException:
            store.close()
            raise


def _rebuilt(folder: Path, store: Store, manifest: Manifest) -> Snapshot:
    with write_lock(folder, wait=_REBUILD_WAIT):
        try:
            return _load(folder, store, manifest)  # when another process has built it meanwhile
        except ValueError as error:
            LOG.warning("%s; building it anew", error)
        derive(folder, store, manifest.build)
        try:
            return _load(folder, store, manifest)
        except ValueError as error:
            raise CollectionError(f"{store.path}: is damaged ({error}); ingest into a new one") from error


def _load(folder: Path, store: Store, manifest: Manifest) -> Snapshot:
    derived = _derived(folder, manifest.build)
    if not _is_whole(derived):
        raise ValueError(f"{derived}: is missing or damaged")
    dense, words = DenseIndex.load(derived), LexicalIndex(derived / "lexical")
    _, chunks = store.count()
    if len(dense) != chunks or words.chunk_count != chunks:
        raise ValueError(f"{derived}: holds {len(dense)} vectors and {words.chunk_count} texts, not {chunks}")
    return Snapshot(store, manifest, dense, words, words)
