"""Feeds (RSS, Atom): the addresses of their entries."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

from rag.errors import DocumentError, UsageError
from rag.sources.address import normalised
from rag.sources.page import Page
from rag.sources.source import Entry

MAX_BYTES = 8 * 1024 * 1024
_SAID = ("title", "updated", "published", "summary")


def feed_entries(page: Page) -> Iterator[Entry | DocumentError]:
    """The entries of a feed in its order, and an error for each that leads nowhere.

    The stamp of an entry changes with its title, its times or its summary. Raises `DocumentError` when it is no feed.
    """
    import feedparser  # type: ignore[import-untyped]

    if len(page.content) > MAX_BYTES:
        raise DocumentError(page.address, f"is larger than {MAX_BYTES // 2**20} MiB; check that it is a feed")
    # As a stream: of bytes and texts the library tries whether they name a file or an address, and opens that.
    found: Any = feedparser.parse(io.BytesIO(page.content), sanitize_html=False, resolve_relative_uris=False)
    if not found.get("version") and not found.entries:
        raise DocumentError(page.address, "is no feed that can be read; check the address, or give its --kind")
    for number, entry in enumerate(found.entries, start=1):
        link = dict.get(entry, "link", "")
        try:
            if not link:
                raise UsageError("it has no link")
            yield Entry(normalised(urljoin(page.address, link)), _stamp(entry))
        except (UsageError, ValueError) as error:
            yield DocumentError(page.address, f"its entry {number} leads nowhere ({error}); tell those who write it")


def _stamp(entry: Any) -> str:
    said = repr([dict.get(entry, name) for name in _SAID])
    return hashlib.sha256(said.encode(errors="backslashreplace")).hexdigest()[:16]
