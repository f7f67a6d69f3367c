"""An article as it is stored, as HTML, with the sentences of it that an answer quotes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from rag import Article, Quote
from ui.escaping import plain
from ui.render import note_html
from ui.sources import Span, origin_html
from ui.strings import Strings


def article_html(
    article: Article, span: Span | None, others: Iterable[Span], strings: Strings, picture: str = ""
) -> str:
    """Render a whole article with `span`, if there is one, marked, and lightly the other spans of the same article.

    `picture` is the address of a picture of the page on which a quote stands.
    """
    start, end = _place(article.text, span) if span else (0, 0)
    places = [_place(article.text, other) for other in others if other.article_id == article.id]
    body = _marked(article.text, (start, end), [place for place in places if place != (start, end)])
    warning = f"{note_html(strings.source_changed)}{_quotation(span)}" if span and start == end else ""
    return (
        f'<article class="hd-article">{_article_head(article, span, strings)}{warning}'
        f"{_page(span, picture, strings)}"
        f'<div class="hd-body" dir="auto" lang="{plain(article.language)}">{body}</div></article>'
    )


def gone_html(span: Span, strings: Strings) -> str:
    """Render what is left to show of an article that was removed after it was quoted."""
    rest = f"{note_html(strings.source_gone)}{_quotation(span)}"
    return f'<article class="hd-article">{_heading(span.title)}{rest}</article>'


def _heading(title: str) -> str:
    return f'<h2 id="hd-source-title" dir="auto">{plain(title)}</h2>'


def _article_head(article: Article, span: Span | None, strings: Strings) -> str:
    about = " · ".join(
        each for each in (strings.date(article.published), article.author, strings.language(article.language)) if each
    )
    origin = origin_html(article.source, span.text if span else "", strings)
    return (
        f'<header class="hd-about-article">{_heading(article.title)}<div class="hd-meta">{plain(about)} · '
        f"{origin} · {plain(strings.stored_copy)}</div></header>"
    )


def _page(span: Span | None, picture: str, strings: Strings) -> str:
    """The page of the file, and what is said in its place where it cannot be drawn."""
    if not (picture and isinstance(span, Quote) and span.page is not None):
        return ""
    words = plain(strings.page_picture.format(page=span.page, title=span.title))
    caption = plain(strings.page_of_file.format(page=span.page))
    return (
        f'<figure class="hd-page"><a href="{plain(picture)}" target="_blank" rel="noopener">'
        f'<img src="{plain(picture)}" alt="{words}" decoding="async"></a>'
        f'<figcaption class="hd-note">{caption}</figcaption></figure>'
        f'<div class="hd-note hd-page-gone" hidden>{plain(strings.page_gone)}</div>'
    )


def _quotation(span: Span) -> str:
    return f'<blockquote dir="auto">{plain(span.text)}</blockquote>'


def _place(text: str, span: Span) -> tuple[int, int]:
    if text[span.start : span.end] == span.text:
        return span.start, span.end
    found = text.find(span.text)  # the article was updated after it was quoted
    return (found, found + len(span.text)) if found >= 0 and span.text else (0, 0)


def _marked(text: str, target: tuple[int, int], others: Sequence[tuple[int, int]]) -> str:
    edges = sorted({0, len(text), *target, *(edge for place in others for edge in place)})
    parts = []
    for start, end in pairwise(edges):
        piece = plain(text[start:end])
        if target[0] <= start < target[1]:
            name = ' id="hd-target" tabindex="-1"' if start == target[0] else ""
            parts.append(f'<mark class="hd-mark"{name}>{piece}</mark>')
        elif any(place[0] <= start < place[1] for place in others):
            parts.append(f'<mark class="hd-other">{piece}</mark>')
        else:
            parts.append(piece)
    return "".join(parts)
