from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from rag.errors import DocumentError
from rag.sources.feed import feed_entries
from rag.sources.page import Page
from rag.sources.source import Entry

ADDRESS = "https://bao.example/rss/moi.xml"
RSS = """<?xml version="1.0"?><rss version="2.0"><channel><title>Báo</title>{}</channel></rss>"""
ITEM = "<item><title>{title}</title><link>{link}</link><pubDate>Sun, 08 Sep 2024 07:00:00 +0700</pubDate></item>"


def read(text: str) -> list[Entry | DocumentError]:
    return list(feed_entries(Page(ADDRESS, text.encode(), "application/rss+xml")))


def rss(*items: tuple[str, str]) -> str:
    return RSS.format("".join(ITEM.format(title=title, link=link) for title, link in items))


def addresses(found: list[Entry | DocumentError]) -> list[str]:
    return [each.address for each in found if isinstance(each, Entry)]


def test_the_entries_of_rss() -> None:
    found = read(
        rss(("Một", "https://bao.example/1#x"), ("Hai", "/2"), ("Ba", "https://bao.example/b%C3%A0i?a=1&amp;b=2"))
    )
    assert addresses(found) == [
        "https://bao.example/1",
        "https://bao.example/2",
        "https://bao.example/b%C3%A0i?a=1&b=2",
    ]


def test_the_entries_of_atom() -> None:
    entry = (
        "<entry><title>Một</title><link href='https://bao.example/1'/><updated>2024-09-08T00:00:00Z</updated></entry>"
    )
    assert addresses(read(f"<feed xmlns='http://www.w3.org/2005/Atom'>{entry}</feed>")) == ["https://bao.example/1"]


def test_a_stamp_changes_with_what_is_said_of_an_entry() -> None:
    (one,), (same,), (other,) = (read(rss((title, "/1"))) for title in ("Một", "Một", "Một, cập nhật"))
    assert one == same
    assert isinstance(one, Entry)
    assert isinstance(other, Entry)
    assert one.stamp != other.stamp


def test_an_entry_that_leads_nowhere_loses_no_other() -> None:
    found = read(
        rss(("Một", "/1"), ("Hỏng", ""), ("Tệp", "file:///etc/passwd"), ("Mã", "javascript:alert(1)"), ("Hai", "/2"))
    )
    assert addresses(found) == ["https://bao.example/1", "https://bao.example/2"]
    errors = [each for each in found if isinstance(each, DocumentError)]
    assert [error.place for error in errors] == [ADDRESS] * 3
    assert ["its entry 2" in errors[0].reason, "its entry 3" in errors[1].reason] == [True, True]


def test_of_a_broken_feed_what_is_whole_is_read() -> None:
    assert addresses(read(rss(("Một", "/1"), ("Hai", "/2"))[:-60]))[:1] == ["https://bao.example/1"]


@pytest.mark.parametrize("text", ["", "<html><body>Không có gì</body></html>", "không phải XML"])
def test_what_is_no_feed(text: str) -> None:
    with pytest.raises(DocumentError, match="is no feed that can be read"):
        read(text)


def test_a_feed_does_not_name_a_file(tmp_path: Path) -> None:
    file = tmp_path / "feed.xml"
    file.write_text(rss(("Một", "/1")), encoding="utf-8")
    with pytest.raises(DocumentError, match="is no feed"):
        read(str(file))


def test_entities_do_not_grow() -> None:
    doctype = '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)
    )
    with suppress(DocumentError):
        read(doctype + "]>" + rss(("&j;", "/1")).partition("?>")[2])
