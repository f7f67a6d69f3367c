from __future__ import annotations

import unicodedata

import pytest

from rag.text.syllables import is_syllable


@pytest.mark.parametrize(
    "word", ["Nguyễn", "nghiêng", "Quỳnh", "quyết", "gì", "giết", "giếng", "khuỷu", "ĐƯỜNG", "ở", "hoà", "hòa", "thuở"]
)
def test_vietnamese_syllables(word: str) -> None:
    assert is_syllable(word)
    assert is_syllable(unicodedata.normalize("NFD", word))


@pytest.mark.parametrize(
    "word",
    ["señor", "café", "für", "déjà", "łódź", "çağrı", "hợpp", "cạc̀h", "cảt", "thề́", "", "đ", "a" * 1000, "ế" * 9],
)
def test_other_words(word: str) -> None:
    assert not is_syllable(word)
