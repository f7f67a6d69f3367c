"""What questions of a language have in common, taken off their vectors."""

from __future__ import annotations

import numpy as np
import pytest

from rag.models.embedder import Embedder
from rag.models.question_centres import QuestionCentres, centred, centred_share
from rag.models.weights_file import FOLDER, using_weights, weights_in_use
from rag.training.question_centre_fit import fit_question_centres, load_questions

MADE = QuestionCentres(0.5, {"vi": (1.0, 0.0), "en": (0.0, 1.0)})


def test_a_share_of_the_centre_of_its_language_is_taken_off() -> None:
    vector = np.array([0.6, 0.8], np.float32)
    with using_weights("question_centres", MADE):
        assert centred_share() == 0.5
        assert centred(vector, "vi").tolist() == pytest.approx([0.1, 0.8])
        assert centred(vector, "en").tolist() == pytest.approx([0.6, 0.3])
        for unknown in ("th", "und", ""):
            assert centred(vector, unknown).tolist() == pytest.approx([0.35, 0.55])
    assert vector.tolist() == pytest.approx([0.6, 0.8])


def test_the_shipped_centres_are_the_means_of_the_shipped_questions(embedder: Embedder) -> None:
    shipped = weights_in_use("question_centres", QuestionCentres)
    asked = load_questions(FOLDER / "question_kinds.jsonl")
    assert [*shipped.centres] == sorted(asked)
    own = {"ja": asked["ja"]}
    found = fit_question_centres(own, lambda texts: embedder.embed_queries(texts), shipped.share)
    assert np.array(found.centres["ja"]) == pytest.approx(np.array(shipped.centres["ja"]), abs=2e-3)


def test_a_passage_near_to_every_question_is_no_longer_nearest(embedder: Embedder) -> None:
    question = "Sông nào dài nhất châu Phi?"
    texts = [
        "Le fleuve le plus long d'Afrique est le Nil.",
        "Câu hỏi này có nhiều câu trả lời khác nhau, tùy từng nơi.",
    ]
    vector, passages = embedder.embed_queries([question])[0], embedder.embed_passages(texts)
    before, after = (passages @ each for each in (vector, centred(vector, "vi")))
    assert after[0] - after[1] > before[0] - before[1]
