"""A follow-up made to stand alone by a language model, and the check that it adds nothing of its own."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence

from rag.errors import GenerationError, ModelError
from rag.models.llm import LanguageModel
from rag.prompts import neutral, render
from rag.query.conversation import Turn
from rag.query.entities import same_language
from rag.text.language import language_of
from rag.text.words import content_words, words

LOG = logging.getLogger(__name__)
# So many of the last turns are shown to the model, and of each so much.
_TURNS, _QUESTION_CHARS, _ANSWER_CHARS = 3, 500, 300
_MAX_TOKENS = 64
_SECONDS = 20.0
_MAX_ADDED_CHARS = 160
# A rewrite with a smaller share of the question's own content words asks something else.
_MIN_KEPT_SHARE = 0.5
_LABELS = {"vi": ("Hỏi", "Đáp"), "en": ("Question", "Answer")}
_POSSESSIVE = re.compile(r"['’]s\b")


def rewrite(question: str, history: Sequence[Turn], llm: LanguageModel, timeout: float) -> str | None:
    """The question as a model makes it stand alone; None when the model fails or its rewrite is not acceptable.

    `timeout` is in seconds; a rewrite gets at most 20 of them.
    """
    language = language_of(question)
    turns = [_as_shown(turn) for turn in history[-_TURNS:]]
    question_label, answer_label = _LABELS.get(language, _LABELS["en"])
    conversation = "\n".join(f"{question_label}: {turn.question}\n{answer_label}: {turn.answer}" for turn in turns)
    try:
        messages = render("standalone", language, {"question": neutral(question), "history": conversation})
        tokens = llm.stream(messages, max_tokens=_MAX_TOKENS, timeout=min(timeout, _SECONDS))
        rewritten = "".join(tokens).strip().strip('"“”')
    except (GenerationError, ModelError) as error:
        LOG.warning("the language model did not rewrite the question: %s", error)
        return None
    return rewritten if is_acceptable(rewritten, question, turns) else None


def is_acceptable(rewritten: str, question: str, turns: Sequence[Turn]) -> bool:
    """Whether a rewrite is one question in the same language, not much longer, and of words of question and turns.

    Its content words stand in the question or in the turns, and at least half of the question's own are kept.
    """
    if not rewritten or "\n" in rewritten or not rewritten.endswith(("?", "？")):
        return False
    if len(rewritten) > len(question) + _MAX_ADDED_CHARS or not same_language(rewritten, question):
        return False
    known = set(_words(" ".join([question, *(f"{turn.question} {turn.answer}" for turn in turns)])))
    own = set(content_words(_words(question), language_of(question)))
    kept = own & set(_words(rewritten))
    added = content_words(_words(rewritten), language_of(rewritten))
    return known.issuperset(added) and len(kept) >= _MIN_KEPT_SHARE * len(own)


def _as_shown(turn: Turn) -> Turn:
    """A turn as the model gets it: the question as it was understood, both cut, and neither passing for a role."""
    question, answer = turn.standalone or turn.question, turn.answer
    return Turn(neutral(question[:_QUESTION_CHARS]), neutral(answer)[:_ANSWER_CHARS])


def _words(text: str) -> list[str]:
    return words(_POSSESSIVE.sub("", neutral(text)))
