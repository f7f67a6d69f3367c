"""A language model's opinion of answers, as extra columns: never a part of a verdict, of floors or of what is right."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import asdict, replace

from rag.answering.model_check import ModelCheck
from rag.config import Config
from rag.errors import GenerationError, ModelMissing
from rag.evaluation.outcome import Outcome
from rag.models.loading import load_llm
from rag.progress import Progress

LOG = logging.getLogger(__name__)


def judged(config: Config, outcomes: Sequence[Outcome], progress: Progress = lambda *_: None) -> list[Outcome]:
    """The outcomes, those that were answered with the scores `judged faithful` and `judged relevant`, 0 or 1.

    Faithful is an answer that says only what the quotes say, relevant one that answers the question. A reply that
    cannot be read gives no score. Raises `ModelMissing` when the settings name no model.
    """
    llm = load_llm(config.llm, config.models)
    if llm is None:
        raise ModelMissing("no language model is set to judge with; name one with --model")
    check = ModelCheck(llm, config.llm.timeout)
    found: list[Outcome] = []
    try:
        for outcome in outcomes:
            found.append(_judged(check, outcome) if outcome.status == "answered" else outcome)
            progress("answers", len(found), len(outcomes))
    finally:
        llm.close()
    return found


def _judged(check: ModelCheck, outcome: Outcome) -> Outcome:
    try:
        judgement = check.judge(outcome.standalone_question, outcome.answer, outcome.quotes)
    except GenerationError as error:
        LOG.warning("%s was not judged: %s", outcome.id, error)
        return outcome
    scores = {f"judged {name}": float(value) for name, value in asdict(judgement).items() if value is not None}
    return replace(outcome, scores={**outcome.scores, **scores})
