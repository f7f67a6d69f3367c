"""A build: the two indexes that are derived from one state of a store, sealed with the digests of their files.

FOLDER/derived/<build>/dense.faiss      see `rag.index.dense`; from many chunks on sketch.faiss, too
FOLDER/derived/<build>/lexical/         see `rag.index.lexical`
FOLDER/derived/<build>/SHA256SUMS       the seal, written last
"""

from __future__ import annotations

import errno
import hashlib
import shutil
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from rag.errors import CollectionError
from rag.index import lexical
from rag.index.dense import DenseIndex
from rag.index.lexical import LexicalIndex
from rag.index.local_leg import FilteredIds
from rag.index.sqlite_store import remove_unfinished
from rag.index.store import Store, StoredChunk

_SEAL = "SHA256SUMS"
# The share of removed chunks that may still count in the term statistics before the lexical index is written anew.
_MAX_REMOVED = 0.1


class DamagedBuildError(Exception):
    """The files of a build are missing, damaged, of an earlier version or of another state of the store."""


@dataclass(frozen=True, slots=True)
class Build:
    """The indexes of a build, opened, and the chunks that filters let through of it."""

    name: str
    dense: DenseIndex
    lexical: LexicalIndex
    filtered: FilteredIds = field(default_factory=FilteredIds)


def load(folder: Path, store: Store, name: str) -> Build:
    """Open the build of that name of the collection in a folder. Raises `DamagedBuildError`."""
    path = _path(folder, name)
    if not _is_whole(path):
        raise DamagedBuildError(f"{path}: is missing or damaged")
    try:
        build = Build(name, DenseIndex.load(path), LexicalIndex(path / "lexical"))
    except ValueError as error:
        raise DamagedBuildError(str(error)) from error
    _, chunks = store.count()
    vectors, texts = len(build.dense), build.lexical.chunk_count
    if vectors != chunks or texts != chunks:
        raise DamagedBuildError(f"{path}: holds {vectors} vectors and {texts} texts, not {chunks}")
    return build


def derive(
    folder: Path,
    store: Store,
    name: str,
    *,
    previous: str = "",
    changed: Iterable[str] = (),
    removed: Iterable[int] = (),
) -> None:
    """Write the files of a build from a store. Raises `CollectionError` when they cannot be, and leaves none then.

    On top of a `previous` build only the articles `changed` are indexed, and the chunks `removed` taken out, unless
    it is damaged; texts are indexed anew, too, when too many removed chunks would be left in their statistics.
    """
    target, removed = _path(folder, name), list(removed)
    with _written_whole(target):
        base = _path(folder, previous) if previous and _is_whole(_path(folder, previous)) else None
        _dense(store, base, removed).save(target)
        texts = base / "lexical" if base else None
        chunks: Iterable[StoredChunk] = store.chunks_of(changed) if texts else ()
        _, count = store.count()
        if texts is None or lexical.indexed(texts) + len(list(chunks)) > count * (1 + _MAX_REMOVED):
            texts, chunks, removed = None, store.all_chunks(), []
        added = ((chunk.id, chunk.indexed) for chunk in chunks)
        lexical.write(target / "lexical", added, removed=removed, previous=texts)
        _seal(target, base)


@contextmanager
def _written_whole(target: Path) -> Iterator[None]:
    """A new, empty folder, which is removed when not all can be written into it."""
    try:
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        yield
    except OSError as error:
        shutil.rmtree(target, ignore_errors=True)
        reason = error.strerror or str(error)
        advice = "check that its folder can be written to, and try again"
        if error.errno in (errno.ENOSPC, errno.EDQUOT) or "No space left" in reason:
            advice = "the disk is full: free some space and try again"
        raise CollectionError(f"{target}: cannot be written ({reason}); {advice}") from error
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        raise


def _dense(store: Store, base: Path | None, removed: Iterable[int]) -> DenseIndex:
    if base is not None:
        with suppress(ValueError):  # when an earlier version wrote it
            before = DenseIndex.load(base)
            gone = np.fromiter(removed, dtype=np.int64)
            # Ids of chunks only grow: what is above the last one is new.
            return before.updated(gone, *store.vectors(after=int(before.ids[-1]) if len(before) else 0))
    return DenseIndex.build(*store.vectors())


def discard(folder: Path, *, keep: Iterable[str]) -> None:
    """Remove all builds but those kept."""
    kept, derived = set(keep), folder / "derived"
    for build in derived.iterdir() if derived.is_dir() else ():
        if build.name not in kept:
            shutil.rmtree(build, ignore_errors=True)


def sweep(folder: Path, current: str) -> None:
    """Remove the builds and unfinished stores that writers which died or failed have left; for the one writer alone.

    The `current` build stays, and the one before it, which readers may still have open.
    """
    remove_unfinished(folder)
    # A build is sealed last: one without a seal was never read, nor was one sealed after the current one.
    sealed = {seal.parent.name: seal.stat().st_mtime_ns for seal in (folder / "derived").glob(f"*/{_SEAL}")}
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


def _path(folder: Path, name: str) -> Path:
    return folder / "derived" / name
