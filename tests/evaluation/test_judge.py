from __future__ import annotations

import pytest

from rag.config import Config
from rag.errors import GenerationError, ModelMissing
from rag.evaluation import judge as judge_module
from rag.evaluation.judge import judged
from rag.evaluation.outcome import Outcome
from tests.doubles import ScriptedLanguageModel


def outcome(status: str = "answered") -> Outcome:
    return Outcome(
        id="q",
        question="Cầu dài bao nhiêu?",
        standalone_question="Cầu Rồng dài bao nhiêu?",
        answerable=True,
        expected=(),
        relevant=(),
        tags={},
        answer="666 m.",
        short=None,
        status=status,
        confidence=0.5,
        fault=None,
        ranking=(),
        read=(),
        quotes=("Cầu Rồng dài 666 m.",),
        signals={},
        scores={"right": 1.0},
    )


@pytest.mark.parametrize(
    ("reply", "scores"),
    [
        ('{"faithful": true, "relevant": false}', {"judged faithful": 1.0, "judged relevant": 0.0}),
        ('Well: {"faithful": false}', {"judged faithful": 0.0}),
        ('{"faithful": "yes"', {}),
        ("no object", {}),
        (GenerationError("it broke off"), {}),
    ],
)
def test_the_opinion_on_an_answer_stands_beside_its_scores(
    reply: str | Exception, scores: dict[str, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    llm = ScriptedLanguageModel(reply)
    monkeypatch.setattr(judge_module, "load_llm", lambda *_: llm)
    told: list[tuple[str, int, int]] = []
    answered, refused = judged(Config(), [outcome(), outcome("refused")], lambda *done: told.append(done))
    assert answered.scores == {"right": 1.0, **scores}
    assert refused.scores == {"right": 1.0}
    assert told == [("answers", 1, 2), ("answers", 2, 2)]
    ((*_, (role, content)),) = llm.asked
    assert role == "user"
    assert all(part in content for part in ("Cầu Rồng dài bao nhiêu?", "666 m.", "Cầu Rồng dài 666 m."))


def test_no_model_is_said() -> None:
    with pytest.raises(ModelMissing, match="--model"):
        judged(Config().model_copy(update={"llm": Config().llm.model_copy(update={"model": "none"})}), [])
