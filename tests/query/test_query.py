from __future__ import annotations

import pytest

from rag.index.snapshot import Snapshot
from rag.models.embedder import Embedder
from rag.query.diacritics import is_typed_bare
from rag.query.query import holds, make_query, share
from rag.text.normalize import fold


@pytest.mark.parametrize(
    "question",
    [
        "tuyen cat linh ha dong co bao nhieu nha ga",
        "Ai la tong giam doc Hanoi Metro?",
        "tuyến cat linh ha dong co bao nhieu nhà ga",
        "Nha may thuy dien Son La",
    ],
)
def test_a_question_without_diacritics_is_known_by_the_collection(snapshot: Snapshot, question: str) -> None:
    assert is_typed_bare(question, snapshot.statistics)


@pytest.mark.parametrize(
    "question",
    ["Tuyến Cát Linh – Hà Đông có bao nhiêu nhà ga?", "How long is the bridge?", "Fansipan", "xyzzy", "", "?", "谁？"],
)
def test_other_questions_are_as_they_are(snapshot: Snapshot, embedder: Embedder, question: str) -> None:
    assert not is_typed_bare(question, snapshot.statistics)
    assert make_query(question, snapshot.statistics, embedder).text == question


def test_a_bare_question_is_read_with_its_diacritics(snapshot: Snapshot, embedder: Embedder) -> None:
    typed = "Nhà máy thủy điện Sơn La có mấy tổ máy?"
    query = make_query(fold(typed), snapshot.statistics, embedder)
    assert (query.bare, query.text, query.language) == (True, typed, "vi")
    assert "thuy" in query.content
    assert "thuy_dien" in query.pairs
    assert query.vector.tolist() == make_query(typed, snapshot.statistics, embedder).vector.tolist()


def test_what_must_stand_word_for_word(snapshot: Snapshot, embedder: Embedder) -> None:
    query = make_query("Nghị quyết 12/2021/NQ-HĐND nói “vùng cao” hay «vùng thấp»?", snapshot.statistics, embedder)
    assert ["vùng", "cao"] in query.phrases
    assert ["vùng", "thấp"] in query.phrases
    assert ["12", "2021", "nghị", "quyết", "hội", "đồng", "nhân", "dân"] in query.phrases
    assert make_query("Máy bay A320 hạ cánh", snapshot.statistics, embedder).phrases == [["a320"]]
    for plain in (
        'Cao 5" hay 6"?',
        "2016年7月21日",
        "ngày 21/7,ai nói",
        "Ngày 21/7/2016 có gì?",
        "7.345 hộp thư, 3,5% và/hoặc A/B",
    ):
        assert make_query(plain, snapshot.statistics, embedder).phrases == []


def test_names_are_compared_as_the_text_is(snapshot: Snapshot, embedder: Embedder) -> None:
    def named(question: str) -> set[str]:
        return set(make_query(question, snapshot.statistics, embedder).named)

    assert named("Theo UBND tỉnh Sơn La?") == {"ủy", "ban", "nhân", "dân", "sơn", "la"}
    assert named("Việc gì ngày 21/07/2016?") == named("Việc gì ngày 21 tháng 7 năm 2016?") == {"@21/7", "@7/2016"}
    assert named("Việc gì năm 2016?") == {"2016"}


def test_dates_count_as_content(snapshot: Snapshot, embedder: Embedder) -> None:
    assert "@21/7" in make_query("Ngày 21 tháng 7 có gì?", snapshot.statistics, embedder).content


def test_a_phrase_stands_side_by_side() -> None:
    assert holds(["a", "b", "c"], ["b", "c"])
    assert not holds(["a", "b", "c"], ["a", "c"])
    assert not holds([], ["a"])
    assert share({"a": 3.0, "b": 1.0}, {"a"}) == 0.75
    assert share({}, {"a"}) == 0.0


def test_names_without_diacritics_in_other_languages_are_the_same(snapshot: Snapshot, embedder: Embedder) -> None:
    asked = make_query("How deep is Son Doong?", snapshot.statistics, embedder)
    assert not asked.bare
    assert asked.named <= {*asked.tokens("Sơn Đoòng is the largest cave.")}
    assert not make_query("How deep is Sơn Đoòng cave?", snapshot.statistics, embedder).folded
