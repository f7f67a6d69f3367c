"""Who is believed to be who: without users, behind a proxy, with headers that anybody may send."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from rag import ConfigError, UserStore
from tests.users.quick_hashes import use_quick_hashes
from ui.access import Access
from ui.readers import may_open, reader_of
from ui.sharing import Sharing

PROXY, OTHER = "10.0.0.1", "10.0.0.2"
HEADER = "Remote-User"


def scope_of(peer: str | None, *headers: tuple[str, str | bytes], **changes: Any) -> Scope:
    raw = [(name.lower().encode(), value if isinstance(value, bytes) else value.encode()) for name, value in headers]
    client = (peer, 50_000) if peer is not None else None
    return {"type": "http", "method": "GET", "path": "/page/vi/facts", "headers": raw, "client": client} | changes


def answered(sharing: Sharing, scope: Scope) -> tuple[int, str]:
    """What is answered by an application that says who asks, and whether they may edit."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        reader = reader_of(HTTPConnection(scope))
        await PlainTextResponse(f"{reader.name}|{reader.key}|{reader.may_edit}")(scope, receive, send)

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        said.append(message)

    said: list[Message] = []
    asyncio.run(Access(app, sharing)(scope, receive, send))
    if said[0]["type"] == "websocket.close":
        return 0, ""
    return said[0]["status"], b"".join(each.get("body", b"") for each in said[1:]).decode()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    use_quick_hashes(monkeypatch)


@pytest.fixture
def named(tmp_path: Path) -> Sharing:
    UserStore(tmp_path).add("An", "một mật khẩu", may_edit=True)
    return Sharing.of(tmp_path, "0.0.0.0", PROXY, HEADER)


def test_a_proxy_names_the_user(named: Sharing) -> None:
    assert answered(named, scope_of(PROXY, (HEADER, "bình"))) == (200, "bình|proxy:bình|False")
    assert answered(named, scope_of(f"::ffff:{PROXY}", (HEADER, "AN"))) == (200, "AN|proxy:an|True")


@pytest.mark.parametrize("peer", [OTHER, "127.0.0.1", "::1", "", None, "10.0.0.11", "unix:"])
def test_the_header_of_anybody_else_is_not_believed(named: Sharing, peer: str | None) -> None:
    for more in ((), (("X-Forwarded-For", PROXY),), (("Forwarded", f"for={PROXY}"), ("X-Real-IP", PROXY))):
        status, said = answered(named, scope_of(peer, (HEADER, "An"), *more))
        assert (status, "proxy alone" in said) == (403, True)


@pytest.mark.parametrize(
    "headers",
    [
        (),
        ((HEADER, ""),),
        ((HEADER, "An"), (HEADER, "Bình")),
        ((HEADER, b"\xff\xfe"),),
        ((HEADER, "a\x1b[2J"),),
        ((HEADER, "\u202eAn"),),
        ((HEADER, "x" * 100),),
        (("Remote_User", "An"),),
    ],
)
def test_a_header_that_is_no_name_lets_nobody_in(named: Sharing, headers: tuple[tuple[str, str], ...]) -> None:
    assert answered(named, scope_of(PROXY, *headers)) == (403, "The proxy names no user.")


def test_a_session_is_none_where_the_proxy_names_users(named: Sharing) -> None:
    user = named.users.user("An")
    assert user is not None
    cookie = ("Cookie", f"hoidap-session={named.users.begin_session(user)}")
    assert answered(named, scope_of(PROXY, cookie))[0] == 403


def test_without_users_this_machine_needs_no_login_until_there_are_some(tmp_path: Path) -> None:
    sharing = Sharing.of(tmp_path, "127.0.0.1")
    name = "a" * 32
    for cookie, key in ((name, name), ("user:x" + name, ""), ("proxy:an", "")):
        scope = scope_of("127.0.0.1", ("Cookie", f"hoidap={cookie}"), (HEADER, "An"))
        assert answered(sharing, scope) == (200, f"|{key}|True")
    user = sharing.users.add("An", "một mật khẩu")
    assert answered(sharing, scope_of("127.0.0.1"))[0] == 401
    token = sharing.users.begin_session(user)
    scope = scope_of("127.0.0.1", ("Cookie", f"hoidap-session={token}"))
    assert answered(sharing, scope) == (200, f"An|{user.key}|False")
    sharing.users.remove("An")
    assert answered(sharing, scope) == (200, "||True")


def test_other_machines_are_let_in_by_users_alone(tmp_path: Path) -> None:
    for host, proxy in (("0.0.0.0", ""), ("0.0.0.0", PROXY), ("127.0.0.1", PROXY)):
        way = f"proxy '{PROXY}'" if proxy else "host '0.0.0.0'"
        with pytest.raises(ConfigError, match=f"reach the chat by {way}, and it has no users"):
            Sharing.of(tmp_path, host, proxy)
    UserStore(tmp_path).add("An", "một mật khẩu")
    behind, sharing = Sharing.of(tmp_path, "127.0.0.1", "127.0.0.1"), Sharing.of(tmp_path, "0.0.0.0")
    sharing.users.remove("An")
    for each in (behind, sharing):
        assert answered(each, scope_of("127.0.0.1"))[0] == 401, "not even when the last one is removed"


def test_nothing_but_http_is_answered(tmp_path: Path) -> None:
    assert answered(Sharing.of(tmp_path, "127.0.0.1"), scope_of("127.0.0.1", type="websocket")) == (0, "")


@pytest.mark.parametrize(
    ("peer", "said", "address"),
    [
        (PROXY, "1.2.3.4", "1.2.3.4"),
        (PROXY, "9.9.9.9, 1.2.3.4", "1.2.3.4"),
        (PROXY, "", PROXY),
        (OTHER, "1.2.3.4", OTHER),
        (PROXY, "x" * 1000, "x" * 64),
        (None, "1.2.3.4", ""),
    ],
)
def test_tries_are_counted_by_the_address_that_the_proxy_says(
    tmp_path: Path, peer: str | None, said: str, address: str
) -> None:
    sharing = Sharing(UserStore(tmp_path), alone=False, proxy=PROXY)
    asked = HTTPConnection(scope_of(peer, ("X-Forwarded-For", said)))
    assert sharing.address(asked) == address


@pytest.mark.parametrize(
    ("reader", "owner", "may"),
    [
        ("cookie", "another", True),
        ("", "cookie", True),
        ("cookie", "user:a", False),
        ("user:a", "cookie", False),
        ("user:a", "user:a", True),
        ("user:a", "user:b", False),
        ("proxy:an", "proxy:bình", False),
        ("proxy:an", "", False),
    ],
)
def test_what_was_kept_without_users_is_for_who_reads_without_users(reader: str, owner: str, may: bool) -> None:
    assert may_open(reader, owner) == may
