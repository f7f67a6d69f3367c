"""The two sides of a comparison, each made a question that can be asked alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.query.comparison import sides
from rag.query.query import Query, make_query
from rag.text.normalize import clean
from rag.text.words import words
from tests.doubles import EmptyTermStatistics, HashEmbedder
from tests.strategies import texts

NAMES = ("Long Biên", "Nhật Tân", "Bến Thành – Suối Tiên", "Cát Linh", "Fansipan", "Sơn La")
# By the words that stand behind two names, how they are put together.
FRAMES = {
    "cái nào dài hơn": (
        "Giữa {} với {}, cái nào dài hơn?",
        "Tuyến {} và tuyến {}, cái nào dài hơn?",
        "Cầu {} hay cầu {} cái nào dài hơn?",
    ),
    "is longer": ("The bridge {} or the bridge {}, which is longer?", "Which is longer, {} or {}?"),
    "plus long": ("Lequel est plus long, {} ou {} ?", "Le pont {} et le pont {}, lequel est plus long ?"),
    "länger": ("Was ist länger, {} oder {}?",),
}


def query(question: str) -> Query:
    return make_query(question, EmptyTermStatistics(), HashEmbedder())


def asked(question: str) -> tuple[str, ...] | None:
    """The questions of the two sides of a question."""
    found = sides(query(question))
    return tuple(side.question for side in found) if found else None


@pytest.mark.parametrize(
    ("question", "first", "second"),
    [
        (
            "Cầu Long Biên với cầu Nhật Tân, cái nào dài hơn?",
            "Cầu Long Biên cái nào dài hơn?",
            "cầu Nhật Tân cái nào dài hơn?",
        ),
        (
            "Tuyến Cát Linh hay tuyến Nhổn có nhiều ga hơn?",
            "Tuyến Cát Linh có nhiều ga hơn",
            "tuyến Nhổn có nhiều ga hơn",
        ),
        ("Dân số của Hà Nội so với ở Huế?", "Dân số của Hà Nội", "ở Huế"),
        (
            "Which is longer, the Long Bien Bridge or the Nhat Tan Bridge?",
            "Which is longer the Long Bien Bridge",
            "Which is longer the Nhat Tan Bridge",
        ),
        (
            "Quel pont est le plus long, le pont Long Biên ou le pont Nhật Tân ?",
            "Quel pont est le plus long le pont Long Biên",
            "Quel pont est le plus long le pont Nhật Tân",
        ),
        ("Wer ist älter, Goethe oder Schiller?", "Wer ist älter Goethe", "Wer ist älter Schiller"),
        ("龙编桥与日新桥，哪座更长？", "龙编桥 哪座更长？", "日新桥 哪座更长？"),
        ("Messi với Ronaldo, ai ghi nhiều bàn hơn?", "Messi ai ghi nhiều bàn hơn?", "Ronaldo ai ghi nhiều bàn hơn?"),
        ("Huế hay Vinh mưa nhiều hơn?", "Huế mưa nhiều hơn", "Vinh mưa nhiều hơn"),
        ("Hanoi or Hue, which is larger?", "Hanoi which is larger?", "Hue which is larger?"),
        ("Compare Mount Fansipan with Mount Everest", "Compare Mount Fansipan", "Compare Mount Everest"),
        ("How does Hanoi compare to Ho Chi Minh City?", "How does Hanoi", "How does Ho Chi Minh City"),
        (
            "Lượng mưa của Huế so với Vinh thế nào?",
            "Lượng mưa của Huế thế nào",
            "Lượng mưa của Vinh thế nào",
        ),
        (
            "Dân số Hà Nội và Hải Phòng, nơi nào đông hơn?",
            "Dân số Hà Nội nơi nào đông hơn?",
            "Dân số Hải Phòng nơi nào đông hơn?",
        ),
        (
            "Số người bị thương theo bản đầu và bản sau, khác nhau ra sao?",
            "Số người bị thương theo bản đầu khác nhau ra sao?",
            "Số người bị thương theo bản sau khác nhau ra sao?",
        ),
        (
            "Xuất khẩu gạo năm 2020 và 2025 là bao nhiêu?",
            "Xuất khẩu gạo năm 2020 là bao nhiêu",
            "Xuất khẩu gạo năm 2025 là bao nhiêu",
        ),
    ],
)
def test_each_side_is_a_question_with_what_stands_beside_both(question: str, first: str, second: str) -> None:
    assert asked(question) == (first, second)


@pytest.mark.parametrize(
    "question",
    [
        "Cầu nào dài nhất?",
        "Có bao nhiêu ga?",
        "Which is longer?",
        "和平是什么？",
        "Hà Nội?",
        "và",
        "hay là",
        "với?",
        "",
        "?",
    ],
)
def test_a_question_without_two_sides_has_none(question: str) -> None:
    assert sides(query(question)) is None


def test_what_joins_only_small_words_parts_nothing() -> None:
    both = "Có gì hay, đỉnh Fansipan với đỉnh Everest, đỉnh nào cao hơn?"
    assert asked(both) == (
        "Có gì hay đỉnh Fansipan đỉnh nào cao hơn?",
        "Có gì hay đỉnh Everest đỉnh nào cao hơn?",
    )


@given(
    both=st.lists(st.sampled_from(NAMES), min_size=2, max_size=2, unique=True),
    frame=st.sampled_from([(shared, frame) for shared, frames in FRAMES.items() for frame in frames]),
)
def test_each_side_names_its_own_and_says_the_rest(both: list[str], frame: tuple[str, str]) -> None:
    shared, whole = frame
    found = asked(whole.format(*both))
    assert found is not None
    for side, own, other in zip(found, both, reversed(both), strict=True):
        assert own in side
        assert other not in side
        assert shared in side


@given(text=texts)
def test_a_side_says_nothing_that_was_not_asked(text: str) -> None:
    found = asked(clean(text))
    for side in found or ():
        assert words(side)
        assert set("".join(side.split())) <= set(clean(text))


@pytest.mark.parametrize(
    ("question", "first", "second"),
    [
        (
            "Ai nhiều huy chương hơn, Việt Nam hay Thái Lan, ở SEA Games 31?",
            "Ai nhiều huy chương hơn Việt Nam ở SEA Games 31?",
            "Ai nhiều huy chương hơn Thái Lan ở SEA Games 31?",
        ),
        ("Hà Nội hay Huế mưa nhiều hơn?", "Hà Nội mưa nhiều hơn", "Huế mưa nhiều hơn"),
        ("Which is longer, Long Biên or Nhật Tân?", "Which is longer Long Biên", "Which is longer Nhật Tân"),
    ],
)
def test_a_first_side_that_is_a_name_alone_stays_whole(question: str, first: str, second: str) -> None:
    assert asked(question) == (first, second)


@pytest.mark.xfail(strict=True, reason="one side alone gets what belongs to both")
@pytest.mark.parametrize(
    ("question", "shared"), [("Is Hanoi larger than Hue?", "larger"), ("河内和胡志明市哪个人口多？", "人口多")]
)
def test_both_sides_are_asked_for_the_same(question: str, shared: str) -> None:
    found = asked(question)
    assert found is not None
    assert all(shared in side for side in found)


def test_a_side_that_is_asked_with_the_name_of_the_other_keeps_its_own() -> None:
    found = sides(query("metro so 1 với Cát Linh, tuyến nào dài hơn?"))
    assert found is not None
    assert [side.name for side in found] == ["metro so 1", "Cát Linh"]
    assert found[0].question == "metro so 1 Cát Linh tuyến nào dài hơn?"
