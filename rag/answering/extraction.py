"""Evidence -> an answer of quotes alone, word for word, led by what is sure enough to stand first."""

from __future__ import annotations

from rag.answering.answer import Draft
from rag.answering.citations import Citation
from rag.answering.comparison import OF_EACH
from rag.answering.conflicts import Conflicts
from rag.answering.evidence import MARGIN, Evidence
from rag.answering.quote import Quote
from rag.answering.refusal import nearest
from rag.answering.replies import replies
from rag.answering.summary import SENTENCES
from rag.config import AnswerSettings
from rag.prompts import without_markers
from rag.query.query import Query

# How many sentences a reply of quotes has at most, by the kinds that have a number of their own.
_MOST = {"summary": SENTENCES, "comparison": 2 * OF_EACH}


def extract(
    query: Query,
    evidence: Evidence,
    conflicts: Conflicts,
    settings: AnswerSettings,
    notice: str | None = None,
) -> Draft:
    """The best quotes, word for word, each with its marker: the first, and those that come close to it.

    They are led by the short answer in the first, and where yes or no is asked by whose words they are; where it is
    doubtful that they answer, by that. Of articles that differ the later is told first; a summary keeps the order of
    the article.
    """
    quotes = best_quotes(query, evidence, conflicts, settings)
    citations = tuple(Citation(number, quote, "supported") for number, quote in enumerate(quotes, start=1))
    if evidence.doubtful:
        text = nearest(query.reply_language, quotes).strip()
        return Draft(text, "answered", "extractive", citations, notice, doubtful=True)
    conflicting = tuple(conflicts.among(quotes))
    short = None if query.polar else quotes[0].short
    form = "“{}” [{}]" if short or query.polar else "{} [{}]"
    said = [form.format(without_markers(quote.text), number) for number, quote in enumerate(quotes, start=1)]
    text = " ".join(filter(None, (_lead(query, short), *said)))
    return Draft(text, "answered", "extractive", citations, notice, short=short, conflicting=conflicting)


def best_quotes(query: Query, evidence: Evidence, conflicts: Conflicts, settings: AnswerSettings) -> list[Quote]:
    """The first quote, and those that come close to it."""
    most = _MOST.get(query.kind, settings.quotes)
    best = evidence.quotes[0].score
    close = [quote for quote in evidence.quotes[:most] if quote.score >= best - MARGIN]
    return conflicts.latest_first(close)


def _lead(query: Query, short: str | None) -> str:
    """What stands before the quotes; empty where nothing does."""
    if query.polar:
        return replies(query.reply_language).article_says
    return f"{without_markers(short).rstrip('.')}." if short else ""
