from __future__ import annotations

import unicodedata
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.models.pinned_embedding import exported_graph
from rag.models.reader_windows import (
    QUESTION_TOKENS,
    SHARED_TOKENS,
    TITLE_TOKENS,
    WINDOW_TOKENS,
    Text,
    head_of,
    text_of,
    window_of,
    windows,
)
from rag.models.tokenizer import UnigramTokenizer

QUESTION, TITLE = "Cầu Vàng dài bao nhiêu mét?", "Khánh thành cầu Vàng"


@pytest.fixture(scope="module")
def pieces(models_folder: Path) -> UnigramTokenizer:
    return UnigramTokenizer(exported_graph(models_folder))


def numbered(count: int) -> Text:
    return Text(list(range(100, 100 + count)), [(place, place + 1) for place in range(count)])


def test_the_head_is_the_question_and_the_title(pieces: UnigramTokenizer) -> None:
    head = head_of(pieces, QUESTION, TITLE)
    asked, title = pieces.encode(QUESTION), pieces.encode(TITLE)
    assert head == [pieces.bos, *asked, pieces.eos, *title, pieces.eos]
    assert head_of(pieces, QUESTION, "") == [pieces.bos, *asked, pieces.eos, pieces.eos]


def test_long_questions_lose_their_middle_and_titles_their_end(pieces: UnigramTokenizer) -> None:
    head = head_of(pieces, QUESTION * 50, TITLE * 50)
    assert len(head) == QUESTION_TOKENS + TITLE_TOKENS + 3
    asked, half = pieces.encode(QUESTION * 50), QUESTION_TOKENS // 2
    assert head[1 : QUESTION_TOKENS + 1] == asked[:half] + asked[-half:]
    (short,) = windows(pieces, head, text_of(pieces, "Cầu dài 450 m."))
    assert len(short.tokens) < WINDOW_TOKENS


def test_questions_in_either_normal_form_are_the_same(pieces: UnigramTokenizer) -> None:
    heads = [
        head_of(pieces, *(unicodedata.normalize(form, each) for each in (QUESTION, TITLE))) for form in ("NFC", "NFD")
    ]
    assert heads[0] == heads[1]


@pytest.mark.parametrize("text", ["", " \n", "\u200b"])
def test_a_text_without_pieces_has_one_window(pieces: UnigramTokenizer, text: str) -> None:
    head = head_of(pieces, QUESTION, "")
    assert windows(pieces, head, text_of(pieces, text)) == [window_of(pieces, head, Text([], []), 0, 0)]


@settings(max_examples=200)
@given(st.integers(0, 1500), st.integers(3, QUESTION_TOKENS + TITLE_TOKENS + 3))
def test_windows_hold_every_piece_in_order(pieces: UnigramTokenizer, count: int, opening: int) -> None:
    text, head = numbered(count), [7] * opening
    cut = windows(pieces, head, text)
    assert {number for window in cut for number in window.tokens[window.first : -1]} == set(text.numbers)
    for window in cut:
        held = window.tokens[window.first : -1]
        assert held == text.numbers[window.start : window.start + len(held)]
        assert (window.tokens[: window.first], window.tokens[-1]) == (head, pieces.eos)
        assert len(window.tokens) <= WINDOW_TOKENS
    for one, two in pairwise(cut):
        assert two.start == one.start + len(one.tokens[one.first : -1]) - SHARED_TOKENS
    assert len(cut) == 1 or count + opening + 1 > WINDOW_TOKENS
