"""Connections to the web server: how long one may say nothing whole, and how many a client may hold."""

from __future__ import annotations

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from ui.sharing import canonical_address

HEAD_SECONDS = 10.0  # for the head of a request, from its first byte or the connection on
UNREAD_SECONDS = 60.0  # without a byte read of an answer that has filled the buffers
SPARE = 100  # connections beyond the limit, which are told so
OF_ONE_ADDRESS = 200  # a page holds one or two


class Connection(H11Protocol):
    """An HTTP connection that is hung up when a head does not come, an answered body goes on, or nobody listens.

    uvicorn waits for each of these without end. The time of a body that is still to be read is for `Limits`. So is one
    that is too many of its address, unless that is `proxy`, from which all readers come.
    """

    proxy = ""
    address = ""
    _ends: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a head; beyond all limits hang up at once."""
        super().connection_made(transport)
        self.address = canonical_address(self.client[0]) if self.client else ""
        beyond_all = self.limit_concurrency is not None and len(self.connections) > self.limit_concurrency + SPARE
        if beyond_all or self._of_its_address() > OF_ONE_ADDRESS:
            transport.abort()
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Take what has come; what is not whole yet must be within the time of its first byte."""
        super().data_received(data)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """End all waiting."""
        for timer in (self._ends, self._unread):
            if timer:
                timer.cancel()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Begin to wait for the client to read."""
        super().pause_writing()
        self._look_after(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """The client reads."""
        super().resume_writing()
        if self._unread:
            self._unread.cancel()

    def _of_its_address(self) -> int:
        """How many connections its address holds, itself among them; 0 for the proxy's."""
        if self.address == self.proxy:
            return 0
        return sum(isinstance(each, Connection) and each.address == self.address for each in self.connections)

    def _look_after(self, left: int) -> None:
        self._unread = self.loop.call_later(UNREAD_SECONDS, self._look, left)

    def _look(self, before: int) -> None:
        """Hang up if nothing was read of what was left before."""
        left = self.transport.get_write_buffer_size()
        if left < before:
            self._look_after(left)
        else:
            self.transport.abort()

    def _wait(self) -> None:
        answered = self.conn.our_state is h11.DONE and self.conn.their_state is h11.SEND_BODY
        if self.conn.their_state is h11.IDLE or answered:
            self._ends = self._ends or self.loop.call_later(HEAD_SECONDS, self.transport.abort)
        elif self._ends:
            self._ends.cancel()
            self._ends = None


def connection_behind(proxy: str) -> type[Connection]:
    """The connections of a server that a proxy at this address, "" for none, stands before."""
    return type("Connection", (Connection,), {"proxy": proxy})
