"""A language model's opinion of answers, as extra columns: never a part of a verdict, of floors or of what is right."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from rag.config import Config
from rag.errors import GenerationError, ModelMissing
from rag.evaluation.outcome import Outcome
from rag.models.llm import LanguageModel, load_llm
from rag.prompts import neutral, render
from rag.text.language import language_of

LOG = logging.getLogger(__name__)
_MAX_TOKENS = 48
_OBJECT = re.compile(r"\{[^{}]*\}")
_ASKED = ("faithful", "relevant")


def judged(
    config: Config, outcomes: Sequence[Outcome], progress: Callable[[int, int], None] = lambda *_: None
) -> list[Outcome]:
    """The outcomes, those that were answered with the scores `judged faithful` and `judged relevant`, 0 or 1.

    Faithful is an answer that says only what the quotes say, relevant one that answers the question. A reply that
    cannot be read gives no score. Raises `ModelMissing` when the settings name no model.
    """
    llm = load_llm(config.llm, config.models)
    if llm is None:
        raise ModelMissing("no language model is set to judge with; name one with --model")
    found: list[Outcome] = []
    try:
        for outcome in outcomes:
            found.append(_judged(llm, outcome, config.llm.timeout) if outcome.status == "answered" else outcome)
            progress(len(found), len(outcomes))
    finally:
        llm.close()
    return found


def _judged(llm: LanguageModel, outcome: Outcome, timeout: float) -> Outcome:
    values = {
        "question": neutral(outcome.standalone_question),
        "evidence": "\n".join(neutral(quote) for quote in outcome.quotes),
        "answer": neutral(outcome.answer),
    }
    try:
        messages = render("judge", language_of(outcome.question), values)
        said = "".join(llm.stream(messages, max_tokens=_MAX_TOKENS, timeout=timeout))
    except GenerationError as error:
        LOG.warning("%s was not judged: %s", outcome.id, error)
        return outcome
    return replace(outcome, scores={**outcome.scores, **_scores(said)})


def _scores(said: str) -> dict[str, float]:
    match = _OBJECT.search(said)
    try:
        fields = json.loads(match[0]) if match else {}
    except ValueError:
        return {}
    return {f"judged {name}": float(fields[name]) for name in _ASKED if isinstance(fields.get(name), bool)}
