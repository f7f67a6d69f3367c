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
    """The events of one answer; `stop` ends the wait for the next one, however long the assistant takes for it."""

    def __init__(self) -> None:
        self.stopping = False
        self._found: SimpleQueue[tuple[T] | Exception] = SimpleQueue()

    def stop(self) -> None:
        """Ask for the end of the run; nothing when it has ended already."""
        self.stopping = True
        self._found.put(Stopped())

    def follow(self, events: Iterator[T]) -> Generator[T, None, None]:
        """Yield the events, which are read in a thread of their own and closed there. Raises `Stopped`."""
        wanted: SimpleQueue[bool] = SimpleQueue()
        reader = threading.Thread(target=self._read, args=(events, wanted), daemon=True)
        reader.start()
        idle = True
        try:
            while not self.stopping:
                wanted.put(True)
                found = self._found.get()
                idle = not isinstance(found, Stopped)
                if self.stopping:
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
