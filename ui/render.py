"""Answers, quotes and articles as HTML in which nothing from an article, a model or a reader is markup.

What goes into the chat passes through a Markdown parser first. Two things keep texts out of its reach: every message is
one HTML block without a blank line, and every character that Markdown, HTML or LaTeX could read becomes a character
reference.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from urllib.parse import quote as percent_encode
from urllib.parse import urlsplit

from rag import CAUTION, Answer, Article, Citation, Passage, Quote, Status
from ui.strings import Strings

Span = Quote | Passage
Spans = Mapping[int, Span]

EXCERPT = 280  # characters of a passage shown in a list; the panel shows it whole
FRAGMENT_WORDS = 6
FRAGMENT_WHOLE = 120

_SPECIAL = re.compile(r"[\x00-\x1f!-+/:-@\[-`{-\x9f\u2028\u2029]")
_MARKER = re.compile(r"\[(\d{1,3})\]")
_WEAKEST = ("unsupported", "partly", "supported")


def plain(text: str) -> str:
    """Escape text for HTML, Markdown and LaTeX at once; character by character, so a prefix gives a prefix."""
    return _SPECIAL.sub(_reference, text)


def question_html(question: str) -> str:
    """Render the reader's question as a chat message."""
    return f'<div class="hd-text">{plain(question)}</div>'


def waiting_html(text: str) -> str:
    """Render what the assistant is doing, as a chat message."""
    return f'<div class="hd-wait">{plain(text)}</div>'


def draft_html(text: str) -> str:
    """Render an answer being written; left open, so that a longer text only appends to a shorter one."""
    return f'<div class="hd-text hd-draft">{plain(text)}'


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


def reference(number: int, marker: int) -> str:
    """Name marker `marker` of answer `number` in a session; links carry the name after `#`."""
    return f"cite-{number}-{marker}"


def answer_html(answer: Answer, number: int, strings: Strings) -> str:
    """Render the text of an answer with its markers as links, and how it came about."""
    if answer.status == "refused":
        return f'<div class="hd-refused">{plain(answer.text.strip() or strings.refused)}</div>'
    text = _linked(answer.text.strip(), answer.citations, number, strings)
    made = strings.written_answer if answer.mode == "generative" else strings.quoted_answer
    seconds = sum(answer.timings.values())
    foot = f"{made} · {strings.duration(seconds)}"
    notes = "".join(note_html(note) for note in (answer.notice, *answer.remarks) if note)
    return f'<div class="hd-text">{text}</div>{notes}<div class="hd-foot">{plain(foot)}</div>'


def cited(citations: Iterable[Citation]) -> dict[int, Span]:
    """Map each marker of an answer to what it stands for, in the order of the markers."""
    quotes: dict[int, Span] = {citation.marker: citation.quote for citation in citations}
    return dict(sorted(quotes.items()))


def quotes_html(spans: Spans, number: int, heading: str, strings: Strings, answer: Answer | None = None) -> str:
    """Render a numbered list of quotes or passages; each opens its article at that place.

    With `answer`, doubts about its citations are shown, and a quote that it holds word for word is not repeated.
    """
    items = "".join(_item(marker, span, number, strings, answer) for marker, span in spans.items())
    return f'<div class="hd-quotes"><div class="hd-heading">{plain(heading)}</div><ul>{items}</ul></div>'


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


def web_address(source: str) -> str | None:
    """Return the source when it is an http(s) address that is safe to link, else None."""
    try:
        parts = urlsplit(source)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"[\x00-\x20\x7f\\]", source):
        return None
    return source


def text_fragment(address: str, sentence: str) -> str:
    """Extend an address so that browsers scroll to `sentence`; a long one is named by its first and last words."""
    words = sentence.split()
    if not words:
        return address
    short = len(sentence) <= FRAGMENT_WHOLE and "\n" not in sentence.strip()
    if short or len(words) <= 2 * FRAGMENT_WORDS:
        parts = [" ".join(words)]
    else:
        parts = [" ".join(words[:FRAGMENT_WORDS]), " ".join(words[-FRAGMENT_WORDS:])]
    # A bare "-" or "," has a meaning of its own in a text directive.
    directive = ",".join(percent_encode(part, safe="").replace("-", "%2D") for part in parts)
    return f"{address}{'' if '#' in address else '#'}:~:text={directive}"


def _reference(match: re.Match[str]) -> str:
    # A control character has no character reference of its own: HTML reads some as other letters.
    return f"&#{ord(match[0])};" if match[0] in "\n\t" or match[0].isprintable() else " "


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
    doubt = _doubt(citation.support, strings)
    title = f"{label} ({doubt})" if doubt else label
    return (
        f'<a class="hd-cite hd-{plain(citation.support)}" href="#{reference(number, citation.marker)}" '
        f'aria-label="{plain(title)}" title="{plain(title)}">{citation.marker}{"?" if doubt else ""}</a>'
    )


def _doubt(support: str, strings: Strings) -> str:
    return {"partly": strings.partly, "unsupported": strings.unsupported}.get(support, "")


def _item(marker: int, span: Span, number: int, strings: Strings, answer: Answer | None) -> str:
    text = " ".join(span.text.split())
    repeated = answer is not None and text in " ".join(answer.text.split())
    supports = {citation.support for citation in answer.citations if citation.marker == marker} if answer else set()
    doubt = _doubt(next((support for support in _WEAKEST if support in supports), ""), strings)
    badge = f'<span class="hd-doubt">{plain(doubt)}</span>' if doubt else ""
    title = "" if repeated else f'<bdi class="hd-title">{plain(span.title)}</bdi> · '
    about = f"{title}{plain(strings.date(span.published))} · {_source(span, strings)}"
    return (
        f'<li><a class="hd-quote" href="#{reference(number, marker)}" dir="auto">'
        f'<span class="hd-number">{marker}</span><span>{plain(span.title if repeated else _excerpt(text))}</span></a>'
        f'<div class="hd-meta">{badge}{about}</div></li>'
    )


def _excerpt(text: str) -> str:
    return text if len(text) <= EXCERPT else f"{text[:EXCERPT].rsplit(' ', 1)[0]}…"


def _source(span: Span, strings: Strings) -> str:
    address = web_address(span.source)
    if address is None:
        return f"<bdi>{plain(span.source)}</bdi>"
    target = plain(text_fragment(address, span.text))
    host = urlsplit(address).hostname or address
    return (
        f'<a class="hd-origin" href="{target}" target="_blank" rel="noopener noreferrer" '
        f'title="{plain(strings.open_original)}">{plain(host.removeprefix("www."))} ↗</a>'
    )


def _heading(title: str) -> str:
    return f'<h2 id="hd-source-title" dir="auto">{plain(title)}</h2>'


def _article_head(article: Article, span: Span, strings: Strings) -> str:
    about = f"{strings.date(article.published)} · {strings.language(article.language)}"
    return (
        f'<header class="hd-about-article">{_heading(article.title)}<div class="hd-meta">{plain(about)} · '
        f"{_source(span, strings)} · {plain(strings.stored_copy)}</div></header>"
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
