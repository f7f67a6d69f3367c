"""Sitemaps (sitemaps.org): the addresses of a site's pages."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from typing import Literal
from urllib.parse import urljoin
from xml.etree.ElementTree import Element, ParseError, iterparse

from rag.errors import DocumentError, UsageError
from rag.sources.address import normalised
from rag.sources.page import Page
from rag.sources.source import Entry

MAX_ENTRIES = 50_000
MAX_SITEMAPS = 100
MAX_UNPACKED = 64 * 1024 * 1024
_Kinds = dict[str, Literal["feed", "sitemap"]]
_KINDS: _Kinds = {"rss": "feed", "feed": "feed", "RDF": "feed", "urlset": "sitemap", "sitemapindex": "sitemap"}
_ROOT_WITHIN = 64 * 1024  # bytes


def announcement(page: Page) -> Literal["feed", "sitemap"] | None:
    """Whether a page is a "feed" or a "sitemap" by its first element; None when it is neither."""
    with_root = (name for name, _ in _elements(_unpacked(page)[:_ROOT_WITHIN], "start"))
    return _KINDS.get(next(with_root, ""))


def sitemap_entries(page: Page, fetch: Callable[[str], Page]) -> Iterator[Entry | DocumentError]:
    """The pages of a sitemap, and of those that it lists, which `fetch` gets; errors come as values.

    The stamp is the time of the last change, if the sitemap says one.
    """
    left, sitemaps, count = [page], 1, 0
    while left:
        current = left.pop()
        for kind, entry in _listed(current):
            if isinstance(entry, DocumentError):
                yield entry
            elif kind == "url":
                count += 1
                if count > MAX_ENTRIES:
                    yield DocumentError(page.address, f"lists more than {MAX_ENTRIES:,} pages; add its parts instead")
                    return
                yield entry
            elif sitemaps < MAX_SITEMAPS:
                sitemaps += 1
                try:
                    left.append(fetch(entry.address))
                except DocumentError as error:
                    yield error


def _listed(page: Page) -> Iterator[tuple[str, Entry | DocumentError]]:
    """What a sitemap lists: "url" with a page, or "sitemap" with another sitemap."""
    for name, element in _elements(_unpacked(page), "end"):
        if name not in ("url", "sitemap"):
            continue
        said = {child.tag.rpartition("}")[2]: (child.text or "").strip() for child in element}
        try:
            yield name, Entry(normalised(urljoin(page.address, said.get("loc", ""))), said.get("lastmod", "")[:40])
        except (UsageError, ValueError) as error:
            yield name, DocumentError(page.address, f"lists what leads nowhere ({error}); tell those who write it")
        element.clear()


def _elements(content: bytes, event: Literal["start", "end"]) -> Iterator[tuple[str, Element]]:
    """The elements of an XML document with their local names; of a broken one those before it breaks.

    The parser opens no other file or address, and limits how much entities may grow (expat, since 2.4.1).
    """
    try:
        for _, element in iterparse(io.BytesIO(content), events=(event,)):
            yield element.tag.rpartition("}")[2], element
    except (ParseError, ValueError, LookupError):
        return


def _unpacked(page: Page) -> bytes:
    if not page.content.startswith(b"\x1f\x8b"):
        return page.content
    try:
        content = gzip.GzipFile(fileobj=io.BytesIO(page.content)).read(MAX_UNPACKED + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise DocumentError(page.address, f"is packed wrongly ({error}); check the address") from error
    if len(content) > MAX_UNPACKED:
        raise DocumentError(page.address, f"is larger than {MAX_UNPACKED // 2**20} MiB unpacked; add its parts instead")
    return content
