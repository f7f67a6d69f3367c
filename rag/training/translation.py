"""Training questions translated by a language model, for languages in which there are no training sets."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from rag.errors import GenerationError, UsageError
from rag.prompts import LANGUAGES, neutral, render
from rag.text.language import language_of
from rag.training.qa_dataset import QaRecord

if TYPE_CHECKING:
    from rag.models.llm import LanguageModel

LOG = logging.getLogger(__name__)
_MAX_TOKENS, _SECONDS = 64, 60.0
# A reply that is so many times as long as the question is no translation but an answer or a comment.
_LONGEST = 2.0


def translated(records: Iterable[QaRecord], language: str, llm: LanguageModel) -> Iterator[QaRecord]:
    """The records with their questions translated into a language, in order; contexts and answers stay.

    Left out are those at which the model fails, and replies that are not one question in that language. Raises
    `UsageError` for a language that no prompt translates into.
    """
    if language not in LANGUAGES:
        raise UsageError(f"nothing is translated into {language!r}; choose one of {', '.join(LANGUAGES)}")
    for each in records:
        try:
            messages = render("translate", language, {"question": neutral(each.question)})
            reply = "".join(llm.stream(messages, max_tokens=_MAX_TOKENS, timeout=_SECONDS)).strip()
        except GenerationError as error:
            LOG.warning("%s was not translated: %s", each.id, error)
            continue
        if _is_translation(reply, each.question, language):
            yield replace(each, id=translated_id(each, language), question=reply, language=language)


def translated_id(record: QaRecord, language: str) -> str:
    """The id of a record whose question is translated into a language; see `source_id` in `qa_dataset`."""
    return f"{record.id}-{language}"


def _is_translation(reply: str, question: str, language: str) -> bool:
    is_question = "\n" not in reply and reply.endswith("?") and len(reply) <= _LONGEST * len(question)
    return is_question and language_of(reply) in (language, "und")
