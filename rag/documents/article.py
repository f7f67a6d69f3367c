"""An article: what every loader makes of a file, and what is stored, cut into chunks and cited."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rag.documents.legacy_encoding import marks_in_order
from rag.errors import DocumentError
from rag.text.language import language_of
from rag.text.normalize import clean

# The reason of the error when there is nothing to read.
EMPTY = "is empty: there is no text in it; write some, or remove it"
_DAY_FIRST = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})")
_LANGUAGE = re.compile("[a-z]{2,3}")


@dataclass(frozen=True, slots=True)
class TextBox:
    """Where the stretch [start, end) of an article's text stands in its file.

    `page` counts from 1; the edges are in points (1/72 inch) from the left and the top of the page.
    """

    start: int
    end: int
    page: int
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Page:
    """The page on which a teaser stands, by the id and the title of its article."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Article:
    """One article as it is stored.

    `id` is unique in a collection: the path of its file in the folder that was read, or the id that the file gives.
    `text` is in NFC with line feeds alone as line ends, and every offset of a chunk or a quote counts its characters.
    `source` is an address, or the id again; `published` an ISO date (2024-09-07) or None; `language` an ISO 639 code.
    `author` is the by-line; `teaser_of` the id of the article on whose page this one is only announced; `boxes` say, in
    the order of the text, where its lines stand on the pages of the file, if it has pages. `repaired` tells what had to
    be done to read its letters right, as in "TCVN3 -> Unicode".
    """

    id: str
    title: str
    text: str
    source: str
    published: str | None
    language: str
    author: str | None = None
    teaser_of: str | None = None
    boxes: tuple[TextBox, ...] = ()
    repaired: str | None = None


def article_from(
    fields: Mapping[str, Any], article_id: str, *, place: str, fallback_title: str, repair: str | None = None
) -> Article:
    """Make an article of the fields that a file gives: text, title, source, published, language and author.

    Only `text` must be there; without `source` it is the id, and the language is guessed from the text. `repair` tells
    what the loader did to the letters. Raises `DocumentError` at `place` for a field of the wrong type, a text without
    a letter, and a date that is none.
    """
    given = clean(field_text(fields, "text", place)).strip()
    if not any(map(str.isalnum, given)):
        raise DocumentError(place, EMPTY)
    text = marks_in_order(given)
    title = marks_in_order(clean(field_text(fields, "title", place)).strip()) or clean(fallback_title)
    repairs = (repair, "marks -> their order in Unicode" if text != given else None)
    language = field_text(fields, "language", place).lower().replace("_", "-").split("-")[0]
    return Article(
        id=clean(article_id),
        title=" ".join(title.split()),
        text=text,
        source=clean(field_text(fields, "source", place) or article_id).strip(),
        published=_iso_date(field_text(fields, "published", place), place),
        language=language if _LANGUAGE.fullmatch(language) else language_of(text),
        author=" ".join(clean(field_text(fields, "author", place)).split()) or None,
        repaired=", ".join(filter(None, repairs)) or None,
    )


def field_text(fields: Mapping[str, Any], name: str, place: str) -> str:
    """The value of a field as text, "" when there is none. Raises `DocumentError` when it is no text and no number."""
    value = fields.get(name)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise DocumentError(place, f"`{name}` is neither text nor a number; correct it")
    return str(value).strip()


def _iso_date(value: str, place: str) -> str | None:
    if day_first := _DAY_FIRST.fullmatch(value):
        day, month, year = day_first.groups()
        value = f"{year}-{month:0>2}-{day:0>2}"
    try:
        return datetime.fromisoformat(value).date().isoformat() if value else None
    except ValueError as error:
        reason = f"`published` is not a date such as 2024-09-07: {value[:40]!r}; correct it, or leave it out"
        raise DocumentError(place, reason) from error
