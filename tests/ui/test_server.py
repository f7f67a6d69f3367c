"""The server as others than the page meet it: hosts, origins, bodies, calls."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from starlette.responses import PlainTextResponse, Response
from starlette.types import Message

from tests.ui.test_app import ScriptedAssistant, served
from ui.app import CONCURRENT_QUESTIONS, WAITING_QUESTIONS
from ui.guard import Guard
from ui.handlers import QUESTIONS_SHOWN
from ui.limits import MAX_BODY, Limits
from ui.strings import ENGLISH, VIETNAMESE

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:gradio"),  # it calls pandas in a way of the past
]

JOIN, AT_ONCE, ANSWERS = "/gradio_api/queue/join", "/gradio_api/run/predict", "/gradio_api/queue/data?session_hash="
ASK, STOP, EDIT, OPEN = 0, 2, 5, 6


@pytest.fixture(scope="module")
def started() -> ScriptedAssistant:
    return ScriptedAssistant()


@pytest.fixture
def assistant(started: ScriptedAssistant) -> ScriptedAssistant:
    started.calls.clear()
    started.closed.clear()
    return started


@pytest.fixture(scope="module")
def address(started: ScriptedAssistant) -> Iterator[str]:
    async def start() -> str:
        return stack.enter_context(served(started))

    with ExitStack() as stack:
        yield asyncio.run(start())  # without a loop Gradio makes some, and closes none


def post(address: str, path: str, body: Any, **headers: str) -> tuple[int, str]:
    return fetch(address, path, "POST", body, **{"Content-Type": "application/json", **headers})


def fetch(address: str, path: str, method: str = "GET", body: Any = None, **headers: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=30)
    sent = body if isinstance(body, str | bytes | None) else json.dumps(body)
    connection.request(method, path, sent, headers)
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return response.status, text


def asking(question: Any = "giá vé?", session: str | None = "page", **changes: Any) -> dict[str, Any]:
    data = [question, None, "generative", "0.4", None, "0"]
    return {"fn_index": ASK, "session_hash": session, "data": data, **changes}


def answered(address: str, question: str, session: str = "page") -> str:
    """What is sent to the page for one question."""
    assert post(address, JOIN, asking(question, session))[0] == 200
    status, stream = fetch(address, f"{ANSWERS}{session}")
    assert status == 200
    return stream


def through_guard(bound: str, method: str = "GET", **headers: str) -> Response:
    """What a page, which lets everybody in, answers behind the guard of a server bound to an address."""

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        said.append(message)

    said: list[Message] = []
    page = PlainTextResponse("page", headers={"Access-Control-Allow-Origin": "*"})
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": method, "path": "/", "headers": raw}
    asyncio.run(Guard(page, bound, ["chat.example"])(scope, receive, send))
    answer = Response(status_code=said[0]["status"])
    answer.raw_headers = said[0]["headers"]
    return answer


@pytest.mark.parametrize(
    ("bound", "called", "status"),
    [
        ("127.0.0.1", "LOCALHOST:7860", 200),
        ("127.0.0.1", "127.0.0.1:7860", 200),
        ("127.0.0.1", "[::1]:7860", 200),
        ("127.0.0.1", "chat.example", 200),
        ("127.0.0.1", "192.168.1.5:7860", 403),
        ("127.0.0.1", "evil.example:7860", 403),
        ("127.0.0.1", "", 403),
        ("0.0.0.0", "192.168.1.5:7860", 200),
        ("0.0.0.0", "[fe80::1]:7860", 200),
        ("0.0.0.0", "localhost:7860", 200),
        ("0.0.0.0", "Chat.Example:7860", 200),
        ("0.0.0.0", "evil.example:7860", 403),
        ("0.0.0.0", "192.168.1.5.evil.example", 403),
        ("", "", 403),
        ("server.example", "server.example:7860", 200),
    ],
)
def test_the_chat_is_called_by_its_names_and_addresses_alone(bound: str, called: str, status: int) -> None:
    assert through_guard(bound, Host=called).status_code == status


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
@pytest.mark.parametrize("bound", ["127.0.0.1", "0.0.0.0"])
def test_other_origins_are_refused(bound: str, method: str) -> None:
    for origin in ("http://127.0.0.1:8000", "http://localhost:7860", "https://evil.example", "null", "file://", ""):
        refused = through_guard(bound, method, Host="127.0.0.1:7860", Origin=origin)
        assert refused.status_code == 403, origin
        assert not any(name.startswith("access-control-") for name in refused.headers), origin


@pytest.mark.parametrize("origin", ["http://127.0.0.1:7860", "https://127.0.0.1:7860"])
def test_the_page_itself_is_let_in_without_a_word_to_others(origin: str) -> None:
    answer = through_guard("127.0.0.1", "POST", Host="127.0.0.1:7860", Origin=origin)
    assert answer.status_code == 200
    assert not any(name.startswith("access-control-") for name in answer.headers)


def test_no_origin_is_told_that_it_may_read_the_chat(address: str) -> None:
    assert fetch(address, "/config", Origin=address)[0] == 200
    assert fetch(address, "/config", Origin="http://127.0.0.1:8000")[0] == 403
    assert fetch(address, "/config", Host="127.0.0.1:x")[0] < 500


def test_a_body_that_is_too_large_is_not_read_on(address: str, assistant: ScriptedAssistant) -> None:
    status, said = post(address, JOIN, asking("giá vé? " * (MAX_BODY // 4)))
    assert (status, json.loads(said)["detail"]) == (413, VIETNAMESE.body_large)
    assert post(address, "/gradio_api/cancel", b" " * 20 * MAX_BODY)[0] == 413
    assert assistant.calls == []


def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    class Slow:
        """A client that sends the first half of its body."""

        sent = False

        async def receive(self) -> Any:
            if self.sent:
                await asyncio.sleep(60)
            self.sent = True
            return {"type": "http.request", "body": b"{", "more_body": True}

        async def send(self, message: Any) -> None:
            answers.append(message.get("status"))

    async def app(*_: Any) -> None:
        raise AssertionError("half a body was passed on")

    answers: list[int | None] = []
    slow = Slow()
    limits = Limits(app, ENGLISH, body_seconds=0.1)
    asyncio.run(limits({"type": "http", "method": "POST", "path": "/"}, slow.receive, slow.send))
    assert answers == [408, None]


def test_a_client_that_hangs_up_within_its_body_is_no_error(address: str, capfd: pytest.CaptureFixture[str]) -> None:
    host, _, port = address.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port))) as client:
        head = f"POST {JOIN} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: 50\r\n\r\n"
        client.sendall(f"{head}{{".encode())
    time.sleep(0.3)
    assert fetch(address, "/config")[0] == 200
    assert capfd.readouterr().err == ""


def test_only_so_many_questions_wait(address: str, assistant: ScriptedAssistant) -> None:
    pages = [f"page{n}" for n in range(CONCURRENT_QUESTIONS + WAITING_QUESTIONS + 9)]
    asked = [post(address, JOIN, asking("chậm", page)) for page in pages]
    for page, (status, said) in list(zip(pages, asked, strict=True))[CONCURRENT_QUESTIONS:]:
        if status == 200:
            call = {"session_hash": page, "fn_index": ASK, "event_id": json.loads(said)["event_id"]}
            assert post(address, "/gradio_api/cancel", call)[0] == 200
    while len(assistant.closed) < len(assistant.calls):
        assistant.go.set()
        time.sleep(0.01)
    assistant.go.clear()
    told = [json.loads(said)["detail"] for status, said in asked if status == 429]
    assert 0 < len(told) <= 9
    assert set(told) == {VIETNAMESE.crowded}
    assert {status for status, _ in asked} == {200, 429}


@pytest.mark.parametrize("path", [JOIN, AT_ONCE])
def test_a_call_that_fits_no_event_is_refused_without_a_trace(
    address: str, path: str, capfd: pytest.CaptureFixture[str]
) -> None:
    fn = ASK if path == JOIN else OPEN
    data = asking()["data"] if path == JOIN else [None]
    call = asking(fn_index=fn, data=data, event_data={"reference": "cite-1-1"})
    assert post(address, path, call)[0] == 200
    bad: list[Any] = [
        *("", "{", "[" * 100_000, b"\xff{}", "[]", "{}", "null", '"x"', "\ud800".encode("utf-8", "surrogatepass")),
        *({**call, "fn_index": n} for n in (99, -1, None, "x", 10**30, STOP if path == JOIN else ASK)),
        *({**call, "data": n} for n in ([], None, "x", [*data, "x"])),
        *({**call, "session_hash": n} for n in (None, "", 5, "x" * 65)),
        {**call, "batched": True},
    ]
    if path == JOIN:
        bad += [asking({"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}), asking(7), asking(["x"])]
        bad += [asking(data=["giá vé?", None, "neither", "0.4", None, "0"])]
    else:
        events: list[Any] = [None, [], "reference", {}, {"reference": {"a": 1}}]
        bad += [{**call, "fn_index": fn, "event_data": n} for n in events for fn in (EDIT, OPEN)]
    for body in bad:
        assert 400 <= post(address, path, body)[0] < 500, str(body)[:200]
    assert fetch(address, f"{ANSWERS}nobody")[0] == 404
    assert capfd.readouterr().err == ""


def test_half_a_surrogate_pair_is_a_question_like_another(
    address: str, assistant: ScriptedAssistant, capfd: pytest.CaptureFixture[str]
) -> None:
    assert "gi&#63; vé" in answered(address, "gi\ud800 vé")
    assert [question for question, *_ in assistant.calls] == ["gi? vé"]
    assert capfd.readouterr().err == ""


def test_a_question_that_is_too_long_is_not_shown_whole(address: str) -> None:
    assert len(answered(address, "không " + "x" * 100_000)) < 20_000


def test_what_an_answer_sends_does_not_grow_with_the_conversation(address: str) -> None:
    sizes = [len(answered(address, "nguyên văn?")) for _ in range(2 * QUESTIONS_SHOWN)]
    most = max(sizes[: QUESTIONS_SHOWN + 1])
    assert max(sizes) < 1.05 * most
    assert sizes[QUESTIONS_SHOWN] < 0.7 * most
    each = sizes[1] - sizes[0]
    assert most < sizes[0] + QUESTIONS_SHOWN * 1.1 * each
    assert each < 2000, "the conversation is sent once, not twice"
