"""Answers, quotes and articles as HTML in which nothing from an article, a model or a reader is markup.

What goes into the chat passes through a Markdown parser first. Two things keep texts out of its reach: every message is
one HTML block without a blank line, and every text in it is escaped for that parser too.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Sequence
from itertools import pairwise

from rag import CAUTION, Answer, Article, Citation, Status
from ui.escaping import plain
from ui.sources import Span, doubt_of, origin_html, reference
from ui.strings import Strings

QUESTION_SHOWN = 2000  # characters, as many as are read of a question
_MARKER = re.compile(r"\[(\d{1,3})\]")


def question_html(question: str) -> str:
    """Render the reader's question as a chat message; one that is too long to be read is cut."""
    shown = question if len(question) <= QUESTION_SHOWN else f"{question[:QUESTION_SHOWN]}…"
    return f'<div class="hd-text">{plain(shown)}</div>'


def waiting_html(text: str) -> str:
    """Render what the assistant is doing, as a chat message."""
    return f'<div class="hd-wait">{plain(text)}</div>'


def draft_html(text: str) -> str:
    """Render an answer being written; left open, so that a longer text only appends to a shorter one."""
    return f'<div class="hd-text hd-draft">{plain(text)}'


def fragment_html(text: str) -> str:
    """Render what there is of an answer that is not written any further."""
    return f'<div class="hd-text">{plain(text)}</div>' if text else ""


def note_html(text: str) -> str:
    """Render a remark about the message above it."""
    return f'<div class="hd-note">{plain(text)}</div>'


def error_html(message: str, advice: str = "") -> str:
    """Render a failure, and what to do about it."""
    more = f'<div class="hd-note">{plain(advice)}</div>' if advice else ""
    return f'<div class="hd-error">{plain(message)}{more}</div>'


def standalone_html(question: str, number: int, strings: Strings) -> str:
    """Render how the follow-up question of answer `number` was understood, with a link to correct it."""
    edit = f'<a class="hd-edit" href="#edit-{number}">{plain(strings.edit)}</a>'
    return f'<div class="hd-note">{plain(strings.understood)}: <em>{plain(question)}</em> {edit}</div>'


def answer_html(answer: Answer, number: int, strings: Strings) -> str:
    """Render the text of an answer with its markers as links, and how it came about."""
    if answer.status == "refused":
        return f'<div class="hd-refused">{plain(answer.text.strip() or strings.refused)}</div>'
    text = _linked(answer.text.strip(), answer.citations, number, strings)
    made = strings.written_answer if answer.mode == "generative" else strings.quoted_answer
    seconds = sum(answer.timings.values())
    foot = f"{made} · {strings.duration(seconds)}"
    notes = "".join(note_html(note) for note in (answer.notice, *answer.caveats) if note)
    return f'<div class="hd-text">{text}</div>{notes}<div class="hd-foot">{plain(foot)}</div>'


def article_html(article: Article, span: Span, others: Iterable[Span], strings: Strings) -> str:
    """Render a whole article with `span` marked, and lightly the other spans of the same article."""
    start, end = _place(article.text, span)
    places = [_place(article.text, other) for other in others if other.article_id == article.id]
    body = _marked(article.text, (start, end), [place for place in places if place != (start, end)])
    missing = start == end
    warning = f"{note_html(strings.source_changed)}{_quotation(span)}" if missing else ""
    return (
        f'<article class="hd-article">{_article_head(article, span, strings)}{warning}'
        f'<div class="hd-body" dir="auto" lang="{plain(article.language)}">{body}</div></article>'
    )


def gone_html(span: Span, strings: Strings) -> str:
    """Render what is left to show of an article that was removed after it was quoted."""
    rest = f"{note_html(strings.source_gone)}{_quotation(span)}"
    return f'<article class="hd-article">{_heading(span.title)}{rest}</article>'


def header_html(status: Status, strings: Strings) -> str:
    """Render the head of the page: what is asked, and of which models."""
    template = strings.models if status.llm else strings.models_none
    models = template.format(embedding=status.embedding, llm=status.llm)
    if status.articles:
        languages = ", ".join(strings.language(code) for code in status.languages)
        collection = strings.collection.format(articles=strings.number(status.articles), languages=languages)
    else:
        collection = strings.collection_empty
    facts = f'{plain(collection)}<span class="hd-models"> · {plain(models)}</span>'
    return (
        f'<header class="hd-header"><h1>Hoidap</h1><div class="hd-about"><div>{plain(strings.tagline)}</div>'
        f'<div class="hd-note">{facts}</div></div></header>'
    )


def caution_html(configured: float, strings: Strings) -> str:
    """Render the selector of how cautious answers are, set to the threshold of the settings, named or not."""
    options = "".join(
        f'<option value="{threshold}"{" selected" * (threshold == configured)}>'
        f"{plain(strings.caution(threshold))}</option>"
        for threshold in sorted({*CAUTION.values(), configured}, reverse=True)
    )
    return f'<label class="hd-caution">{plain(strings.caution_label)}<select>{options}</select></label>'


def _linked(text: str, citations: Sequence[Citation], number: int, strings: Strings) -> str:
    waiting: dict[int, deque[Citation]] = {}
    for citation in citations:
        waiting.setdefault(citation.marker, deque()).append(citation)
    # A quoted sentence may itself hold "[1]": that is a mark of its author, not ours.
    quoted = [place for citation in citations for place in _occurrences(text, citation.quote.text)]
    parts, done = [], 0
    for match in _MARKER.finditer(text):
        queue = waiting.get(int(match[1]))
        if not queue or any(start <= match.start() < end for start, end in quoted):
            continue
        # One citation a marker, or one for each time it stands in the text: both come as a sequence.
        citation = queue.popleft() if len(queue) > 1 else queue[0]
        parts += [plain(text[done : match.start()]), _cite(citation, number, strings)]
        done = match.end()
    return "".join([*parts, plain(text[done:])])


def _occurrences(text: str, part: str) -> list[tuple[int, int]]:
    return [(match.start(), match.end()) for match in re.finditer(re.escape(part), text)] if part else []


def _cite(citation: Citation, number: int, strings: Strings) -> str:
    label = strings.open_source.format(marker=citation.marker, title=citation.quote.title)
    doubt = doubt_of(citation.support, strings)
    title = f"{label} ({doubt})" if doubt else label
    return (
        f'<a class="hd-cite hd-{plain(citation.support)}" href="#{reference(number, citation.marker)}" '
        f'aria-label="{plain(title)}" title="{plain(title)}">{citation.marker}{"?" if doubt else ""}</a>'
    )


def _heading(title: str) -> str:
    return f'<h2 id="hd-source-title" dir="auto">{plain(title)}</h2>'


def _article_head(article: Article, span: Span, strings: Strings) -> str:
    about = f"{strings.date(article.published)} · {strings.language(article.language)}"
    return (
        f'<header class="hd-about-article">{_heading(article.title)}<div class="hd-meta">{plain(about)} · '
        f"{origin_html(span, strings)} · {plain(strings.stored_copy)}</div></header>"
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
