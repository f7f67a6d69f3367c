"""The lock of a collection: one process at a time writes to it, any number read it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from rag.errors import CollectionError, CollectionLocked


@contextmanager
def write_lock(folder: Path, *, wait: float = 0.0) -> Iterator[None]:
    """Be the one writer of the collection in a folder, which is made if it is not there.

    Raises `CollectionLocked` when another still writes after `wait` seconds, `CollectionError` when nobody can write
    there.
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
