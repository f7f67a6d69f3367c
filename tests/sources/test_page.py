from __future__ import annotations

import json

import pytest

from rag.documents.formats import Loaded
from rag.errors import DocumentError
from rag.sources.page import Gone, Page, Unmodified, articles_of

ADDRESS = "https://bao.example/tin/cau-rong"
HTML = (
    "<html><head><title>Cầu Rồng</title><link rel='canonical' href='http://10.0.0.1/x'/></head><body><article>"
    "<h1>Cầu Rồng</h1><p>Cầu Rồng ở Đà Nẵng dài 666 mét, bắc qua sông Hàn.</p><a href='/khac'>Bài khác</a></article>"
    "</body></html>"
).encode()


def read(content: bytes, kind: str, address: str = ADDRESS) -> list[object]:
    return list(articles_of(Page(address, content, kind)))


@pytest.mark.parametrize("kind", ["text/html", "application/xhtml+xml"])
def test_a_page_is_one_article_of_its_address(kind: str) -> None:
    (found,) = read(HTML, kind)
    assert isinstance(found, Loaded)
    assert (found.article.id, found.article.source, found.origin) == (ADDRESS, ADDRESS, ADDRESS)
    assert found.part == ""
    assert (found.article.title, found.article.language) == ("Cầu Rồng", "vi")
    assert "666 mét" in found.article.text


@pytest.mark.parametrize(
    ("kind", "path"),
    [("text/plain", "/a.md"), ("text/markdown", "/a"), ("", "/a.md"), ("application/octet-stream", "/a.MD")],
)
def test_the_format_is_that_of_the_type_and_of_the_path_where_that_says_little(kind: str, path: str) -> None:
    (found,) = read("# Ga Hà Nội\n\nXây năm 1902.".encode(), kind, f"https://bao.example{path}")
    assert isinstance(found, Loaded)
    assert (found.article.id, found.article.title) == (f"https://bao.example{path}", "Ga Hà Nội")


def test_a_page_in_the_place_of_a_file_is_a_page() -> None:
    (found,) = read(HTML, "text/html", "https://bao.example/a.jsonl")
    assert isinstance(found, Loaded)
    assert found.article.id == "https://bao.example/a.jsonl"


def test_a_file_of_many_articles() -> None:
    lines = [json.dumps({"id": name, "text": f"Câu {name}."}) for name in "xy"] + ["{"]
    one, two, error = read("\n".join(lines).encode(), "text/plain", "https://bao.example/l.jsonl")
    assert isinstance(one, Loaded)
    assert isinstance(two, Loaded)
    assert (one.article.id, two.article.id, one.origin) == ("x", "y", "https://bao.example/l.jsonl")
    assert isinstance(error, DocumentError)
    assert error.place == "https://bao.example/l.jsonl:3"


@pytest.mark.parametrize(
    ("content", "kind", "reason"),
    [
        (b"\x89PNG", "image/png", "holds image/png, which is not read"),
        (b"x", "", "a format that is not named"),
        (b"<rss/>", "application/rss+xml", "which is not read; `hoidap sources add` reads what a feed lists"),
        (b"<html></html>", "text/html", "no article text was found"),
        (b"", "text/html", "is empty"),
    ],
)
def test_what_is_no_article_is_an_error_at_the_address(content: bytes, kind: str, reason: str) -> None:
    (error,) = read(content, kind)
    assert isinstance(error, DocumentError)
    assert error.place == ADDRESS
    assert reason in error.reason


def test_other_answers_stay_what_they_are() -> None:
    assert [*articles_of(Gone(ADDRESS))] == [Gone(ADDRESS)]
    assert [*articles_of(Unmodified(ADDRESS))] == [Unmodified(ADDRESS)]
