from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from rag.models.embedder import PINNED_MODEL
from rag.models.pinned_embedding import exported_graph
from rag.models.tokenizer import UnigramTokenizer, normalise, save_vocabulary, shared_tokenizer
from tests.strategies import texts

TEXTS = [
    "Thủ đô của Việt Nam là gì?",
    "query: Nguyễn Huệ lên ngôi năm 1788 – lấy niên hiệu Quang Trung.",
    "Nguye\u0302\u0303n  Hue\u0323\u0302\t\n lên ngôi",
    "北京是中华人民共和国的首都，也是政治和文化中心。",
    "ภาษาไทยเป็นภาษาที่มีระดับเสียง",
    "ﬁne ｆｕｌｌ ½ №5 e\u0301 \x07 \u200b zero\u200cwidth \ufffd",
    "𓀀𓀁𓀂 unknown 𓀃x𓀄",
    "a▁b ▁ c",
    "https://vi.wikipedia.org/wiki/Qu%E1%BB%91c_ng%E1%BB%AF?a=1&b=2",
    "supercalifragilisticexpialidocious" * 5,
    "",
    " \n\t ",
]


@pytest.fixture(scope="module")
def reference(models_folder: Path) -> Tokenizer:
    exported_graph(models_folder)
    return Tokenizer.from_file(str(models_folder / PINNED_MODEL / "tokenizer.json"))


@pytest.fixture(scope="module")
def pieces(models_folder: Path) -> UnigramTokenizer:
    return UnigramTokenizer(exported_graph(models_folder))


@pytest.mark.parametrize("text", TEXTS)
def test_same_pieces_as_the_tokenizers_library(pieces: UnigramTokenizer, reference: Tokenizer, text: str) -> None:
    assert pieces.encode(text) == reference.encode(text, add_special_tokens=False).ids


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_characters="<", max_codepoint=0xFFFF), max_size=40))
def test_same_pieces_for_any_text(pieces: UnigramTokenizer, reference: Tokenizer, text: str) -> None:
    assert pieces.encode(text) == reference.encode(text, add_special_tokens=False).ids


def test_expected_numbers(pieces: UnigramTokenizer) -> None:
    assert pieces.encode("query: Thủ đô của Việt Nam là gì?") == [
        41, 1294, 12, 40797, 29349, 550, 3763, 2096, 580, 4062, 32,
    ]  # fmt: skip


def test_limit_keeps_the_first_pieces(pieces: UnigramTokenizer) -> None:
    whole = pieces.encode("một hai ba bốn năm")
    assert pieces.encode("một hai ba bốn năm", 3) == whole[:3]
    assert pieces.encode("một hai ba bốn năm", 100) == whole


def test_text_that_spells_a_special_piece_does_not_become_one(pieces: UnigramTokenizer) -> None:
    special = {pieces.bos, pieces.eos}
    assert not special & set(pieces.encode("<s> one </s> two</s>"))


def test_normalise_composes_and_folds_white_space() -> None:
    assert normalise(" e\u0302\u0301\u00a0x\x07y ") == "ế xy"


def test_one_tokenizer_serves_a_folder_until_its_files_are_others(models_folder: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(exported_graph(models_folder), tmp_path / "graph"))
    first = shared_tokenizer(folder)
    assert shared_tokenizer(folder / ".." / "graph") is first
    os.utime(folder / "pieces.txt", (0, 0))
    assert shared_tokenizer(folder) is not first


def test_other_kinds_of_tokenizer_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps({"model": {"type": "BPE", "vocab": {}}}))
    with pytest.raises(ValueError, match="BPE"):
        save_vocabulary(path, tmp_path)


@pytest.mark.parametrize("text", [*TEXTS, "a\x1cb\x0bc \x0b d", "e\x07\u0301 e\x1f\u0301", "ﬁe\u0301 ½… …ﬁ ﷺ"])
def test_located_pieces_are_those_of_the_text(pieces: UnigramTokenizer, text: str) -> None:
    numbers, spans = pieces.encode_with_ranges(text)
    assert numbers == pieces.encode(text)
    assert len(spans) == len(numbers)


@settings(max_examples=300)
@given(texts)
def test_places_stand_in_the_text_and_in_order(pieces: UnigramTokenizer, text: str) -> None:
    numbers, spans = pieces.encode_with_ranges(text)
    assert numbers == pieces.encode(text)
    assert all(0 <= start <= end <= len(text) for start, end in spans)
    assert spans == sorted(spans)
    assert [end for _, end in spans] == sorted(end for _, end in spans)


def test_every_letter_of_a_known_word_has_its_piece(pieces: UnigramTokenizer) -> None:
    text = "  Nguyễn Huệ lên ngôi\nnăm 1788."
    _, spans = pieces.encode_with_ranges(text)
    assert "".join(text[start:end] for start, end in spans) == "".join(text.split())


def test_a_letter_that_no_piece_has_leaves_the_others_their_places(pieces: UnigramTokenizer) -> None:
    text = "𠮷野家は1899年に東京の𠮷原で開業した。"
    numbers, spans = pieces.encode_with_ranges(text)
    assert [text[start:end] for number, (start, end) in zip(numbers, spans, strict=True) if number == pieces.unk] == [
        "𠮷",
        "𠮷",
    ]
    assert "".join(text[start:end] for start, end in spans) == text


@pytest.mark.parametrize("mark", ["\u200d", "\u200e", "\ufffd", "👨‍👩‍👧"])
def test_marks_without_width_leave_the_others_their_places(pieces: UnigramTokenizer, mark: str) -> None:
    text = f"東京{mark}タワーは1958年に開業した。"
    _, spans = pieces.encode_with_ranges(text)
    assert max(end - start for start, end in spans) < 6


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("Huê\u0323 lên", {"Huê\u0323", "lên"}),  # composed anew: the whole word
        ("x… ﬁne", {"x", "…", "ﬁne"}),  # longer in its normal form, letter by letter
        ("xx𓀃𓀃xx a", {"xx", "𓀃𓀃", "a"}),  # unknown: one piece together
    ],
)
def test_a_piece_of_a_word_with_another_normal_form(pieces: UnigramTokenizer, text: str, held: set[str]) -> None:
    _, spans = pieces.encode_with_ranges(text)
    found = {text[start:end] for start, end in spans} - {""}
    assert {word for word in held if any(each and each in word for each in found)} == held
    assert all(any(each in word for word in held) for each in found), found
