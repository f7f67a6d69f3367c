"""Questions that a collection answers well, made of its own sentences, to show a stranger what can be asked."""

from __future__ import annotations

import json
import logging
import os
import re
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rag.config import CAUTION
from rag.errors import HoidapError
from rag.evaluation.gold import parse_line
from rag.evaluation.gold_draft import drafted
from rag.evaluation.metrics import contains
from rag.index.sqlite_store import SqliteStore
from rag.text.names import names

if TYPE_CHECKING:
    from rag.assistant import Assistant

LOG = logging.getLogger(__name__)
FILE = "examples.json"
_TRIES = 80
_NAME_CHARS = 4
# A short one leaves unsaid what it is about, and a long one is not read.
_QUESTION_CHARS = range(40, 111)


@dataclass(frozen=True, slots=True)
class ExampleQuestion:
    """A question that the collection answers, and its language."""

    question: str
    language: str


def example_questions(assistant: Assistant, count: int = 3) -> tuple[ExampleQuestion, ...]:
    """At most so many questions of each language, each about another article, whose first quote holds the answer.

    They are found once for each generation of the collection, within some seconds, and kept in its folder. Raises
    `CollectionError` when there is no collection.
    """
    folder = assistant.config.index
    with closing(SqliteStore(folder)) as store:
        generation = store.manifest().generation
        if (kept := _kept(folder / FILE, generation, count)) is not None:
            return kept
        found = _found(assistant, store, count)
    kept_fields = {"generation": generation, "count": count, "questions": [asdict(each) for each in found]}
    with suppress(OSError):  # on a disk that is read-only they are found again
        made = folder / f"{FILE}.{os.getpid()}"
        made.write_text(json.dumps(kept_fields, ensure_ascii=False), encoding="utf-8")
        made.replace(folder / FILE)
    return found


def _kept(file: Path, generation: int, count: int) -> tuple[ExampleQuestion, ...] | None:
    try:
        fields = json.loads(file.read_text(encoding="utf-8"))
        if (fields["generation"], fields["count"]) == (generation, count):
            return tuple(ExampleQuestion(**each) for each in fields["questions"])
    except (OSError, ValueError, LookupError, TypeError):
        pass
    return None


def _found(assistant: Assistant, store: SqliteStore, count: int) -> tuple[ExampleQuestion, ...]:
    articles = {each.id: each for each in store.articles()}
    found: dict[str, ExampleQuestion] = {}
    drafts = (parse_line(FILE, line) for line in drafted(store, _TRIES).gold)
    for draft in drafts:
        article = draft.relevant[0]
        title, language = articles[article].title, articles[article].language
        # It says what it is about where it names what the article's title names.
        named = [name for name in names(draft.question) if len(name) >= _NAME_CHARS]
        stands_alone = any(re.search(rf"\b{re.escape(name)}\b", title) for name in named)
        enough = sum(each.language == language for each in found.values()) >= count
        if enough or article in found or len(draft.question) not in _QUESTION_CHARS or not stands_alone:
            continue
        if _answers(assistant, draft.question, draft.answers):
            found[article] = ExampleQuestion(draft.question, language)
    return tuple(found.values())


def _answers(assistant: Assistant, question: str, answers: tuple[str, ...]) -> bool:
    try:
        evidence = assistant.evidence(question)
    except HoidapError as error:
        LOG.warning("a question is no example: %s", error)
        return False
    sure = evidence.confidence >= CAUTION["careful"]
    return sure and bool(evidence.quotes and contains(evidence.quotes[0].text, answers))
