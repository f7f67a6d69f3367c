from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given

from rag.index import lexical
from rag.index.lexical import LexicalIndex
from rag.query.diacritics import restore, stripped
from rag.text.normalize import fold
from rag.text.words import words
from tests.strategies import texts

PASSAGES = (
    "Hà Nội là thủ đô của Việt Nam.",
    "Thành phố Lào Cai là thủ phủ của tỉnh Lào Cai.",
    "Ông Nguyễn Văn Vịnh chủ trì hội nghị ở Hà Nội.",
    "Đường sắt nối Hà Nội với Lào Cai dài 296 km.",
    "Hội nghị bàn về đường sắt và về tính toán chi phí.",
    "Năm nay dự án được mở rộng. Nam giới chiếm đa số.",
)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> LexicalIndex:
    folder = tmp_path_factory.mktemp("words")
    lexical.write(folder, enumerate(PASSAGES))
    return LexicalIndex(folder)


@pytest.mark.parametrize(
    "question",
    [
        "Thủ đô của Việt Nam ở đâu?",
        "Ông Nguyễn Văn Vịnh là ai?",
        "Đường sắt Hà Nội – Lào Cai dài bao nhiêu km?",
        "HỘI NGHỊ Ở HÀ NỘI",
    ],
)
def test_a_question_gets_its_diacritics_back(index: LexicalIndex, question: str) -> None:
    assert restore(fold(question), index) == question


def test_what_was_typed_with_diacritics_stays(index: LexicalIndex) -> None:
    assert restore("Tính thu phu", index) == "Tính thủ phủ"
    assert restore("tỉnh Lao Cai", index) == "tỉnh Lào Cai"


@pytest.mark.parametrize(
    "text", ["", "?!", "Paris 2024", "aaaaaaa ooooooo " * 50, "strength", "北京", "Xin chào ISO-9001"]
)
def test_what_the_collection_does_not_know_stays(index: LexicalIndex, text: str) -> None:
    assert restore(text, index) == text


@given(text=texts)
def test_nothing_but_diacritics_changes(index: LexicalIndex, text: str) -> None:
    plain = unicodedata.normalize("NFC", text)
    restored = restore(plain, index)
    assert len(restored) == len(plain)
    assert words(fold(restored)) == words(fold(plain))


def test_stripped_words_are_counted(index: LexicalIndex) -> None:
    assert stripped("thu phu Lao Cai", index) == (3, 4)  # Cai is written so
    assert stripped("thủ phủ Lào Cai", index) == (0, 1)
    assert stripped("Paris", index) == (0, 0)
