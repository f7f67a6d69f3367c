"""The lists of quotes and sources below an answer, as HTML: each entry opens its article at that place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote as percent_encode
from urllib.parse import urlsplit

from rag import Answer, Citation, Passage, Quote
from ui.escaping import plain
from ui.strings import Strings

Span = Quote | Passage
Spans = Mapping[int, Span]

SHOWN = 3  # articles with quotes that are shown, the others lie folded
EXCERPT = 280  # characters of a passage shown in a list; the panel shows it whole
FRAGMENT_WORDS = 6
FRAGMENT_WHOLE = 120

_WEAKEST = ("unsupported", "partly", "supported")


def reference(exchange: str, marker: int) -> str:
    """Name marker `marker` of the answer to a question of that id; links carry the name after `#`."""
    return f"cite-{exchange}-{marker}"


def cited(citations: Iterable[Citation]) -> dict[int, Span]:
    """Map each marker of an answer to what it stands for, in the order of the markers."""
    quotes: dict[int, Span] = {citation.marker: citation.quote for citation in citations}
    return dict(sorted(quotes.items()))


def evidence_html(spans: Spans, exchange: str, strings: Strings) -> str:
    """Render the quotes that an answer is being written from, folded: what is written above them stays in view."""
    return _folded(strings.quote_count(len(spans)), _items(spans, exchange, None, strings))


def nearest_html(spans: Spans, exchange: str, strings: Strings) -> str:
    """Render the passages nearest to a question that was not answered, folded: they most likely say nothing of it."""
    return _folded(strings.nearest, _items(spans, exchange, None, strings))


def quotes_html(answer: Answer, exchange: str, strings: Strings) -> str:
    """Render what an answer cites, an entry for each article, with doubts about the citations.

    Of a quote that the answer holds word for word only its source is named; a list of articles names them itself.
    """
    spans = cited(answer.citations)
    if not spans or answer.kind in ("collection", "vague"):
        return ""
    heading = strings.sources if all(_holds(answer, span) for span in spans.values()) else strings.quotes
    items = _items(spans, exchange, answer, strings)
    shown, others = items[:SHOWN], items[SHOWN:]
    more = _folded(strings.other_quotes.format(count=len(others)), others) if others else ""
    return f'<div class="hd-quotes"><div class="hd-heading">{plain(heading)}</div><ul>{"".join(shown)}</ul>{more}</div>'


def origin_html(source: str, sentence: str, strings: Strings) -> str:
    """Render where an article comes from, as a link to a sentence of it when it is on the web."""
    address = web_address(source)
    if address is None:
        return f"<bdi>{plain(source)}</bdi>"
    target = plain(text_fragment(address, sentence))
    host = urlsplit(address).hostname or address
    return (
        f'<a class="hd-origin" href="{target}" target="_blank" rel="noopener noreferrer" '
        f'title="{plain(strings.open_original)}">{plain(host.removeprefix("www."))} ↗</a>'
    )


def doubt_of(support: str, strings: Strings) -> str:
    """Say in words what is doubtful about a citation; "" when nothing is."""
    return {"partly": strings.partly, "unsupported": strings.unsupported}.get(support, "")


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


def _folded(heading: str, items: Sequence[str]) -> str:
    summary = f'<summary class="hd-heading">{plain(heading)}</summary>'
    return f'<details class="hd-quotes">{summary}<ul>{"".join(items)}</ul></details>'


def _items(spans: Spans, exchange: str, answer: Answer | None, strings: Strings) -> list[str]:
    articles: dict[str, dict[int, Span]] = {}
    for marker, span in spans.items():
        articles.setdefault(span.article_id, {})[marker] = span
    return [_item(group, exchange, answer, strings) for group in articles.values()]


def _item(spans: Spans, exchange: str, answer: Answer | None, strings: Strings) -> str:
    """One article: the quotes that are not repeated, then a line with its title and the numbers of the others."""
    quotes, repeated = "", dict[int, Span]()
    for marker, span in spans.items():
        if answer is not None and _holds(answer, span):
            repeated[marker] = span
        else:
            quotes += _quote(marker, span, exchange, _badge(marker, answer, strings))
    first = next(iter(spans.values()))
    title = f'<bdi class="hd-title">{plain(first.title)}</bdi>'
    numbers = "".join(
        # Without quotes the title is part of the last link, so that a press on it opens the article too.
        _number(marker, span, exchange, title if marker == max(spans) and not quotes else "", strings)
        + _badge(marker, answer, strings)
        for marker, span in repeated.items()
    )
    origin = origin_html(first.source, first.text, strings)
    about = f"{plain(strings.date(first.published))} · {origin}{_mark(spans.values(), strings)}"
    line = f"{numbers}{title} · {about}" if quotes else f'{numbers}<span class="hd-dot">· </span>{about}'
    return f'<li>{quotes}<div class="hd-meta">{line}</div></li>'


def _mark(spans: Iterable[Span], strings: Strings) -> str:
    """On which pages of its file an article is quoted, of which page it is a teaser, and which others say the same."""
    spans = [*spans]
    pages = dict.fromkeys(str(span.page) for span in spans if isinstance(span, Quote) and span.page is not None)
    page = next((span.announced_on for span in spans if span.announced_on), None)
    titles = [each.title for span in spans if isinstance(span, Quote) for each in span.also_in]
    said = [strings.page_of_file.format(page=", ".join(pages))] if pages else []
    said += [strings.teaser.format(title=page.title)] if page else []
    said += [strings.also_in.format(titles="; ".join(dict.fromkeys(titles)))] if titles else []
    return "".join(f" · <bdi>{plain(each)}</bdi>" for each in said)


def _quote(marker: int, span: Span, exchange: str, doubt: str) -> str:
    return (
        f'<a class="hd-quote" href="#{reference(exchange, marker)}" dir="auto">'
        f'<span class="hd-number">{marker}</span><span>{plain(_excerpt(_in_line(span.text)))} {doubt}</span></a>'
    )


def _number(marker: int, span: Span, exchange: str, title: str, strings: Strings) -> str:
    label = plain(strings.open_source.format(marker=marker, title=span.title))
    return (
        f'<a class="hd-ref" href="#{reference(exchange, marker)}" aria-label="{label}" title="{label}">'
        f'<span class="hd-number">{marker}</span>{title and f" {title}"}</a> '
    )


def _badge(marker: int, answer: Answer | None, strings: Strings) -> str:
    supports = {citation.support for citation in answer.citations if citation.marker == marker} if answer else set()
    doubt = doubt_of(next((support for support in _WEAKEST if support in supports), ""), strings)
    return f'<span class="hd-doubt">{plain(doubt)}</span> ' if doubt else ""


def _holds(answer: Answer, span: Span) -> bool:
    return _in_line(span.text) in _in_line(answer.text)


def _in_line(text: str) -> str:
    return " ".join(text.split())


def _excerpt(text: str) -> str:
    return text if len(text) <= EXCERPT else f"{text[:EXCERPT].rsplit(' ', 1)[0]}…"
