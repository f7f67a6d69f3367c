"""What most articles have not, as two columns of JSON: by-line and the like as an object, boxes as an array."""

from __future__ import annotations

import json
from typing import Any

from rag.documents.article import Article, TextBox

_DETAILS = ("author", "teaser_of", "repaired")


def article_columns(article: Article) -> tuple[str | None, str | None]:
    """The columns `details` and `boxes` of an article; None where it has nothing of the kind."""
    details = {name: value for name in _DETAILS if (value := getattr(article, name)) is not None}
    boxes = [(b.start, b.end, b.page, b.left, b.top, b.right, b.bottom) for b in article.boxes]
    return json.dumps(details, ensure_ascii=False) if details else None, json.dumps(boxes) if boxes else None


def teaser_of(details: str | None) -> str | None:
    """The id of the page that an article is a teaser of, by its column `details`."""
    found = json.loads(details).get("teaser_of") if details else None
    return None if found is None else str(found)


def stored_article(*columns: Any) -> Article:
    """The article of its columns: those of its first six fields, in order, `details` and `boxes`."""
    *fields, details, boxes = columns
    placed = tuple(TextBox(*box) for box in json.loads(boxes)) if boxes else ()
    article_id, title, text, source, published, language = fields
    more = {name: json.loads(details).get(name) for name in _DETAILS} if details else {}
    return Article(article_id, title, text, source, published, language, boxes=placed, **more)
