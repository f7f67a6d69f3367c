from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from rag.errors import DocumentError
from rag.sources import sitemap as module
from rag.sources.page import Page
from rag.sources.sitemap import announcement, sitemap_entries
from rag.sources.source import Entry

ADDRESS = "https://bao.example/sitemap.xml"
XMLNS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def urlset(*urls: tuple[str, str]) -> bytes:
    said = "".join(f"<url><loc>{loc}</loc>{last and f'<lastmod>{last}</lastmod>'}</url>" for loc, last in urls)
    return f"<?xml version='1.0'?><urlset {XMLNS}>{said}</urlset>".encode()


def index(*locs: str) -> bytes:
    listed = "".join(f"<sitemap><loc>{each}</loc></sitemap>" for each in locs)
    return f"<sitemapindex {XMLNS}>{listed}</sitemapindex>".encode()


def read(content: bytes, others: dict[str, bytes] | None = None) -> list[Entry | DocumentError]:
    def fetch(address: str) -> Page:
        if address not in (others or {}):
            raise DocumentError(address, "holds nothing")
        return Page(address, (others or {})[address], "text/xml")

    return list(sitemap_entries(Page(ADDRESS, content, "text/xml"), fetch))


def test_the_pages_of_a_sitemap() -> None:
    found = read(urlset(("https://bao.example/1", "2024-09-08"), ("https://bao.example/2", "")))
    assert found == [Entry("https://bao.example/1", "2024-09-08"), Entry("https://bao.example/2", "")]


def test_packed_and_nested_sitemaps() -> None:
    others = {
        "https://bao.example/a.xml": urlset(("https://bao.example/a", "")),
        "https://bao.example/b.xml.gz": gzip.compress(urlset(("https://bao.example/b", ""))),
    }
    found = read(index(*others, "https://bao.example/không-có.xml"), others)
    assert {each.address for each in found if isinstance(each, Entry)} == {
        "https://bao.example/a",
        "https://bao.example/b",
    }
    assert len([each for each in found if isinstance(each, DocumentError)]) == 1


def test_a_sitemap_that_names_itself_ends() -> None:
    assert read(index(ADDRESS), {ADDRESS: index(ADDRESS, ADDRESS)}) == []


def test_more_pages_than_a_sitemap_may_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_ENTRIES", 2)
    *entries, error = read(urlset(*((f"https://bao.example/{n}", "") for n in range(5))))
    assert len(entries) == 2
    assert isinstance(error, DocumentError)


def test_what_leads_nowhere_loses_no_other() -> None:
    one, error, two = read(urlset(("/1", ""), ("file:///etc/passwd", ""), ("/2", "")))
    assert isinstance(error, DocumentError)
    assert [one, two] == [Entry("https://bao.example/1"), Entry("https://bao.example/2")]


def test_of_a_broken_sitemap_what_is_whole_is_read() -> None:
    assert read(urlset(("/1", ""), ("/2", ""))[:-25])[0] == Entry("https://bao.example/1")
    assert read(b"") == []


def test_entities_lead_nowhere(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("bí mật")
    content = f"<!DOCTYPE r [<!ENTITY x SYSTEM '{secret.as_uri()}'>]>".encode() + urlset(
        ("https://bao.example/&x;", "")
    )
    assert all("b%C3%AD" not in str(each) for each in read(content))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (urlset(), "sitemap"),
        (index(), "sitemap"),
        (gzip.compress(urlset(), mtime=0), "sitemap"),
        (b"<?xml version='1.0'?>\n<!-- x -->\n<rss version='2.0'/>", "feed"),
        (b"<feed xmlns='http://www.w3.org/2005/Atom'/>", "feed"),
        (b"<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'/>", "feed"),
        (b"<!DOCTYPE html><html><body><rss/></body></html>", None),
        (b"%PDF-1.7", None),
        (b"", None),
    ],
)
def test_what_a_page_announces(content: bytes, expected: str | None) -> None:
    assert announcement(Page(ADDRESS, content, "text/xml")) == expected
