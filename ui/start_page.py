"""The head of the page and what is shown before the first question, as HTML."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rag import Article, Status
from ui.escaping import plain
from ui.library import add_html
from ui.strings import Strings


def facts_html(status: Status, strings: Strings) -> str:
    """Render what is asked, and of which models."""
    template = strings.models if status.llm else strings.models_none
    models = template.format(embedding=status.embedding, llm=status.llm)
    return f'<span>{plain(collection_line(status, strings))}</span><span class="hd-models"> · {plain(models)}</span>'


def collection_line(status: Status, strings: Strings) -> str:
    """How many articles there are, and in which languages."""
    if not status.articles:
        return strings.collection_empty
    languages = ", ".join(strings.language(code) for code in status.languages)
    return strings.collection.format(articles=strings.number(status.articles), languages=languages)


def start_html(
    status: Status,
    articles: Iterable[Article],
    questions: Sequence[str],
    pending: bool,
    strings: Strings,
    *,
    may_edit: bool = True,
) -> str:
    """Render what can be asked: how much there is and from when, questions to press, and a place for files.

    The place is for who may edit.
    """
    days = sorted(each.published for each in articles if each.published)
    facts = collection_line(status, strings)
    if days:
        first, last = strings.date(days[0]), strings.date(days[-1])
        facts = f"{facts} · {strings.published.format(first=first, last=last)}"
    buttons = "".join(
        f'<li><button type="button" data-ask="{plain(each)}" dir="auto">{plain(each)}</button></li>'
        for each in questions
    )
    asked = f'<p class="hd-note">{plain(strings.examples)}</p><ul class="hd-examples">{buttons}</ul>' if buttons else ""
    more = "<span data-pending></span>" if pending else ""
    add = add_html(strings) if may_edit else ""
    return f'<h2>{plain(strings.welcome)}</h2><p class="hd-note">{plain(facts)}</p>{asked}{add}{more}'
