"""The server as others than the page meet it: hosts, origins, bodies, calls."""

from __future__ import annotations

import asyncio
import http.client
import json
import re
import socket
import time
from typing import Any

import pytest
from starlette.responses import PlainTextResponse, Response
from starlette.types import Message

from tests.ui.scripted_assistant import ScriptedAssistant
from ui.guard import Guard
from ui.limits import MAX_BODY, Limits
from ui.messages import QUESTIONS_SHOWN
from ui.vietnamese import VIETNAMESE

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:gradio"),  # it calls pandas in a way of the past
]

API = "/vi/gradio_api"
JOIN, AT_ONCE, ANSWERS = f"{API}/queue/join", f"{API}/run/predict", f"{API}/queue/data?session_hash="
ASK, AGAIN, SHOW, STOP = 0, 1, 4, 5


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
    data = [question, "", "{}"]
    return {"fn_index": ASK, "session_hash": session, "data": data, **changes}


def answered(address: str, question: str, session: str = "page", known: str = "") -> str:
    """What is sent to the page for one question."""
    assert post(address, JOIN, asking(session=session, data=[question, known, "{}"]))[0] == 200
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
    assert fetch(address, "/vi/config", Origin=address)[0] == 200
    assert fetch(address, "/vi/config", Origin="http://127.0.0.1:8000")[0] == 403
    assert fetch(address, "/vi/config", Host="127.0.0.1:x")[0] < 500


def test_a_body_that_is_too_large_is_not_read_on(address: str, assistant: ScriptedAssistant) -> None:
    status, said = post(address, JOIN, asking("giá vé? " * (MAX_BODY // 4)))
    assert (status, json.loads(said)["detail"]) == (413, VIETNAMESE.body_large)
    assert post(address, f"{API}/cancel", b" " * 20 * MAX_BODY)[0] == 413
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
    limits = Limits(app, body_seconds=0.1)
    asyncio.run(limits({"type": "http", "method": "POST", "path": "/"}, slow.receive, slow.send))
    assert answers == [408, None]


def test_a_client_that_hangs_up_within_its_body_is_no_error(address: str, capfd: pytest.CaptureFixture[str]) -> None:
    host, _, port = address.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port))) as client:
        head = f"POST {JOIN} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: 50\r\n\r\n"
        client.sendall(f"{head}{{".encode())
    time.sleep(0.3)
    assert fetch(address, "/vi/config")[0] == 200
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("path", [JOIN, AT_ONCE])
def test_a_call_that_fits_no_event_is_refused_without_a_trace(
    address: str, path: str, capfd: pytest.CaptureFixture[str]
) -> None:
    fn = ASK if path == JOIN else STOP
    data = asking()["data"] if path == JOIN else [""]
    call = asking(fn_index=fn, data=data, event_data={"name": "retry"})
    assert post(address, path, call)[0] == 200
    if path == JOIN:  # whose question would else be asked within the next test
        assert fetch(address, f"{ANSWERS}page")[0] == 200
    bad: list[Any] = [
        *("", "{", "[" * 100_000, b"\xff{}", "[]", "{}", "null", '"x"', "\ud800".encode("utf-8", "surrogatepass")),
        *({**call, "fn_index": n} for n in (99, -1, None, "x", 10**30, STOP if path == JOIN else ASK)),
        *({**call, "data": n} for n in ([], None, "x", [*data, "x"])),
        *({**call, "session_hash": n} for n in (None, "", 5, "x" * 65)),
        {**call, "batched": True},
    ]
    if path == JOIN:
        bad += [asking({"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}), asking(7), asking(["x"])]
        events: list[Any] = [None, [], "retry", {"name": {"a": 1}}, {"exchange": 1}]
        bad += [{**call, "fn_index": AGAIN, "data": ["", "{}"], "event_data": each} for each in events]
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


def test_what_an_answer_sends_does_not_grow_with_the_conversation(address: str, assistant: ScriptedAssistant) -> None:
    first = answered(address, "nguyên văn?")
    conversation = conversation_of(first)
    sizes = [len(answered(address, "nguyên văn?", known=conversation)) for _ in range(QUESTIONS_SHOWN + 5)]
    assert conversation_of(answered(address, "nguyên văn?", known=conversation)) == conversation
    assert max(sizes[-5:]) < 1.05 * sizes[-6], "the oldest are let go"
    each = sizes[1] - sizes[0]
    assert sizes[-1] < sizes[0] + QUESTIONS_SHOWN * 1.2 * each


def conversation_of(sent: str) -> str:
    """The id of the conversation in what was sent to the page."""
    found = re.search(r'"([A-Za-z0-9_-]{22})"\]', sent)
    assert found
    return found[1]


@pytest.mark.parametrize(
    ("cookies", "accepted", "language"),
    [
        ("", "vi-VN,vi;q=0.9", "vi"),
        ("", "fr-FR,en;q=0.5", "en"),
        ("", "de", "en"),
        ("", "", "vi"),
        ("hoidap-language=en", "vi", "en"),
        ("hoidap-language=xx", "vi", "vi"),
    ],
)
def test_the_page_is_in_the_language_of_its_reader(address: str, cookies: str, accepted: str, language: str) -> None:
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=30)
    connection.request("GET", "/?c=abc", headers={"Cookie": cookies, "Accept-Language": accepted})
    answer = connection.getresponse()
    assert (answer.status, answer.getheader("location")) == (307, f"/{language}/?c=abc")
    connection.close()


def test_a_reader_gets_a_name_that_nobody_can_guess_and_keeps_it(address: str) -> None:
    def named(cookies: str) -> str:
        connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=30)
        connection.request("GET", "/en/", headers={"Cookie": cookies})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        set_ = [value for name, value in answer.getheaders() if name == "set-cookie" and value.startswith("hoidap=")]
        assert "HttpOnly" in set_[0]
        assert "SameSite=Lax" in set_[0]
        return set_[0].partition("=")[2].partition(";")[0]

    first, second = named(""), named("")
    assert first != second
    assert len(first) >= 32
    assert named(f"hoidap={first}") == first
    assert named("hoidap=short") not in ("short", first)


def test_conversations_are_seen_by_their_reader_alone(address: str, assistant: ScriptedAssistant) -> None:
    mine = f"hoidap={'a' * 32}"
    assert post(address, JOIN, asking("nguyên riêng?", "mine"), Cookie=mine)[0] == 200
    assert fetch(address, f"{ANSWERS}mine")[0] == 404, "not to another reader who knows the session"
    known = conversation_of(fetch(address, f"{ANSWERS}mine", Cookie=mine)[1])
    page = "/page/vi/conversations"
    for reader, seen in (("a", True), ("b", False)):
        listed = fetch(address, page, Cookie=f"hoidap={reader * 32}")[1]
        assert ("nguyên riêng" in listed) == seen
    assert fetch(address, f"{page}/{known}/markdown")[1].startswith("# nguyên riêng?")
    assert json.loads(fetch(address, f"{page}/{known}/json")[1])["exchanges"][0]["status"] == "answered"
    for path in (f"{page}/nothing/markdown", f"{page}/nothing/json", "/page/vi/answers/no/no"):
        assert fetch(address, path)[0] == 404
    assert post(address, f"{page}/{known}/rename", {"title": " "})[0] == 400
    assert post(address, f"{page}/{known}/rename", {"title": 5})[0] == 422
    assert post(address, f"/page/vi/answers/{known}/no/feedback", {"verdict": "right"})[0] == 404
    assert post(address, f"/page/vi/answers/{known}/no/feedback", {"verdict": "maybe"})[0] == 422


def test_what_cannot_be_done_is_told_in_words(
    address: str, assistant: ScriptedAssistant, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert post(address, "/page/vi/answers/a/b/feedback", {"verdict": "right"}) == (404, VIETNAMESE.source_forgotten)
    assert fetch(address, "/page/vi/answers/a/b") == (404, VIETNAMESE.source_forgotten)

    def fail(_: str) -> None:
        raise OSError("secret path")

    for name in ("remove", "article"):
        monkeypatch.setattr(assistant, name, fail)
    status, told = post(address, "/page/vi/articles/remove", {"known": "metro"})
    assert (status, told) == (500, f"{VIETNAMESE.failed} {VIETNAMESE.failed_advice}")
    status, told = fetch(address, "/page/vi/article?known=metro")
    assert (status, "hd-error" in told) == (200, True)
    assert len([each for each in caplog.records if each.exc_info]) == 2, "why is in the log"
