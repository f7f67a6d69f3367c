"""Evidence -> an answer of quotes alone, word for word, led by what is sure enough to stand first."""

from __future__ import annotations

from rag.answering.answer import Draft
from rag.answering.citations import Citation
from rag.answering.conflicts import Conflicts
from rag.answering.evidence import Evidence
from rag.answering.quote import Quote
from rag.answering.replies import replies
from rag.answering.summary import SENTENCES
from rag.config import AnswerSettings
from rag.prompts import without_markers
from rag.query.query import Query

# How much lower than the first a quote may score; a smaller margin loses answers, a larger one adds few.
_MARGIN = 1.5


def extract(
    query: Query,
    evidence: Evidence,
    conflicts: Conflicts,
    settings: AnswerSettings,
    notice: str | None = None,
) -> Draft:
    """The best quotes, word for word, each with its marker: the first, and those that come close to it.

    They are led by the short answer in the first, by which of two compared quantities is more, or by the number of the
    items of an enumeration. Of articles that differ the later is told first; a summary keeps the order of the article.
    """
    quotes = _chosen(query, evidence, conflicts, settings)
    first = quotes[0]
    short = None if query.polar or first.items or evidence.relation else first.short
    form = "“{}” [{}]" if short or query.polar else "{} [{}]"
    said = [form.format(without_markers(quote.text), number) for number, quote in enumerate(quotes, start=1)]
    text = " ".join(filter(None, (_lead(query, evidence, first, short), *said)))
    citations = tuple(Citation(number, quote, "supported") for number, quote in enumerate(quotes, start=1))
    conflicting = tuple(conflicts.among(quotes))
    return Draft(text, "answered", "extractive", citations, notice, short=short, conflicting=conflicting)


def _chosen(query: Query, evidence: Evidence, conflicts: Conflicts, settings: AnswerSettings) -> list[Quote]:
    most = SENTENCES if query.kind == "summary" else max(settings.quotes, 2 if evidence.relation else 1)
    best = evidence.quotes[0].score
    close = [quote for quote in evidence.quotes[:most] if quote.score >= best - _MARGIN]
    return conflicts.latest_first(close)


def _lead(query: Query, evidence: Evidence, first: Quote, short: str | None) -> str:
    """What stands before the quotes; empty where nothing does."""
    said = replies(query.reply_language)
    if query.polar:
        return said.article_says
    if evidence.relation:
        return f"{evidence.relation}."
    if first.items:
        return said.items.format(count=first.items)
    return f"{without_markers(short).rstrip('.')}." if short else ""
