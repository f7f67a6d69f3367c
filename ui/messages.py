"""The questions of a conversation and what became of them, as messages of the chat."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, TypedDict

from rag import CAUTION, Answer, Exchange
from ui import render, sources
from ui.chats import Draft
from ui.failures import sentence, without_folders
from ui.strings import Strings

QUESTIONS_SHOWN = 40  # each piece of an answer sends the messages that changed, and a page is no book
# What is answered without a language model in any case.
UNWRITTEN = ("yes_no", "collection", "vague", "small_talk", "order")
EVIDENCE_SHOWN = 3  # quotes while an answer is written, and passages where there is none


class Message(TypedDict):
    """One message as Gradio's chat takes it."""

    role: Literal["user", "assistant"]
    content: str


def conversation_messages(
    exchanges: Sequence[Exchange], strings: Strings, ended: bool = True, *, writes: bool = False
) -> list[Message]:
    """The messages of questions that are answered, the last `QUESTIONS_SHOWN` of them.

    `ended` says that no other is being answered, so that the last one can be asked again; `writes` that there is a
    language model to write its answer.
    """
    shown = exchanges[-(QUESTIONS_SHOWN if ended else QUESTIONS_SHOWN - 1) :]
    earlier = [_message("assistant", render.note_html(strings.earlier))] if len(shown) < len(exchanges) else []
    last = shown[-1] if shown and ended else None
    return earlier + [
        message
        for each in shown
        for message in exchange_messages(Draft(each), strings, live=False, last=each is last, writes=writes)
    ]


def exchange_messages(
    draft: Draft, strings: Strings, *, live: bool, last: bool = True, writes: bool = False
) -> list[Message]:
    """The messages of one question: itself, how it was understood, the answer, its quotes.

    `live` says that it is being answered; only the `last` question of a conversation can be asked again, and its quotes
    be put into words where a language model `writes`.
    """
    exchange = draft.exchange
    if live and not draft.done:
        note, text, quotes = _waiting(draft, strings)
    else:
        note, text, quotes = _ended(exchange, strings, last, writes)
    quotes += render.note_html(strings.unkept) if draft.unkept else ""
    return [
        _message("user", render.question_html(exchange.question)),
        *(_message("assistant", html) for html in (note, text, quotes) if html),
    ]


def spans(draft: Draft) -> sources.Spans:
    """What each marker of an answer, and of the evidence while there is none, stands for."""
    answer = draft.exchange.answer
    if answer is None:
        return dict(enumerate(draft.evidence[:EVIDENCE_SHOWN], start=1))
    if answer.status == "refused":
        # Each quote has its marker in the text, however many they are.
        shown = max(EVIDENCE_SHOWN, len(answer.citations))
        return dict(enumerate(_nearest(answer)[:shown], start=1))
    return sources.cited(answer.citations)


def _nearest(answer: Answer) -> list[sources.Span]:
    """What a refusal quotes, and the other passages that came nearest."""
    quotes = [each.quote for each in answer.citations]
    held = {(each.article_id, each.start) for each in quotes}
    others = [
        each
        for each in answer.passages
        if not any(article == each.article_id and each.start <= start < each.end for article, start in held)
    ]
    return [*quotes, *others]


def bolder(answer: Answer) -> float | None:
    """The most cautious of the named thresholds that would have let a refused answer through.

    None below `balanced`: most of what gets through only there is not held, as measured, and nobody is led to it.
    """
    least = CAUTION["balanced"]
    return max((each for each in CAUTION.values() if least <= each <= answer.confidence), default=None)


def _waiting(draft: Draft, strings: Strings) -> tuple[str, str, str]:
    note = render.standalone_html(draft.standalone, "", strings) if draft.standalone else ""
    evidence = spans(draft)
    quotes = sources.evidence_html(evidence, draft.exchange.id, strings) if evidence else ""
    if draft.written.strip():
        return note, render.draft_html(draft.written.lstrip()), quotes
    waits = strings.queued(draft.ahead) if draft.waits else ""
    said = waits or (strings.writing if evidence else strings.searching)
    return note, render.waiting_html(said), quotes


def _ended(exchange: Exchange, strings: Strings, last: bool, writes: bool) -> tuple[str, str, str]:
    answer = exchange.answer
    if answer is None:
        return "", _unanswered(exchange, strings) + _again(exchange, strings, last), ""
    understood = answer.standalone_question
    note = ""
    if understood not in ("", answer.question):
        note = render.standalone_html(understood, exchange.id if last else "", strings)
    text = render.answer_html(answer, exchange.id, strings)
    if answer.status == "refused":
        text += _offer(answer, exchange, strings) if last else ""
        quotes = sources.nearest_html(found, exchange.id, strings) if (found := spans(Draft(exchange))) else ""
    else:
        quotes = sources.quotes_html(answer, exchange.id, strings)
    actions = _actions(exchange, strings, last, writes and _is_quoted(answer))
    return (note, text, quotes + actions) if quotes else (note, text + actions, "")


def _unanswered(exchange: Exchange, strings: Strings) -> str:
    written = render.fragment_html(exchange.written)
    if exchange.state == "stopped":
        return written + render.note_html(strings.stopped)
    if exchange.state == "unread":
        return render.error_html(strings.question_failed, strings.question_advice)
    if exchange.state == "failed":
        advice = without_folders(exchange.error) or strings.failed_advice  # of before, paths are kept too
        return render.error_html(sentence(exchange.failure, strings), advice)
    return render.note_html(strings.interrupted)


def _offer(answer: Answer, exchange: Exchange, strings: Strings) -> str:
    threshold = bolder(answer)
    if threshold is None:
        return ""
    link = render.action_html("bolder", exchange.id, strings.bolder.format(caution=strings.caution(threshold)))
    return f'<div class="hd-offer">{link} {render.note_html(strings.bolder_note)}</div>'


def _is_quoted(answer: Answer) -> bool:
    """Whether an answer is quotes that a language model would put into words if it was asked to."""
    written = answer.kind not in UNWRITTEN and answer.short is None and not answer.doubtful
    return written and answer.status == "answered" and answer.request.mode == "extractive"


def _actions(exchange: Exchange, strings: Strings, last: bool, writable: bool) -> str:
    names = [("copy", strings.copy), *_asked_again(strings)] if last else [("copy", strings.copy)]
    if last and writable:
        names.append(("write", strings.write))
    verdict = exchange.feedback.verdict if exchange.feedback else ""
    said = strings.thanks.format(verdict=strings.verdicts[verdict]) if verdict else strings.feedback
    links = [render.action_html(name, exchange.id, label) for name, label in (*names, ("feedback", said))]
    more = [
        render.action_html(name, exchange.id, label)
        for name, label in (("markdown", strings.copy_markdown), ("link", strings.copy_link))
    ]
    return render.actions_html(links, more, strings)


def _again(exchange: Exchange, strings: Strings, last: bool) -> str:
    links = [render.action_html(name, exchange.id, label) for name, label in _asked_again(strings)]
    return render.actions_html(links, (), strings) if last else ""


def _asked_again(strings: Strings) -> Iterable[tuple[str, str]]:
    return ("retry", strings.retry), ("edit", strings.edit)


def _message(role: Literal["user", "assistant"], content: str) -> Message:
    return {"role": role, "content": content}
