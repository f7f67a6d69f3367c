from __future__ import annotations

import socket

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.errors import UsageError
from rag.sources.address import is_public, normalised


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("HTTPS://Bao.Example", "https://bao.example/"),
        ("http://bao.example:80/a?x=1&y=%20#đoạn", "http://bao.example/a?x=1&y=%20"),
        (
            "https://bao.example:8443/tin tức/hà-nội.html",
            "https://bao.example:8443/tin%20t%E1%BB%A9c/h%C3%A0-n%E1%BB%99i.html",
        ),
        ("https://việt.example/", "https://xn--vit-5kz.example/"),
        ("http://[::1]:8080/a", "http://[::1]:8080/a"),
    ],
)
def test_an_address_is_written_in_one_way(given: str, expected: str) -> None:
    assert normalised(given) == expected
    assert normalised(expected) == expected


@pytest.mark.parametrize(
    "address",
    [
        "ftp://bao.example/a",
        "file:///etc/passwd",
        "gopher://bao.example/",
        "http://",
        "https:///a",
        "http://bao.example:99999/",
        "http://ai:mat-khau@bao.example/",
        "http://[::1/",
        f"https://bao.example/{'a' * 3000}",
        "bao.example/a",
    ],
)
def test_what_is_not_read(address: str) -> None:
    with pytest.raises(UsageError, match=r"is no address|is not read"):
        normalised(address)


@settings(max_examples=40)
@given(st.text(max_size=30), st.text(max_size=30))
def test_once_normalised_it_stays(path: str, query: str) -> None:
    try:
        once = normalised(f"http://bao.example/{path}?{query}")
    except UsageError:
        return
    assert once.isascii()
    assert "#" not in once
    assert normalised(once) == once


@pytest.mark.parametrize(
    "ip",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "224.0.0.1", "239.1.1.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1",
        "::ffff:192.168.0.1", "64:ff9b::a00:1", "64:ff9b::7f00:1", "2002:7f00:1::", "2002:a00:1::1",
    ],
)  # fmt: skip
def test_addresses_that_are_not_of_the_open_network(ip: str) -> None:
    assert not is_public(ip)


@pytest.mark.parametrize("ip", ["1.1.1.1", "93.184.215.14", "2606:4700::1111", "64:ff9b::101:101", "::ffff:1.1.1.1"])
def test_addresses_of_the_open_network(ip: str) -> None:
    assert is_public(ip)


def test_an_address_that_this_machine_has_itself_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket.socket, "bind", lambda *_: None)  # as where an interface has it
    assert not is_public("1.1.1.1")
