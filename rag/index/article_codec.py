"""What most articles have not, as two columns of text: by-line and teaser as an object, boxes as an array, in JSON."""

from __future__ import annotations

import json
from typing import Any

from rag.documents.article import Article, TextBox


def article_columns(article: Article) -> tuple[str | None, str | None]:
    """The columns `details` and `boxes` of an article; None where it has nothing of the kind."""
    details = {name: value for name in ("author", "teaser_of") if (value := getattr(article, name)) is not None}
    boxes = [(b.start, b.end, b.page, b.left, b.top, b.right, b.bottom) for b in article.boxes]
    return json.dumps(details, ensure_ascii=False) if details else None, json.dumps(boxes) if boxes else None


def teaser_of(details: str | None) -> str | None:
    """The id of the page that an article is a teaser of, by its column `details`."""
    found = json.loads(details).get("teaser_of") if details else None
    return None if found is None else str(found)


def stored_article(*columns: Any) -> Article:
    """The article of its columns: those of its first six fields, in order, `details` and `boxes`."""
    *fields, details, boxes = columns
    more: dict[str, Any] = json.loads(details) if details else {}
    return Article(*fields, **more | {"boxes": tuple(TextBox(*box) for box in json.loads(boxes)) if boxes else ()})
