"""A question being answered, as something that can be ended at any moment."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator
from queue import SimpleQueue
from typing import Generic, TypeVar

T = TypeVar("T")


class Stopped(Exception):
    """The run was stopped."""


class Run(Generic[T]):
    """The events of one answer; `stop` ends the wait for the next one, however long the assistant takes for it.

    Only who follows the events shows them: a stop is a request to them, so nothing they still show can undo it.
    """

    def __init__(self) -> None:
        self.dropped = False  # whether the whole conversation is to be forgotten
        self._lock = threading.Lock()
        self._stopping = False
        self._ended = False
        self._left = threading.Event()
        self._found: SimpleQueue[tuple[T] | Exception] = SimpleQueue()

    def stop(self, *, drop: bool = False) -> bool:
        """Ask for the end of the run; False when it has ended already."""
        with self._lock:
            if self._ended:
                return False
            self.dropped |= drop
            self._stopping = True
        self._found.put(Stopped())
        return True

    def end(self) -> bool:
        """End the run; whether a stop was asked for until then."""
        with self._lock:
            self._ended = True
            return self._stopping

    def leave(self) -> None:
        """Tell those who wait that nothing more of this run is going to be shown."""
        self.end()
        self._left.set()

    def wait(self, seconds: float) -> None:
        """Wait until nothing more of this run is going to be shown."""
        self._left.wait(seconds)

    def follow(self, events: Iterator[T]) -> Generator[T, None, None]:
        """Yield the events, which are read in a thread of their own and closed there. Raises `Stopped`."""
        wanted: SimpleQueue[bool] = SimpleQueue()
        reader = threading.Thread(target=self._read, args=(events, wanted), daemon=True)
        reader.start()
        idle = True
        try:
            while not self._stopping:
                wanted.put(True)
                found = self._found.get()
                idle = not isinstance(found, Stopped)
                if self._stopping:
                    break
                if isinstance(found, StopIteration):
                    return
                if isinstance(found, Exception):
                    raise found
                yield found[0]
            raise Stopped
        finally:
            wanted.put(False)
            if idle:
                reader.join()

    def _read(self, events: Iterator[T], wanted: SimpleQueue[bool]) -> None:
        try:
            while wanted.get():
                try:
                    self._found.put((next(events),))
                except Exception as error:
                    self._found.put(error)
        finally:
            close = getattr(events, "close", None)
            if close:
                close()
