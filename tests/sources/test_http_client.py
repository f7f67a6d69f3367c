from __future__ import annotations

import gzip
import socket
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import closing
from io import BufferedIOBase
from typing import Any

import pytest

from rag.errors import DocumentError
from rag.sources import http_client as module
from rag.sources.address import is_public
from rag.sources.http_client import HttpClient
from rag.sources.page import UNKNOWN, Gone, Page, Unmodified, Validators
from tests.sources.web_site import Reply, Site


@pytest.fixture
def client() -> Iterator[HttpClient]:
    """One that reads what this machine serves."""
    with closing(HttpClient(allow_private=True)) as made:
        yield made


@pytest.fixture
def guarded(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., HttpClient]]:
    """Clients for which the site alone, of all that is private, is of the open network; its host is bao.example."""
    monkeypatch.setattr(module, "is_public", lambda ip: ip == "127.0.0.1" or is_public(ip))
    made: list[HttpClient] = []

    def client(*answers: list[str]) -> HttpClient:
        left = list(answers)
        made.append(HttpClient(resolve=lambda host, _: left.pop(0) if left else ["127.0.0.1"]))
        return made[-1]

    yield client
    for each in made:
        each.close()


def reason(client: HttpClient, address: str) -> str:
    with pytest.raises(DocumentError) as caught:
        client.get(address)
    assert caught.value.place == address
    assert ";" in caught.value.reason, "it says what to do"
    return caught.value.reason


def page(client: HttpClient, address: str, known: Validators = UNKNOWN) -> Page:
    found = client.get(address, known)
    assert isinstance(found, Page)
    return found


def test_a_page_is_read(site: Site, client: HttpClient) -> None:
    address = site.put("/a?b=1", "Bài".encode(), ETag='"1"', Last_Modified="Mon, 02 Sep 2024 00:00:00 GMT")
    found = page(client, address)
    assert found == Page(address, "Bài".encode(), "text/html", Validators('"1"', "Mon, 02 Sep 2024 00:00:00 GMT"))
    agent = site.headers[-1]["user-agent"]
    assert agent.startswith("hoidap/")
    assert site.headers[-1]["host"] == f"127.0.0.1:{site.port}"


def test_what_has_not_changed_is_not_sent_again(site: Site, client: HttpClient) -> None:
    address = site.put("/a", b"x", ETag='"1"')
    known = page(client, address).validators
    assert client.get(address, known) == Unmodified(address)
    assert site.headers[-1]["if-none-match"] == '"1"'
    site.put("/a", b"y", ETag='"2"')
    assert page(client, address, known).content == b"y"
    dated = Validators(modified="Mon, 02 Sep 2024 00:00:00 GMT")
    page(client, address, dated)
    assert site.headers[-1]["if-modified-since"] == dated.modified
    site.replies["/odd"] = Reply(status=304)
    assert "status 304" in reason(client, site.at("/odd")), "nobody asked whether it had changed"


@pytest.mark.parametrize("status", [404, 410])
def test_what_is_gone_is_told(site: Site, client: HttpClient, status: int) -> None:
    site.replies["/a"] = Reply(b"", status=status)
    assert client.get(site.at("/a")) == Gone(site.at("/a"))


@pytest.mark.parametrize("status", [403, 429, 500, 503])
def test_other_answers_are_errors(site: Site, client: HttpClient, status: int) -> None:
    site.replies["/a"] = Reply(b"", status=status)
    assert f"status {status}" in reason(client, site.at("/a"))


# Which machines are asked


def test_this_machine_is_not_asked(site: Site) -> None:
    with closing(HttpClient()) as client:
        for host in ("127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]"):
            assert "this machine or a private network" in reason(client, site.at("/a", host))
    assert site.asked == []


@pytest.mark.parametrize("host", ["10.0.0.1", "169.254.169.254", "192.168.0.1", "[::1]", "127.0.0.2"])
def test_a_redirect_to_a_private_network_is_not_followed(
    site: Site, guarded: Callable[..., HttpClient], host: str
) -> None:
    address = site.redirect("/a", f"http://{host}:{site.port}/secret")
    client = guarded(["127.0.0.1"], ["127.0.0.1"], [host.strip("[]")])
    assert "this machine or a private network" in reason(client, address.replace("127.0.0.1", "bao.example"))
    assert site.pages() == ["/a"]


def test_a_redirect_by_a_name_of_a_private_network_is_not_followed(
    site: Site, guarded: Callable[..., HttpClient]
) -> None:
    site.redirect("/a", f"http://noi-bo.example:{site.port}/secret")
    client = guarded(["127.0.0.1"], ["127.0.0.1"], ["10.0.0.7"])
    assert "10.0.0.7" in reason(client, site.at("/a", "bao.example"))
    assert site.pages() == ["/a"]


def test_the_address_that_was_checked_is_the_one_that_is_asked(
    site: Site, guarded: Callable[..., HttpClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up: list[Any] = []
    original = socket.getaddrinfo

    def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        looked_up.append(host)
        return original(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    site.put("/a", b"x")
    assert page(guarded(), site.at("/a", "bao.example")).content == b"x"
    assert {*looked_up} <= {"127.0.0.1"}, "the name itself is looked up by the check alone"
    assert site.headers[-1]["host"] == f"bao.example:{site.port}"


def test_a_name_that_is_bound_anew_is_checked_anew(site: Site, guarded: Callable[..., HttpClient]) -> None:
    site.put("/a", b"x")
    client = guarded(["127.0.0.1"], ["127.0.0.1"], ["10.0.0.1"])
    address = site.at("/a", "bao.example")
    assert page(client, address).content == b"x"
    assert "10.0.0.1" in reason(client, address)
    assert "10.0.0.1" in reason(guarded(["127.0.0.1", "10.0.0.1"]), address), "one private address is enough"
    assert site.pages() == ["/a"]


def test_the_next_address_of_a_host_is_tried(site: Site) -> None:
    site.put("/a", b"x")
    with closing(HttpClient(allow_private=True, resolve=lambda *_: ["127.0.0.9", "127.0.0.1"])) as client:
        assert page(client, site.at("/a", "bao.example")).content == b"x"


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://bao.example/", "//ai:mk@bao.example/", "http://[/"])
def test_a_redirect_elsewhere_than_to_the_web_is_not_followed(site: Site, client: HttpClient, target: str) -> None:
    assert "not read" in reason(client, site.redirect("/a", target)) or target == "http://[/"


def test_redirects_are_followed_to_an_end(site: Site, client: HttpClient) -> None:
    site.put("/c", b"x")
    site.redirect("/b", "/c")
    address = site.redirect("/a", "b")
    assert page(client, address) == Page(address, b"x", "text/html"), "it is known by what was asked"
    assert "leads on more than 5 times" in reason(client, site.redirect("/loop", "/loop"))


def test_a_host_that_is_not_there(client: HttpClient) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/a"
        assert "cannot be reached" in reason(client, address)

    def unknown(*_: object) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    with closing(HttpClient(resolve=unknown)) as other:
        assert "Name or service not known" in reason(other, "http://bao.example/")


# How much


def endless(file: BufferedIOBase) -> None:
    while True:
        file.write(b"x" * 65536)


def test_an_endless_page_ends(site: Site, client: HttpClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 1_000_000)
    assert "is larger than 976 KiB" in reason(client, site.put("/a", endless))


def drip(file: BufferedIOBase) -> None:
    for _ in range(100):
        file.write(b"x")
        file.flush()
        time.sleep(0.05)


def test_a_page_that_drips_ends(site: Site, client: HttpClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_SECONDS", 0.4)
    started = time.monotonic()
    assert "no whole answer within 0.4 s" in reason(client, site.put("/a", drip, Content_Length="100"))
    assert time.monotonic() - started < 2


def test_headers_that_drip_end(client: HttpClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_SECONDS", 0.4)
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert "no whole answer within" in reason(client, f"http://127.0.0.1:{server.getsockname()[1]}/a")


def test_a_bomb_does_not_go_off(site: Site, client: HttpClient, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = gzip.compress(bytes(100_000_000))
    monkeypatch.setattr(module, "MAX_BYTES", 1_000_000)
    address = site.put("/a", bomb, Content_Encoding="gzip")
    tracemalloc.start()
    try:
        assert "is larger than 976 KiB" in reason(client, address)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_packed_pages_are_unpacked(site: Site, client: HttpClient) -> None:
    packed = gzip.compress("Bài báo. ".encode() * 1000)
    assert page(client, site.put("/a", packed, Content_Encoding="gzip")).content == "Bài báo. ".encode() * 1000
    assert site.headers[-1]["accept-encoding"] == "gzip"
    assert "ended before its end" in reason(client, site.put("/b", packed[:-9], Content_Encoding="gzip"))
    assert "is packed wrongly" in reason(client, site.put("/c", b"no gzip", Content_Encoding="gzip"))
    assert "unknown way ('br')" in reason(client, site.put("/d", packed, Content_Encoding="br"))


def test_a_page_that_breaks_off(site: Site, client: HttpClient) -> None:
    assert "cannot be reached" in reason(client, site.put("/a", b"x", Content_Length="100"))


# What is allowed, and how often


def test_robots_txt_is_obeyed(site: Site, client: HttpClient) -> None:
    site.put("/robots.txt", b"User-agent: *\nDisallow: /private/\n", "text/plain")
    site.put("/private/a", b"x")
    site.put("/b", b"x")
    assert "robots.txt does not let programs read it" in reason(client, site.at("/private/a"))
    page(client, site.at("/b"))
    assert "robots.txt does not let programs" in reason(client, site.redirect("/c", "/private/a"))
    assert site.asked == ["/robots.txt", "/b", "/c"]


def test_robots_txt_may_name_us(site: Site, client: HttpClient) -> None:
    site.put("/robots.txt", b"User-agent: hoidap\nDisallow: /\n\nUser-agent: *\nDisallow:\n", "text/plain")
    assert "robots.txt" in reason(client, site.put("/a", b"x"))


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_without_robots_txt_all_is_allowed(site: Site, client: HttpClient, status: int) -> None:
    site.replies["/robots.txt"] = Reply(b"Disallow: /", status=status)
    page(client, site.put("/a", b"x"))


def test_while_robots_txt_cannot_be_read_nothing_is(site: Site, client: HttpClient) -> None:
    site.put("/a", b"x")
    site.put("/b", b"x")
    site.replies["/robots.txt"] = Reply(b"", status=503)
    assert "its site's robots.txt answered with the status 503" in reason(client, site.at("/a"))
    assert "its site's robots.txt answered" in reason(client, site.at("/b"))
    assert site.asked == ["/robots.txt"]


def test_a_host_is_asked_slowly(site: Site, client: HttpClient, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(module, "PAUSE", 1.0)
    monkeypatch.setattr(time, "sleep", waited.append)
    site.put("/robots.txt", b"User-agent: *\nCrawl-delay: 7\n", "text/plain")
    page(client, site.put("/a", b"x"))
    page(client, site.put("/b", b"x"))
    assert [round(each) for each in waited] == [0, 7, 7]
    waited.clear()
    site.replies.pop("/robots.txt")
    with closing(HttpClient(allow_private=True)) as other:
        page(other, site.at("/a"))
    assert [round(each) for each in waited] == [0, 1]
