"""A chat with users: who is let in, and what each may see and do."""

from __future__ import annotations

import http.client
import json
import re
import socket
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, expect

from rag import Config, UserStore
from tests.ui.pages import Pages, Tab, ask, served
from tests.ui.scripted_assistant import METRO, ScriptedAssistant
from tests.ui.test_server import ANSWERS, API, ASK, AT_ONCE, JOIN, SHOW, STOP, asking, conversation_of
from tests.users.quick_hashes import use_quick_hashes
from ui.access import PAGES
from ui.english import ENGLISH
from ui.escaping import plain
from ui.sharing import SECURE_SESSION, SESSION, Sharing
from ui.tries import Tries
from ui.vietnamese import VIETNAMESE

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:gradio"),  # it calls pandas in a way of the past
]
PASSWORD = "một mật khẩu"


@dataclass
class Answered:
    status: int
    headers: http.client.HTTPMessage
    text: str


@dataclass
class Client:
    """Somebody who asks, and keeps the cookies that are set."""

    address: str
    cookies: dict[str, str] = field(default_factory=dict)

    def __call__(self, path: str, method: str = "GET", body: Any = None, **headers: str) -> Answered:
        connection = http.client.HTTPConnection(self.address.removeprefix("http://"), timeout=30)
        sent = body if isinstance(body, str | bytes | None) else json.dumps(body)
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        connection.request(method, path, sent, {"Cookie": cookies, "Content-Type": "application/json", **headers})
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
        connection.close()
        for name, value in answer.getheaders():
            if name == "set-cookie":
                known, _, rest = value.partition("=")
                self.cookies[known] = rest.partition(";")[0].strip('"')
        return Answered(answer.status, answer.headers, text)

    def post(self, path: str, body: Any = None, **headers: str) -> Answered:
        return self(path, "POST", {} if body is None else body, **headers)

    def log_in(self, name: str, password: str = PASSWORD, **headers: str) -> Answered:
        form = urlencode({"name": name, "password": password, "c": headers.pop("c", "")})
        return self("/login", "POST", form, **{"Content-Type": "application/x-www-form-urlencoded", **headers})

    def asked(self, question: str, session: str = "page", known: str = "") -> str:
        """What is sent to the page for a question."""
        assert self.post(JOIN, asking(session=session, data=[question, known, "{}"])).status == 200
        return self(f"{ANSWERS}{session}").text


@pytest.fixture(scope="module")
def quick() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        use_quick_hashes(patched)
        yield


@pytest.fixture(scope="module")
def shared(quick: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, ScriptedAssistant]]:
    """A server for others than this machine, of which An may edit the collection, and Bình may not."""
    index = tmp_path_factory.mktemp("shared") / "index"
    users = UserStore(index)
    users.add("An", PASSWORD, may_edit=True)
    users.add("Bình", PASSWORD)
    assistant = ScriptedAssistant(Config(index=index))
    with served(assistant, Sharing.of(index, "0.0.0.0")) as address:
        yield address, assistant


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Tries are counted in the tests that are about them alone."""
    if "tries" not in request.node.name:
        monkeypatch.setattr(Tries, "begin", lambda *_: 0)


@pytest.fixture
def client(shared: tuple[str, ScriptedAssistant]) -> Client:
    return Client(shared[0])


@pytest.fixture
def an(shared: tuple[str, ScriptedAssistant]) -> Client:
    return logged_in(shared[0], "An")


@pytest.fixture
def binh(shared: tuple[str, ScriptedAssistant]) -> Client:
    return logged_in(shared[0], "Bình")


def logged_in(address: str, name: str) -> Client:
    client = Client(address)
    assert client.log_in(name).status == 303
    return client


GRADIO = "queue/join queue/data?session_hash=page run/predict cancel info upload file=/etc/passwd file/etc/passwd"
MORE_OF_GRADIO = "proxy=http://x startup-events heartbeat/page call/ask queue/status stream/x component_server"
OWN = "facts start conversations library articles account article?known=metro uploads?name=a.txt articles/remove"
MORE_OWN = "articles/restore ingestion answers/a/b answers/a/b/source/1 answers/a/b/page/1"
CONVERSATION = "conversations/x/markdown conversations/x/json conversations/x/rename conversations/x/delete"
TRICKS = (
    *("//login", "/login/", "/LOGIN", "/login/../vi/config", "/login%2f..%2fvi/config", "/./login", "/vi/login"),
    *("/login;x", "/login%00", "/login/..;/vi/config", "/vi/config?x=/login", "/favicon.ico/../vi/config"),
    *("//vi/config", "/vi//config", "/vi/%2e%2e/login", "/vi\\config", "/%2fvi/config", "/vi/config/", "*"),
)
PATHS = (
    *PAGES,
    *("/manifest.json", "/vi/config", "/vi/assets/x.js", "/vi/static/x", "/vi/user", "/vi/theme.css", "/logout"),
    *(f"{API}/{each}" for each in f"{GRADIO} {MORE_OF_GRADIO}".split()),
    *(f"/page/vi/{each}" for each in f"{OWN} {MORE_OWN} {CONVERSATION}".split()),
    *TRICKS,
)


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "CONNECT", "PROPFIND"])
def test_without_a_login_there_is_the_login_alone(
    shared: tuple[str, ScriptedAssistant], client: Client, method: str
) -> None:
    client.cookies = {SESSION: "x" * 43, SECURE_SESSION: "y" * 43, "hoidap": "a" * 32}
    for path in PATHS:
        answer = client(path, method)
        if method in ("GET", "HEAD") and path in PAGES:
            assert (answer.status, answer.headers["location"]) == (303, "/login"), path
        else:
            assert answer.status in (401, 404), (path, answer.status)
        assert len(answer.text) < 300, path
    assert shared[1].calls == []


def test_a_request_line_with_a_host_and_an_upgrade_change_nothing(client: Client) -> None:
    host, _, port = client.address.removeprefix("http://").partition(":")
    upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eA==\r\n"
    for target, more in ((f"{client.address}/vi/config", ""), ("/vi/config", upgrade), (f"{API}/queue/join", upgrade)):
        with socket.create_connection((host, int(port)), timeout=30) as raw:
            raw.sendall(f"GET {target} HTTP/1.1\r\nHost: {host}:{port}\r\n{more}\r\n".encode())
            assert raw.recv(100).split(b" ")[1] in (b"401", b"404"), target


def test_a_user_logs_in_and_out(client: Client) -> None:
    page = client("/login?c=abc", **{"Accept-Language": "vi"})
    assert page.status == 200
    for part in (VIETNAMESE.log_in, VIETNAMESE.password, 'value="abc"', 'lang="vi"', 'autocomplete="current-password"'):
        assert part in page.text
    assert ENGLISH.log_in in client("/login?language=en").text
    assert "script" not in page.text
    for name, password in (("An", "wrong"), ("nobody", PASSWORD), ("", ""), ("An\n", ""), ("\u202eAn", PASSWORD)):
        wrong = client.log_in(name, password)
        assert (wrong.status, VIETNAMESE.login_wrong in wrong.text, client.cookies) == (401, True, {})
    right = client.log_in("an", c="abc")
    assert (right.status, right.headers["location"]) == (303, "/?c=abc")
    said = right.headers["set-cookie"]
    for part in ("HttpOnly", "SameSite=strict", "Path=/", f"{SESSION}="):
        assert part in said
    assert "Secure" not in said
    assert client("/login").headers["location"] == "/"
    facts = client("/page/vi/facts")
    assert (facts.status, facts.headers["cache-control"]) == (200, "no-store")
    assert client("/page/vi/account").text.startswith('<span class="hd-note" dir="auto">An<')
    kept = dict(client.cookies)
    assert client.post("/logout").headers["location"] == "/login"
    assert client("/page/vi/facts").status == 401
    client.cookies = kept
    assert client("/page/vi/facts").status == 401, "it has ended on the server"


def test_a_page_is_led_to_the_login_and_back(client: Client) -> None:
    assert client("/vi/?c=a%22b").headers["location"] == "/login?c=a%22b"
    crossing = client("/vi/?c=abc", **{"Sec-Fetch-Site": "cross-site"})
    assert (crossing.status, "refresh" in crossing.text) == (200, True), "then it is asked with the cookie"
    for hostile in ("//evil.example", "https://evil.example", "/\\evil.example", "x\r\nSet-Cookie: a=b"):
        assert re.fullmatch(r"/\?c=[\w%.+-]*", client.log_in("An", c=hostile).headers["location"])
        client.cookies.clear()


def test_what_was_typed_is_no_markup(client: Client) -> None:
    hostile = '"><script>alert(1)</script>'
    for answer in (client.log_in(hostile, c=hostile), client(f"/login?{urlencode({'c': hostile})}")):
        assert "<script" not in answer.text
        assert "&#34;&#62;&#60;script" in answer.text
        assert "frame-ancestors 'self'" in answer.headers["content-security-policy"]


def test_over_tls_the_cookie_is_for_tls_alone(client: Client) -> None:
    origin = client.address.replace("http:", "https:")
    said = client.log_in("An", Origin=origin).headers["set-cookie"]
    assert said.startswith(f"{SECURE_SESSION}=")
    assert "Secure" in said
    assert client("/page/vi/facts").status == 200


def test_a_session_that_was_planted_is_not_taken_over(client: Client, binh: Client) -> None:
    client.cookies = {SESSION: "planted" * 6}
    assert client.log_in("An").status == 303
    assert client.cookies[SESSION] != "planted" * 6
    before = dict(client.cookies)
    assert client.log_in("An").status == 303
    assert client.cookies[SESSION] != before[SESSION]
    client.cookies = before
    assert client("/page/vi/facts").status == 401, "each login ends the session before it"


@pytest.mark.parametrize("origin", ["null", "https://evil.example", "http://127.0.0.1:1"])
def test_other_sites_log_nobody_in_or_out(client: Client, an: Client, origin: str) -> None:
    assert client.log_in("An", Origin=origin).status == 403
    assert an.post("/logout", Origin=origin).status == 403
    assert an("/page/vi/facts").status == 200


def test_tries_in_vain_take_longer_and_longer(client: Client) -> None:
    statuses = [client.log_in("khách", "wrong").status for _ in range(7)]
    assert statuses[:5] == [401] * 5
    assert 429 in statuses
    late = [client.log_in("khách") for _ in range(3)][-1]
    assert late.status == 429
    assert int(late.headers["retry-after"]) >= 1
    assert VIETNAMESE.login_wait.partition("{")[0] in late.text
    assert client.cookies == {}


def test_tries_are_counted_together_however_the_name_is_spelled(client: Client) -> None:
    spellings = ("chị", "CHỊ", unicodedata.normalize("NFD", "chị"), "ｃhị", "Ｃhị", "cｈị", "ＣＨỊ", " chị")
    assert 429 in [client.log_in(each, "wrong").status for each in spellings]


@pytest.mark.parametrize("body", [b"\xff" * 99, b"a=1&" * 1000, b"password=" + b"x" * 900_000, b"", b"{}", b"name=%ff"])
def test_no_form_is_too_strange(client: Client, body: bytes) -> None:
    assert client("/login", "POST", body).status == 401


def test_a_conversation_is_its_users_alone(an: Client, binh: Client, client: Client) -> None:
    known = conversation_of(an.asked("nguyên riêng?"))
    page, exchange = f"/page/vi/conversations/{known}", re.compile(r"#copy-([\w-]+)")
    found = exchange.search(an.asked("nguyên hai?", known=known))
    assert found
    answer = f"/page/vi/answers/{known}/{found[1]}"
    assert "nguyên riêng" in an("/page/vi/conversations?search=rieng").text
    for search in ("", "?search=rieng", f"?current={known}"):
        listed = binh(f"/page/vi/conversations{search}")
        assert "riêng" not in listed.text
        assert (known in listed.text) is False
    for each, other in ((binh, 404), (client, 401)):
        assert each(f"{page}/markdown").status == other
        assert each(f"{page}/json").status == other
        assert each(answer).status == other
        assert each.post(f"{page}/rename", {"title": "Mine"}).status == other
        assert each.post(f"{page}/delete").status == other
        assert each.post(f"{answer}/feedback", {"verdict": "wrong"}).status == other
        assert METRO.title not in each(f"{answer}/source/1").text
    assert METRO.title in an(f"{answer}/source/1").text
    shown = asking(fn_index=SHOW, data=[], event_data={"conversation": known})
    assert binh.post(JOIN, shown).status == 200
    rejoined = binh(f"{ANSWERS}page").text
    assert plain(VIETNAMESE.conversation_missing) in rejoined
    assert "riêng" not in rejoined
    assert "nguyên riêng" in an(f"{page}/markdown").text
    assert json.loads(an(f"{page}/json").text)["title"] == "nguyên riêng?"
    asked = binh.asked("nguyên ba?", known=known)
    assert conversation_of(asked) != known
    assert "riêng" not in asked
    assert an.post(f"{page}/delete").status == 200


def test_the_page_behind_a_quote_is_drawn_for_who_may_open_the_conversation(
    an: Client, binh: Client, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []

    def page_picture(_: Path, article_id: str, *place: int) -> bytes:
        drawn.append(article_id)
        return b"picture"

    monkeypatch.setattr("ui.routes.page_picture", page_picture)
    sent = an.asked("nguyên riêng?")
    found = re.search(r"#copy-([\w-]+)", sent)
    assert found
    page = f"/page/vi/answers/{conversation_of(sent)}/{found[1]}/page"
    for each, marker, status in ((binh, 1, 404), (client, 1, 401), (an, 9, 404)):
        refused = each(f"{page}/{marker}")
        assert (refused.status, "picture" in refused.text) == (status, False)
    assert drawn == []
    own = an(f"{page}/1")
    assert (own.status, own.text, own.headers["cache-control"]) == (200, "picture", "no-store")
    assert drawn == ["metro"]


def test_an_answer_is_sent_to_who_asked_though_another_knows_the_session(an: Client, binh: Client) -> None:
    assert an.post(JOIN, asking("nguyên riêng?", "same")).status == 200
    assert binh(f"{ANSWERS}same").status == 404
    assert binh.post(JOIN, asking("nguyên khác?", "same")).status == 200
    assert "khác" not in (own := an(f"{ANSWERS}same").text)
    assert "riêng" in own
    assert "riêng" not in (other := binh(f"{ANSWERS}same").text)
    assert "khác" in other


def test_an_answer_is_stopped_by_its_user_alone(
    shared: tuple[str, ScriptedAssistant], an: Client, binh: Client
) -> None:
    assert an.post(JOIN, asking("chậm đây?", "slow")).status == 200
    listed = ""
    while "data-id" not in listed:
        listed = an("/page/vi/conversations?search=cham").text
    (known,) = re.findall(r'data-id="([^"]+)"', listed)
    known = known.replace("&#45;", "-").replace("&#95;", "_")
    stop = {"fn_index": STOP, "session_hash": "slow", "data": [known]}
    assert binh.post(AT_ONCE, stop).status == 200
    assert binh.post(f"{API}/cancel", {"session_hash": "slow", "fn_index": ASK, "event_id": "x"}).status == 200
    shared[1].go.set()
    assert "Trả lời chậm đây" in an(f"{ANSWERS}slow").text


def test_articles_are_changed_by_who_may(shared: tuple[str, ScriptedAssistant], an: Client, binh: Client) -> None:
    assistant = shared[1]
    for path, body in (
        ("articles/remove", {"known": "metro"}),
        ("articles/restore", {"known": "metro"}),
        ("uploads?name=a.txt", "Bài\n\nCâu."),
        ("ingestion", {}),
    ):
        refused = binh.post(f"/page/en/{path}", body)
        assert (refused.status, json.loads(refused.text)["detail"]) == (403, ENGLISH.may_not_edit)
    assert binh("/page/en/ingestion").status == 403
    assert binh.post("/page/en/uploads?name=a.txt", b"x" * 2_000_000).status == 413, "nor is a large file read"
    assert assistant.removed == []
    assert not (assistant.config.index / "uploads").exists()
    for path in ("library", "start", "articles"):
        theirs, own = binh(f"/page/en/{path}"), an(f"/page/en/{path}")
        assert (theirs.status, own.status) == (200, 200)
        for act in ('type="file"', 'data-act="remove"'):
            assert act not in theirs.text
        assert ('type="file"' in own.text) or ('data-act="remove"' in own.text)
    assert METRO.title in binh("/page/en/articles").text
    assert an.post("/page/en/uploads?name=a.txt", "Bài\n\nCâu.").status == 200
    assert an.post("/page/en/articles/remove", {"known": "metro"}).status == 200
    assert assistant.removed == ["metro"]
    assert an.post("/page/en/articles/restore", {"known": "metro"}).status == 200


def test_who_is_removed_is_out_at_once(shared: tuple[str, ScriptedAssistant]) -> None:
    users = UserStore(shared[1].config.index)
    users.add("Chi", PASSWORD, may_edit=True)
    chi = logged_in(shared[0], "Chi")
    assert chi("/page/vi/facts").status == 200
    users.remove("Chi")
    assert chi("/page/vi/facts").status == 401
    assert chi.log_in("Chi").status == 401


def test_a_damaged_file_of_users_lets_nobody_in(
    shared: tuple[str, ScriptedAssistant], an: Client, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    file = UserStore(shared[1].config.index).path
    whole = file.read_bytes()
    file.write_bytes(b"damaged" * 1000)
    try:
        assert (an("/page/vi/facts").status, an.log_in("An").status) == (503, 503)
        # Without a cookie there is nothing to look up.
        assert (client("/page/vi/facts").status, client.log_in("An").status) == (401, 503)
        assert str(file) not in an("/page/vi/facts").text
        assert str(file) in caplog.text
        file.rename(file.with_suffix(".away"))
        assert an("/page/vi/facts").status == 401, "without users nobody is let in from elsewhere"
    finally:
        file.write_bytes(whole)
    assert an("/page/vi/facts").status == 200


def test_the_page_of_a_user_in_a_browser(
    browser: Browser, tab: Tab, shared: tuple[str, ScriptedAssistant], monkeypatch: pytest.MonkeyPatch
) -> None:
    context = browser.new_context(locale="vi-VN")
    login = context.new_page()
    login.goto(f"{shared[0]}/vi/?c=abc")
    login.get_by_label(VIETNAMESE.user_name).fill("bình")
    login.get_by_label(VIETNAMESE.password).fill("không phải")
    login.keyboard.press("Enter")
    expect(login.get_by_role("alert")).to_have_text(VIETNAMESE.login_wrong)
    login.get_by_label(VIETNAMESE.password).fill(PASSWORD)
    login.get_by_role("button", name=VIETNAMESE.log_in).click()
    expect(login).to_have_url(re.compile(r"/vi/(\?c=abc)?$"))
    login.close()
    pages = Pages(browser, tab, shared[0])
    page = pages(context=context)
    expect(page.locator(".hd-account")).to_contain_text("Bình")
    expect(page.locator(".hd-start h2")).to_have_text(VIETNAMESE.welcome)
    expect(page.locator(".hd-add")).to_have_count(0)
    ask(page, "nguyên của Bình?")
    expect(page.locator(".hd-name").first).to_have_text("nguyên của Bình?")
    page.get_by_role("button", name=VIETNAMESE.log_out).click()
    expect(page.get_by_role("button", name=VIETNAMESE.log_in)).to_be_visible()
    assert [each["name"] for each in context.cookies() if "session" in each["name"]] == []
    context.close()
    # What the page still asks for as its user logs out is refused.
    assert (pages.strangers, [each for each in pages.errors if "401" not in each]) == ([], [])
