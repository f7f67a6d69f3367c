"""Questions put into another language by a language model, to learn to read where nobody asked in that language."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from rag.errors import GenerationError, UsageError
from rag.prompts import LANGUAGES, neutral, render
from rag.text.language import language_of
from rag.training.qa_dataset import TITLE_MARK, Question

if TYPE_CHECKING:
    from rag.models.llm import LanguageModel

LOG = logging.getLogger(__name__)
_MAX_TOKENS, _SECONDS = 64, 60.0
# A translation that is so many times as long as what it translates is an answer, or a remark.
_LONGEST = 2.0


def translated(questions: Iterable[Question], language: str, llm: LanguageModel) -> Iterator[Question]:
    """The questions in another language, in order, before the same texts.

    Left out are those at which the model fails, and those that do not come out as one question in that language. Raises
    `UsageError` for a language that no prompt translates into.
    """
    if language not in LANGUAGES:
        raise UsageError(f"nothing is translated into {language!r}; choose one of {', '.join(LANGUAGES)}")
    for each in questions:
        try:
            messages = render("translate", language, {"question": neutral(each.question)})
            said = "".join(llm.stream(messages, max_tokens=_MAX_TOKENS, timeout=_SECONDS)).strip()
        except GenerationError as error:
            LOG.warning("%s was not translated: %s", each.id, error)
            continue
        if _is_question(said, each.question, language):
            yield replace(each, id=translated_id(each, language), question=said, language=language)


def translated_id(question: Question, language: str) -> str:
    """The id of a question put into a language."""
    return f"{question.id}-{language}"


def _is_question(said: str, asked: str, language: str) -> bool:
    alike = "\n" not in said and said.endswith("?") and len(said) <= _LONGEST * len(asked)
    return alike and language_of(said) in (language, "und")


def line_of(question: Question) -> str:
    """The line of a reading set that holds a question; see `rag.training.qa_dataset`."""
    said = [question.text[start:end] for start, end in question.answers]
    head = question.title + TITLE_MARK if question.title else ""
    fields = {
        "id": question.id,
        "question": question.question,
        "context": head + question.text,
        "answers": said,
        "answer_starts": [len(head) + start for start, _ in question.answers],
        "language": question.language,
    }
    return json.dumps(fields, ensure_ascii=False) + "\n"
