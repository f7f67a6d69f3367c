"""Clients that say what they have to say slowly, or never listen, by sockets."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any, cast

import pytest
from fastapi import FastAPI
from starlette.responses import PlainTextResponse, Response

from ui import connections
from ui.server import Server, listen

SECONDS = 0.5
LATE = 20.0  # on a busy machine


def late() -> PlainTextResponse:
    time.sleep(3 * SECONDS)
    return PlainTextResponse("here")


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(connections, "HEAD_SECONDS", SECONDS)
    monkeypatch.setattr(connections, "UNREAD_SECONDS", SECONDS)
    app = FastAPI(openapi_url=None)
    app.add_api_route("/", lambda: PlainTextResponse("here"), methods=["GET", "POST"], response_model=None)
    app.add_api_route("/late", late, response_model=None)
    app.add_api_route("/large", lambda: Response(bytes(50_000_000)), response_model=None)
    with listen("127.0.0.1", 0) as listener:
        server = Server(app, "", "127.0.0.3")
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join()


def seconds_until_hung_up(client: socket.socket, trickle: bytes = b"") -> float:
    """How long a client is listened to that sends a byte now and then."""
    begun = time.monotonic()
    client.settimeout(SECONDS / 5)
    while time.monotonic() < begun + LATE:
        try:
            if trickle:
                client.sendall(trickle)
            if not client.recv(65536):
                break
        except TimeoutError:
            continue
        except OSError:  # reset
            break
    return time.monotonic() - begun


def is_answered(client: socket.socket) -> bool:
    said = b""
    while not said.endswith(b"here") and (more := client.recv(1000)):
        said += more
    return said.endswith(b"here")


@pytest.mark.parametrize(
    ("begins", "trickle"),
    [
        (b"", b""),
        (b"G", b""),
        (b"GET / HTTP/1.1\r\nHost: x\r\n", b"a: b\r\n"),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET ", b"x"),
        (b"POST /none HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n", b"x"),
    ],
    ids=["nothing", "one byte", "a head without end", "a second head without end", "a body after the answer"],
)
def test_who_does_not_come_to_an_end_is_hung_up(port: int, begins: bytes, trickle: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(begins)
        assert SECONDS / 2 < seconds_until_hung_up(client, trickle) < LATE


def test_who_does_not_listen_is_hung_up(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(4 * SECONDS)
        got = 0
        client.settimeout(LATE)
        try:
            while more := client.recv(1_000_000):
                got += len(more)
        except OSError:
            pass
        assert got < 50_000_000


def test_who_is_slow_but_in_time_is_answered(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", LATE)
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.settimeout(LATE)
        for _ in range(2):  # the connection is kept
            for part in (b"GET / HT", b"TP/1.1\r\nHost: x\r\n", b"\r\n"):
                client.sendall(part)
                time.sleep(0.02)
            assert is_answered(client)


def test_an_answer_that_takes_long_is_waited_for(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.settimeout(LATE)
        client.sendall(b"GET /late HTTP/1.1\r\nHost: x\r\n\r\n")
        assert is_answered(client)


def test_who_reads_slowly_is_waited_for(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.settimeout(LATE)
        client.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        begun, got, slowly = time.monotonic(), 0, True
        while slowly or got < 50_000_000:
            more = client.recv(100_000 if slowly else 1_000_000)  # slowly too little to have it all
            assert more, "hung up"
            got += len(more)
            slowly = time.monotonic() < begun + 3 * SECONDS
            time.sleep(SECONDS / 20 * slowly)


def clients(port: int, host: str, count: int) -> list[socket.socket]:
    """So many connections that one address opens and keeps."""
    return [socket.create_connection(("127.0.0.1", port), source_address=(host, 0)) for _ in range(count)]


def answered(client: socket.socket) -> bool:
    client.settimeout(LATE)
    try:
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        return is_answered(client)
    except OSError:  # reset
        return False


def test_one_address_holds_no_more_than_its_share(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", LATE)
    monkeypatch.setattr(connections, "OF_ONE_ADDRESS", 3)
    own = clients(port, "127.0.0.1", 4)
    assert [answered(each) for each in own] == [True, True, True, False]
    (other,) = clients(port, "127.0.0.2", 1)
    assert answered(other)
    proxied = clients(port, "127.0.0.3", 5)
    assert all(map(answered, proxied))
    own.pop(0).close()
    time.sleep(SECONDS)
    (again,) = clients(port, "127.0.0.1", 1)
    assert answered(again)
    for each in (*own, other, *proxied, again):
        each.close()


class Peer:
    """The transport of a connection from an address; `aborted` once it was hung up."""

    def __init__(self, host: str) -> None:
        self.host, self.aborted = host, False

    def get_extra_info(self, name: str) -> Any:
        return (self.host, 1) if name == "peername" else None

    def abort(self) -> None:
        self.aborted = True


@pytest.mark.parametrize(
    ("proxy", "host", "limited"),
    [
        ("10.0.0.1", "::ffff:10.0.0.1", False),
        ("2001:db8::1", "2001:0db8:0:0::1", False),
        ("10.0.0.1", "::ffff:10.0.0.2", True),
        ("", "10.0.0.1", True),
    ],
)
def test_a_proxy_is_known_however_its_address_is_spelled(
    proxy: str, host: str, limited: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "OF_ONE_ADDRESS", 2)
    server, loop = Server(FastAPI(openapi_url=None), "", proxy), asyncio.new_event_loop()
    server.config.load()
    peers = [Peer(host) for _ in range(3)]
    for peer in peers:
        connections.connection_behind(proxy)(server.config, server.server_state, {}, loop).connection_made(
            cast(asyncio.Transport, peer)
        )
    loop.close()
    assert [peer.aborted for peer in peers] == [False, False, limited]
