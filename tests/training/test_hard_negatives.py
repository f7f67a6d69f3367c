from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from rag.index.snapshot import Collection
from rag.models.embedder import Embedder
from rag.text.language import language_of
from rag.training.hard_negatives import NEAREST, hard_negatives
from rag.training.qa_dataset import QaRecord

RECORD = QaRecord("q", "Tuyến Cát Linh – Hà Đông có bao nhiêu nhà ga?", "", "Tuyến có 12 nhà ga.", (), "vi")
METRO = "metro-cat-linh-ha-dong.md"


def test_the_nearest_of_both_legs_are_given_but_for_what_is_held_out(sample_index: Path, embedder: Embedder) -> None:
    snapshot = Collection(sample_index, embedder).snapshot()
    article = snapshot.store.article(METRO)
    assert article is not None
    found = hard_negatives(snapshot, embedder, frozenset(), 1)(RECORD)
    assert 0 < len(found) <= 2 * NEAREST
    assert any(title == article.title and text in article.text for title, text in found)
    others = hard_negatives(snapshot, embedder, frozenset({METRO}), 1)(RECORD)
    assert others
    assert article.title not in {title for title, _ in others}
    assert sorted(hard_negatives(snapshot, embedder, frozenset(), 2)(RECORD)) == sorted(found)
    assert hard_negatives(snapshot, embedder, frozenset(), 1)(RECORD) == found


def test_only_texts_in_the_language_of_the_question_s_own_text_are_given(
    sample_index: Path, embedder: Embedder
) -> None:
    found = hard_negatives(Collection(sample_index, embedder).snapshot(), embedder, frozenset(), 1)
    english = QaRecord("q", "How many visitors see the cave in a year?", "", "", (), "en")
    for text, language in (
        ("Mỗi năm hang đón không quá một nghìn khách du lịch.", "vi"),
        ("No more than a thousand visitors are let into the cave each year.", "en"),
    ):
        given = found(replace(english, text=text))
        assert given
        assert {language_of(each) for _, each in given} == {language}
