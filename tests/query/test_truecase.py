"""Names typed in small letters, as the texts write them."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.index.filter import EVERYTHING
from rag.index.snapshot import Snapshot
from rag.models.embedder import Embedder
from rag.query.query import understand
from rag.query.request import Request
from rag.query.truecase import truecased
from tests.strategies import texts

CAVE = (
    "Hang Sơn Đoòng\nNăm 1990 ông Hồ Khanh tìm ra hang Sơn Đoòng ở Vịnh Hạ Long nhỏ. Khi ấy mưa to, và UNESCO đã biết."
)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("hang sơn đoòng ai tìm ra", "hang Sơn Đoòng ai tìm ra"),
        ("hồ khanh là ai", "Hồ Khanh là ai"),
        ("hạ long ở đâu", "Hạ Long ở đâu"),
        ("Hang sơn đoòng ở đâu?", "Hang Sơn Đoòng ở đâu?"),
        ("unesco là gì", "Unesco là gì"),
        ("khi nào mưa", "khi nào mưa"),
        ("sơn la ở đâu", "sơn la ở đâu"),
        ("ai tìm ra Sơn Đoòng, hồ khanh à", "ai tìm ra Sơn Đoòng, hồ khanh à"),
        ("", ""),
    ],
)
def test_names_are_written_as_the_texts_write_them(typed: str, expected: str) -> None:
    assert truecased(typed, [CAVE]) == expected


def test_a_word_that_also_stands_in_small_letters_is_no_name() -> None:
    assert truecased("bến ở đâu", ["Họ tới Bến rồi về."]) == "Bến ở đâu"
    assert truecased("bến ở đâu", ["Họ tới Bến rồi về bến."]) == "bến ở đâu"


@given(texts, st.lists(texts, max_size=3))
def test_nothing_but_the_case_of_letters_changes(question: str, near: list[str]) -> None:
    assert truecased(question, near).upper() == question.upper()
    assert truecased(question, []) == question


BRIDGE = ("Cầu Nhật Tân dài bao nhiêu?", "Cầu Nhật Tân dài 3,9 km.")


def understood(question: str, snapshot: Snapshot, embedder: Embedder, *turns: tuple[str, str]) -> str:
    """A question after these turns, by default one about another bridge, as it was understood."""
    request = Request.of(question, turns or [BRIDGE])
    naming = partial(snapshot.texts_naming, only=EVERYTHING)
    return understand(request, snapshot.statistics, embedder, texts=naming).standalone


@pytest.mark.parametrize("question", ["hang sơn đoòng ai tìm ra", "hội lim được mở vào ngày nào?"])
def test_a_new_question_in_small_letters_is_not_completed(
    snapshot: Snapshot, embedder: Embedder, question: str
) -> None:
    assert understood(question, snapshot, embedder) == question


def test_a_follow_up_still_is(snapshot: Snapshot, embedder: Embedder) -> None:
    assert "Nhật Tân" in understood("ai thiết kế", snapshot, embedder)


@pytest.mark.parametrize("before", ["hang sơn đoòng dài bao nhiêu", "hang son doong dai bao nhieu"])
def test_names_of_a_turn_that_was_typed_so_are_built_on(snapshot: Snapshot, embedder: Embedder, before: str) -> None:
    assert "Sơn Đoòng" in understood("ai xây", snapshot, embedder, (before, ""))
