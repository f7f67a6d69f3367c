"""Whose question is answered next: a few at once, and of those that wait each reader's in turn."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass

AT_ONCE = 4
AT_ONCE_OF_ONE = AT_ONCE - 1  # one is left for others
WAITING, WAITING_OF_ONE = 100, 10
A_MINUTE_OF_ONE = 60  # more than a person can read


class Crowded(Exception):
    """So many questions wait, or so many were asked of late by this reader, that no other is taken."""


@dataclass(eq=False)
class Ticket:
    """A question that waits for its turn, or has it."""

    reader: str
    place: tuple[int, int]
    has_turn: bool = False


class Turns:
    """Gives turns to the questions of all readers, by start-time fair queueing.

    A reader's question starts one later than the reader's question before it, and no earlier than the present. So ten
    questions of one reader stand before one of another no longer than a single one would.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._asked: dict[str, deque[float]] = {}  # when those whose rate is limited asked, in the last minute
        self._changed = threading.Condition()
        self._waiting: list[Ticket] = []  # in the order of their places
        self._running: Counter[str] = Counter()
        self._next: dict[str, int] = {}  # when the next question of a reader starts, where that is still to come
        self._present = 0
        self._entered = 0

    def enter(self, reader: str, *, limited: bool = False) -> Ticket:
        """Wait for a turn; a reader who is `limited` gets a number of them a minute. Raises `Crowded`."""
        with self._changed:
            if limited and self._asked_of_late(reader) >= A_MINUTE_OF_ONE:
                raise Crowded
            own = sum(each.reader == reader for each in self._waiting)
            if len(self._waiting) >= WAITING or own >= WAITING_OF_ONE:
                raise Crowded
            if limited:
                self._asked.setdefault(reader, deque()).append(self._clock())
            start = max(self._present, self._next.get(reader, 0))
            self._next[reader] = start + 1
            self._entered += 1
            ticket = Ticket(reader, (start, self._entered))
            self._waiting.append(ticket)
            self._waiting.sort(key=lambda each: each.place)
            self._give_turns()
            return ticket

    def await_turn(self, ticket: Ticket, seconds: float) -> bool:
        """Whether the turn has come within this time."""
        with self._changed:
            return self._changed.wait_for(lambda: ticket.has_turn, seconds)

    def ahead(self, ticket: Ticket) -> int:
        """How many questions that wait are to be answered before this one."""
        with self._changed:
            return self._waiting.index(ticket) if ticket in self._waiting else 0

    def leave(self, ticket: Ticket) -> None:
        """Give the turn back, or the place."""
        with self._changed:
            if ticket.has_turn:
                self._running[ticket.reader] -= 1
                self._running += Counter()  # without those who have none
            elif ticket in self._waiting:
                self._waiting.remove(ticket)
            ticket.has_turn = False
            self._give_turns()

    def _asked_of_late(self, reader: str) -> int:
        """How many questions a reader asked in the last minute; what is older is forgotten, of all readers."""
        since = self._clock() - 60
        for times in self._asked.values():
            while times and times[0] <= since:
                times.popleft()
        self._asked = {each: times for each, times in self._asked.items() if times}
        return len(self._asked.get(reader, ()))

    def _give_turns(self) -> None:
        for ticket in list(self._waiting):
            if self._running.total() >= AT_ONCE:
                break
            if self._running[ticket.reader] < AT_ONCE_OF_ONE:
                self._waiting.remove(ticket)
                self._running[ticket.reader] += 1
                self._present = max(self._present, ticket.place[0])
                ticket.has_turn = True
        self._next = {reader: start for reader, start in self._next.items() if start > self._present}
        self._changed.notify_all()
