"""The commands that ask: passages searched, a question answered, a kept answer asked again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.options import AsJson, Caution, Index, ModeOption, configured, opened
from rag.cli.terminal import one_line, print_json, print_text

if TYPE_CHECKING:
    from rag.answering.answer import Answer
    from rag.answering.answer_log import LoggedAnswer
    from rag.index.filter import Filter

Since = Annotated[str | None, typer.Option(help="Only articles from this date on: 2016, 2016-07 or 2016-07-21.")]
Until = Annotated[str | None, typer.Option(help="Only articles up to this date.")]
Sources = Annotated[list[str] | None, typer.Option("--source", help="Only sources that hold this; may be repeated.")]
Languages = Annotated[list[str] | None, typer.Option("--language", help="Only this language; may be repeated.")]
Articles = Annotated[list[str] | None, typer.Option("--article", help="Only this article; may be repeated.")]
# How many characters of an answer's id are printed, and how many kept answers `replay` lists.
_ID_CHARS = 12
_LISTED = 20
_NEAREST = 3
_DOUBTS = {"partly": "  (borne out only in part)", "unsupported": "  (not borne out)"}


def search(
    question: str,
    index: Index = None,
    top: Annotated[int, typer.Option(min=1, max=100)] = 5,
    since: Since = None,
    until: Until = None,
    source: Sources = None,
    language: Languages = None,
    article: Articles = None,
    as_json: AsJson = False,
) -> None:
    """Show the passages nearest to a question."""
    only = _filter(since, until, source, language, article)
    passages = opened(configured(index)).search(question, top_n=top, only=only)
    if as_json:
        print_json([asdict(passage) for passage in passages])
        return
    for rank, passage in enumerate(passages, start=1):
        title = one_line(passage.title)
        print_text(f"{rank}. {title}  ({passage.published or 'no date'}, score {passage.score:.2f})")
        print_text(f"   {one_line(passage.article_id)}, characters {passage.start}-{passage.end}")
        if passage.announced_on:
            print_text(f"   only announced, on the page “{one_line(passage.announced_on.title)}”")
        print_text("   " + passage.text.replace("\n", "\n   ") + "\n")


def ask(
    question: str,
    index: Index = None,
    mode: ModeOption = None,
    caution: Caution = None,
    since: Since = None,
    until: Until = None,
    source: Sources = None,
    language: Languages = None,
    article: Articles = None,
    as_typed: Annotated[bool, typer.Option("--as-typed", help="Correct no word of the question.")] = False,
    as_json: AsJson = False,
) -> None:
    """Answer a question, with the quotes that the answer rests on and where they stand."""
    only = _filter(since, until, source, language, article)
    assistant = opened(configured(index, answer={"mode": mode, "refuse_below": caution}))
    # Asked for, not only set: `replay` then asks with it again.
    threshold = None if caution is None else assistant.config.answer.refuse_below
    try:
        answer = assistant.ask(question, only=only, refuse_below=threshold, as_typed=as_typed)
    finally:
        assistant.close()
    if as_json:
        print_json({"question": answer.question, **asdict(answer)})
        return
    for paragraph in _paragraphs(answer):
        print_text(paragraph)
    if assistant.config.answer.keep:
        print_text(f"\nid {answer.id[:_ID_CHARS]}")


def _paragraphs(answer: Answer) -> Iterator[str]:
    if answer.standalone_question != answer.question:
        yield f"(Understood: {one_line(answer.standalone_question)})"
    yield answer.text
    if answer.notice:
        yield f"\n({answer.notice})"
    for caveat in answer.caveats:
        yield f"\n{caveat}"
    for citation in answer.citations:
        quote = citation.quote
        yield f"\n[{citation.marker}] “{quote.text}”{_DOUBTS.get(citation.support, '')}"
        yield f"    {one_line(quote.title)} · {quote.published or 'no date'} · {one_line(quote.source)}"
        page = f"{quote.page_words}, " if quote.page_words else ""
        yield f"    {one_line(quote.article_id)}, {page}characters {quote.start}-{quote.end}"
        if on := quote.announced_on:
            yield f"    only announced, on the page “{one_line(on.title)}” ({one_line(on.id)})"
        for other in quote.also_in:
            yield f"    also in: {one_line(other.title)} · {other.published or 'no date'} · {one_line(other.source)}"
    quoted = {citation.quote.article_id for citation in answer.citations}
    others = [passage for passage in answer.passages if passage.article_id not in quoted]
    if answer.status == "refused" and others:
        yield "\nNearest, though it may not answer:"
        for passage in others[:_NEAREST]:
            title, article_id = one_line(passage.title), one_line(passage.article_id)
            yield f"  {title} · {passage.published or 'no date'} · {article_id}"


def replay(
    answer_id: Annotated[str | None, typer.Argument(help="Id of a kept answer, or its beginning.")] = None,
    index: Index = None,
    as_json: AsJson = False,
) -> None:
    """Ask a kept question again and show what has changed; without an id the newest are listed."""
    from rag.answering.answer_log import AnswerLog
    from rag.evaluation.replay import changes, lines
    from rag.evaluation.replay import replay as ask_again

    config = configured(index, answer={"keep": False})
    log = AnswerLog(config.index)
    if answer_id is None:
        _list(log.newest(_LISTED), as_json)
        return
    before = log.find(answer_id)
    assistant = opened(config)
    try:
        after = ask_again(assistant, before)
    finally:
        assistant.close()
    found = changes(before, after)
    if as_json:
        print_json({"before": asdict(before), "after": asdict(after), "changes": asdict(found)})
        return
    print_text(_row(before))
    for line in lines(found):
        print_text(one_line(line))


def _list(answers: Sequence[LoggedAnswer], as_json: bool) -> None:
    if as_json:
        print_json([{"id": each.id, "asked": each.asked, "question": each.question} for each in answers])
        return
    for each in answers:
        print_text(_row(each))


def _row(logged: LoggedAnswer) -> str:
    return f"{logged.id[:_ID_CHARS]}  {logged.asked}  {one_line(logged.question)}"


def _filter(since: str | None, until: str | None, *lists: list[str] | None) -> Filter:
    from rag.index.filter import Filter

    return Filter(since, until, *(tuple(each or ()) for each in lists))
