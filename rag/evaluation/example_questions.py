"""Questions that a collection answers well, made of its own sentences, to show a stranger what can be asked."""

from __future__ import annotations

import json
import logging
import os
import re
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from rag.config import CAUTION
from rag.errors import HoidapError
from rag.evaluation.gold_draft import Drawn, template_questions
from rag.index.sqlite_store import SqliteStore
from rag.text.names import names

if TYPE_CHECKING:
    from rag.assistant import Assistant

LOG = logging.getLogger(__name__)
FILE = "examples.json"
# So many are drawn, and at most asked: where none is answered, a minute of one processor.
_DRAWN = 200


@dataclass(frozen=True, slots=True)
class ExampleQuestion:
    """A question that the collection answers, and its language."""

    question: str
    language: str


def example_questions(assistant: Assistant) -> tuple[ExampleQuestion, ...]:
    """One question of each kind (day, number, name) and language, each about another article.

    Each names what its article's title names, and is the shortest that was asked and whose first quote was surely the
    sentence of which it was made. They are found once for each generation of the collection, and kept in its folder.
    Raises `CollectionError` when there is no collection.
    """
    folder = assistant.config.index
    with closing(SqliteStore(folder)) as store:
        generation = store.manifest().generation
        if (kept := _kept(folder / FILE, generation)) is not None:
            return kept
        found = _found(assistant, store)
    kept_fields = {"generation": generation, "questions": [asdict(each) for each in found]}
    with suppress(OSError):  # on a disk that is read-only they are found again
        made = folder / f"{FILE}.{os.getpid()}"
        made.write_text(json.dumps(kept_fields, ensure_ascii=False), encoding="utf-8")
        made.replace(folder / FILE)
    return found


def _kept(file: Path, generation: int) -> tuple[ExampleQuestion, ...] | None:
    try:
        fields = json.loads(file.read_text(encoding="utf-8"))
        if fields["generation"] == generation:
            return tuple(ExampleQuestion(**each) for each in fields["questions"])
    except (OSError, ValueError, LookupError, TypeError):
        pass
    return None


def _found(assistant: Assistant, store: SqliteStore) -> tuple[ExampleQuestion, ...]:
    about = {each.id: each for each in store.articles()}
    found: dict[tuple[str, str], ExampleQuestion] = {}
    articles: set[str] = set()

    drafts = sorted(islice(template_questions(store), _DRAWN), key=lambda drawn: len(drawn.proposal.question))
    for drawn in drafts:
        article, asked = about[drawn.article_id], drawn.proposal
        kind = (article.language, asked.kind)
        if kind in found or article.id in articles or not _names_its_subject(asked.question, article.title):
            continue
        if _is_answered(assistant, drawn):
            articles.add(article.id)
            found[kind] = ExampleQuestion(asked.question, article.language)
    return tuple(found.values())


def _names_its_subject(question: str, title: str) -> bool:
    """Whether a question names something that the title of its article names: of others that is unsaid."""
    named = names(question)
    return any(name[0].isupper() and re.search(rf"\b{re.escape(name)}\b", title) for name in named)


def _is_answered(assistant: Assistant, drawn: Drawn) -> bool:
    """Whether its sentence is surely the first quote of the answer."""
    try:
        evidence = assistant.evidence(drawn.proposal.question)
    except HoidapError as error:
        LOG.warning("a question is no example: %s", error)
        return False
    if evidence.confidence < CAUTION["careful"] or not evidence.quotes:
        return False
    first = evidence.quotes[0]
    return first.article_id == drawn.article_id and first.start <= drawn.start < drawn.end <= first.end
