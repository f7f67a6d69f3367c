"""Electronic books (EPUB): an article for each chapter, in the order of the spine."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, BinaryIO
from urllib.parse import unquote

from rag.documents.article import EMPTY, Article, article_from
from rag.documents.packed_file import DAMAGED, not_readable, open_packed, xml_tree
from rag.documents.xhtml import page_of_xml
from rag.errors import DocumentError

_CONTAINER = "META-INF/container.xml"
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class EpubLoader:
    """Reads a .epub file; the id of a chapter is the name of the book and that of its page below it."""

    suffixes = (".epub",)

    def load(self, content: BinaryIO, name: str) -> Iterator[Article | DocumentError]:
        """Yield the chapters; see `Loader.load`. Pages without text, as a cover, are passed over.

        The book gives the author, the language, and the day when it was published, not when it was changed.
        """
        packed = open_packed(content, name)
        try:
            folder, package = _package(packed)
        except DAMAGED as error:
            raise not_readable(name) from error
        book = _book(package)
        empty = True
        for number, page in enumerate(_spine(package), start=1):
            found = _chapter(packed, folder, page, book, f"{name}:{number}")
            if found is not None:
                empty = False
                yield found
        if empty:
            raise DocumentError(name, EMPTY)


def _package(packed: zipfile.ZipFile) -> tuple[str, Any]:
    """The folder of the package document in the book, and the document; one of `DAMAGED` where there is none."""
    root = xml_tree(packed.read(_CONTAINER)).find(".//{*}rootfile")
    if root is None:
        raise ValueError("no package is named")
    path = root.get("full-path", "")
    return posixpath.dirname(path), xml_tree(packed.read(path))


def _book(package: Any) -> dict[str, str]:
    """What the package says of the book as a whole."""
    published = [
        date.text or ""
        for date in package.iterfind(".//{*}metadata/{*}date")
        if not any(key.endswith("event") and value != "publication" for key, value in date.attrib.items())
    ]
    day = _DATE.match(published[0].strip()) if published else None
    found = {name: (package.findtext(f".//{{*}}metadata/{{*}}{name}") or "").strip() for name in ("title", "language")}
    authors = [(each.text or "").strip() for each in package.iterfind(".//{*}metadata/{*}creator")]
    return {**found, "author": ", ".join(filter(None, authors)), "published": day[0] if day else ""}


def _spine(package: Any) -> list[str]:
    """The pages in the order of reading, each once, as paths below the package's folder."""
    items = {item.get("id"): item.get("href", "") for item in package.iterfind(".//{*}manifest/{*}item")}
    pages = (items.get(each.get("idref"), "") for each in package.iterfind(".//{*}spine/{*}itemref"))
    return list(dict.fromkeys(unquote(page.partition("#")[0]) for page in pages if page))


def _chapter(
    packed: zipfile.ZipFile, folder: str, page: str, book: dict[str, str], place: str
) -> Article | DocumentError | None:
    """The article of a page, or what is wrong with it; None where it has no text."""
    name = place.rpartition(":")[0]
    try:
        content = packed.read(posixpath.normpath(posixpath.join(folder, page)))
        text = content.decode("utf-16" if content[:2] in _UTF_16_MARKS else "utf-8-sig")
    except DAMAGED:
        return DocumentError(
            place, f"its page {page!r} is missing, damaged or locked; ask for another copy of the book"
        )
    found = page_of_xml(text)
    lines = found.lines[1:] if found.lines[:1] == (found.heading,) else found.lines
    if not any(any(map(str.isalnum, line)) for line in lines):
        return None
    titles = dict.fromkeys(filter(None, (found.heading, book["title"])))
    fields = {**book, "title": " – ".join(titles), "text": "\n".join(lines)}
    return article_from(fields, f"{name}/{page}", place=place, fallback_title=PurePosixPath(name).stem)
