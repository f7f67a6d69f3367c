"""A follow-up made to stand alone by a language model, and the check that it adds nothing of its own."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence

from rag.errors import GenerationError, ModelError
from rag.models.llm import LanguageModel
from rag.prompts import neutral, render
from rag.query.entities import same_language
from rag.query.followup import Turn
from rag.text.language import language_of
from rag.text.words import content_words, words

LOG = logging.getLogger(__name__)
_TURNS = 3
_ANSWER_CHARS = 300
_MAX_TOKENS = 64
_SECONDS = 20.0
_MAX_ADDED_CHARS = 160
# A rewrite that loses more of what was asked asks something else.
_KEPT = 0.5
_LABELS = {"vi": ("Hỏi", "Đáp"), "en": ("Question", "Answer")}
_POSSESSIVE = re.compile(r"['’]s\b")


def rewrite(question: str, history: Sequence[Turn], llm: LanguageModel, timeout: float) -> str | None:
    """The question as a model makes it stand alone; None when the model fails or what it says is not acceptable."""
    language = language_of(question)
    asked, answered = _LABELS.get(language, _LABELS["en"])
    told = "\n".join(
        f"{asked}: {neutral(turn.question)}\n{answered}: {neutral(turn.answer)[:_ANSWER_CHARS]}"
        for turn in history[-_TURNS:]
    )
    try:
        messages = render("standalone", language, {"question": neutral(question), "history": told})
        pieces = llm.stream(messages, max_tokens=_MAX_TOKENS, timeout=min(timeout, _SECONDS))
        made = "".join(pieces).strip().strip('"“”')
    except (GenerationError, ModelError) as error:
        LOG.warning("the language model did not rewrite the question: %s", error)
        return None
    return made if is_acceptable(made, question, history[-_TURNS:]) else None


def is_acceptable(made: str, question: str, history: Sequence[Turn]) -> bool:
    """Whether a rewrite is one question in the same language, no longer than it must be, of words already said.

    Its names, numbers and content words stand in the question or in the turns, and most of the question's own are kept.
    """
    if not made or "\n" in made or not made.endswith(("?", "？")) or len(made) > len(question) + _MAX_ADDED_CHARS:
        return False
    if not same_language(made, question):
        return False
    said = set(_words(" ".join([question, *(f"{turn.question} {turn.answer}" for turn in history)])))
    own = set(content_words(_words(question), language_of(question)))
    kept = own & set(_words(made))
    return said.issuperset(content_words(_words(made), language_of(made))) and len(kept) >= _KEPT * len(own)


def _words(text: str) -> list[str]:
    return words(_POSSESSIVE.sub("", neutral(text)))
