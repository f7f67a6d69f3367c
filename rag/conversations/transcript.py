"""A conversation, or one answer, as Markdown with its references, and as JSON."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any

from rag.answering.answer import Answer
from rag.answering.citations import Citation
from rag.conversations.conversation import Conversation, Exchange

_MARKER = re.compile(r"\[(\d{1,3})\]")
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$])")


def conversation_markdown(conversation: Conversation) -> str:
    """The conversation as Markdown: each question a heading, each answer with the sentences that it cites."""
    parts = [f"# {escaped(conversation.heading.title)}"]
    for number, exchange in enumerate(conversation.exchanges, start=1):
        parts += [f"## {escaped(' '.join(exchange.question.split()))}", _understood(exchange)]
        parts += [answer_markdown(exchange, f"{number}-")]
    return "\n\n".join(part for part in parts if part) + "\n"


def answer_markdown(exchange: Exchange, prefix: str = "") -> str:
    """An answer as Markdown, with a footnote for each marker; `prefix` sets its footnotes apart from others."""
    answer = exchange.answer
    if answer is None:
        return escaped(exchange.written)
    markers = {citation.marker: citation for citation in answer.citations}
    text, done = "", 0
    for match in _MARKER.finditer(answer.text):
        if int(match[1]) in markers:
            text += f"{escaped(answer.text[done : match.start()])}[^{prefix}{match[1]}]"
            done = match.end()
    text += escaped(answer.text[done:])
    notes = [f"[^{prefix}{marker}]: {_reference(citation)}" for marker, citation in sorted(markers.items())]
    caveats = [f"*{escaped(caveat)}*" for caveat in answer.caveats]
    return "\n\n".join(part for part in (text, *caveats, "\n".join(notes)) if part)


def conversation_json(conversation: Conversation) -> dict[str, Any]:
    """The conversation for machines: each question, its answer, and where each quoted sentence stands."""
    heading = conversation.heading
    return {
        "title": heading.title,
        "created": heading.created,
        "exchanges": [_exchange(each) for each in conversation.exchanges],
    }


def escaped(text: str) -> str:
    """A text in which nothing is Markdown but the lists that its lines make."""
    return _SPECIAL.sub(r"\\\1", text)


def _understood(exchange: Exchange) -> str:
    """The question as it was understood, where that is not as it was asked."""
    understood = exchange.answer.standalone_question if exchange.answer else exchange.question
    return "" if understood in ("", exchange.question) else f"*→ {escaped(' '.join(understood.split()))}*"


def _reference(citation: Citation) -> str:
    quote = citation.quote
    published = f", {quote.published[:10]}" if quote.published else ""
    source = "" if quote.source == quote.article_id else f", {escaped(' '.join(quote.source.split()))}"
    said = escaped(" ".join(quote.text.split()))
    place = ", ".join(filter(None, (quote.article_id, quote.page_words, f"{quote.start}-{quote.end}")))
    return f"“{said}” {escaped(quote.title)}{published}{source} ({escaped(place)})"


def _exchange(exchange: Exchange) -> dict[str, Any]:
    told: dict[str, Any] = {"question": exchange.question, "asked": exchange.asked, "state": exchange.state}
    if exchange.answer is not None:
        told |= _answer(exchange.answer)
    elif exchange.written:
        told["answer"] = exchange.written
    if exchange.feedback is not None:
        told["feedback"] = asdict(exchange.feedback)
    return told


def _answer(answer: Answer) -> dict[str, Any]:
    citations = [
        {
            "marker": citation.marker,
            "support": citation.support,
            **{name: getattr(citation.quote, name) for name in _QUOTED},
        }
        for citation in answer.citations
    ]
    return {
        "understood": answer.standalone_question,
        "answer": answer.text,
        "status": answer.status,
        "doubtful": answer.doubtful,
        "confidence": answer.confidence,
        "caveats": list(answer.caveats),
        "citations": citations,
        "answer_id": answer.id,
        "fingerprint": asdict(answer.fingerprint),
    }


_QUOTED = ("article_id", "title", "source", "published", "start", "end", "text")
