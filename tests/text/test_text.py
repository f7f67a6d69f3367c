from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.text.language import language_of
from rag.text.normalize import clean, fold, has_diacritics, normalized
from rag.text.sentences import sentences
from rag.text.words import bigrams, words
from tests.strategies import texts


def said(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Who supervised Ngô Bảo Châu's doctorate?", "en"),
        ("What do Ngo Bao Chau's parents do?", "en"),
        ("En quelle année Yersin a-t-il introduit l'hévéa à Suối Dầu ?", "fr"),
        ("Sơn Đoòng dài bao nhiêu?", "vi"),
        ("Nguyễn Văn Linh", "vi"),
        ("Khánh thành cầu Vàng", "vi"),
        ("Cầu Vàng dài 450 m.", "vi"),
        ("Còn năm sau?", "vi"),
        ("El Niño gây hạn hán.", "vi"),
        ("Ông đã thăm mẹ của Ağca vào năm nào?", "vi"),
        ("What is El Niño and how does it affect Vietnam?", "en"),
        ("Who is Erdoğan?", "en"),
        ("Câți locuitori are Iași?", "ro"),
        ("ỦY BAN NHÂN DÂN TỈNH LÀO CAI", "vi"),
        ("Unde se află catedrala și când a fost construită?", "ro"),
        ("¿Cuándo se construyó la catedral de Nha Trang?", "es"),
        ("Ayasofya hangi yılda yapıldı?", "tr"),
        ("In welchem Jahr wurde Nha Trang gegründet?", "de"),
        ("Quanto custa o pão?", "pt"),
        ("Onde está a nação?", "pt"),
    ],
)
def test_names_do_not_tell_the_language(question: str, language: str) -> None:
    assert language_of(question) == language


@given(texts | st.text(st.characters(), max_size=60))
def test_clean_is_nfc_and_idempotent(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert unicodedata.is_normalized("NFC", once)
    once.encode("utf-8")
    assert not set(once) & set("\x00\r\x85\u2028\u2029\u200b\ufeff\xad\x1b\ud800")


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("một\r\nhai\rba\u2028bốn\u2029năm\x85sáu", "một\nhai\nba\nbốn\nnăm\nsáu"),
        ("\ufeffHo\u0300a\u200b bi\u0300nh\x00", "Hòa bình"),
        ("Eisen\xadbahn", "Eisenbahn"),
        ("\r\x00\n", "\n\n"),
        ("cột\tmột", "cột\tmột"),
        ("👩\u200d👩\u200d👧", "👩\u200d👩\u200d👧"),
        ("\ud83d lẻ", " lẻ"),
    ],
)
def test_clean(raw: str, cleaned: str) -> None:
    assert clean(raw) == cleaned


@given(texts)
def test_fold_is_idempotent_and_knows_both_normal_forms(text: str) -> None:
    once = fold(text)
    assert fold(once) == once
    assert fold(unicodedata.normalize("NFD", text)) == once
    assert not has_diacritics(once)


@given(st.lists(st.sampled_from("\u0323\u0301\u0344\u0f73\u0f71\u3099\u200d"), min_size=25, max_size=99).map("".join))
def test_many_marks_on_a_letter_are_normalized_as_few(text: str) -> None:
    for whole in (text, f"\u1ea5{text}đ"):
        assert normalized("NFC", whole) == unicodedata.normalize("NFC", whole)
        assert normalized("NFD", whole) == unicodedata.normalize("NFD", whole)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Đường sắt Việt Nam", "Duong sat Viet Nam"),
        ("đường sắt".upper(), "DUONG SAT"),
        ("Élysée", "Elysee"),
        ("서울", "서울"),
        ("ガイド", "ガイド"),
        ("北京", "北京"),
        ("น้ำ", "น้ำ"),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_has_diacritics() -> None:
    assert has_diacritics("hoà")
    assert has_diacritics(unicodedata.normalize("NFD", "hoà"))
    assert has_diacritics("đi")
    assert not has_diacritics("hoa di, 北京")


@pytest.mark.parametrize(
    ("old", "new"), [("hoà", "hòa"), ("khoẻ", "khỏe"), ("thuỷ", "thủy"), ("Hoạ", "HỌA"), ("loé", "lóe")]
)
def test_both_placements_of_a_tone_are_one_word(old: str, new: str) -> None:
    assert words(old) == words(new) == words(unicodedata.normalize("NFD", old))


@pytest.mark.parametrize("word", ["quý", "hoàn", "thuyền", "quà", "khoảng"])
def test_other_syllables_keep_their_tone(word: str) -> None:
    assert words(word) == [word]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tổng vốn 7.345 tỷ", ["tổng", "vốn", "7345", "tỷ"]),
        ("7,345 và 7.345.000", ["7345", "và", "7345000"]),
        ("3.14 hay 12.5", ["3.14", "hay", "12.5"]),
        ("COVID-19!", ["covid", "19"]),
        ("STRASSE straße", ["strasse", "strasse"]),
        ("", []),
        ("… — 😀", []),
        ("a\x00b", ["a", "b"]),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize("text", ["北京是中国的首都", "東京に行きました", "กรุงเทพมหานครเป็นเมืองหลวง"])
def test_scripts_without_blanks_are_parted_by_dictionary(text: str) -> None:
    found = words(text)
    assert len(found) > 1
    assert "".join(found) == text


@given(texts)
def test_words_are_the_same_in_both_normal_forms_and_cases(text: str) -> None:
    cleaned = clean(text)
    assert words(cleaned) == words(unicodedata.normalize("NFD", cleaned))
    for word in words(cleaned):
        assert any(map(str.isalnum, word))
        assert not set(word) & set(" \n\t")
        assert unicodedata.is_normalized("NFC", word)


def test_bigrams() -> None:
    assert bigrams(["hà", "nội", "mới"]) == ["hà_nội", "nội_mới"]
    assert bigrams(["hà"]) == bigrams([]) == []


@given(texts)
def test_sentences_hold_every_character_that_is_not_blank_once(text: str) -> None:
    spans = sentences(text)
    covered = [place for start, end in spans for place in range(start, end)]
    assert covered == sorted(set(covered))
    assert {place for place, letter in enumerate(text) if not letter.isspace()} <= set(covered)
    assert all(text[start:end] == text[start:end].strip() != "" for start, end in spans)


@given(texts)
def test_a_line_end_ends_a_sentence(text: str) -> None:
    assert not any("\n" in sentence for sentence in said(clean(text)))


@given(texts, st.integers(0, 40), st.integers(0, 40))
def test_sentences_of_a_part_are_placed_in_the_whole(text: str, start: int, length: int) -> None:
    start = min(start, len(text))
    part = text[start : start + length]
    assert sentences(text, start, start + length) == [(start + left, start + right) for left, right in sentences(part)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Trời mưa. Đường trơn! Ai đi? Tôi.", ["Trời mưa.", "Đường trơn!", "Ai đi?", "Tôi."]),
        ("Theo TS. Nguyễn Văn A. Tuấn, TP. Hồ Chí Minh đẹp.", ["Theo TS. Nguyễn Văn A. Tuấn, TP. Hồ Chí Minh đẹp."]),
        ("GS.TS. Lê Văn B nói. Ông về.", ["GS.TS. Lê Văn B nói.", "Ông về."]),
        ("Vâng ạ. Hôm nay đẹp. Có ý. Ở đó.", ["Vâng ạ.", "Hôm nay đẹp.", "Có ý.", "Ở đó."]),
        ("Theo TS.\nNguyễn đến.", ["Theo TS.", "Nguyễn đến."]),
        ("Giá 7.345 đồng. Rẻ.", ["Giá 7.345 đồng.", "Rẻ."]),
        ("😀😀 Xin chào. 👩‍👩‍👧 Tạm biệt.", ["😀😀 Xin chào.", "👩‍👩‍👧 Tạm biệt."]),
        ("北京是首都。上海很大。", ["北京是首都。", "上海很大。"]),
        ("  \n\t ", []),
        ("", []),
        ("Kết thúc là TP.", ["Kết thúc là TP."]),
        ("một\x00hai. Ba.", ["một\x00hai.", "Ba."]),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert said(text) == expected


@pytest.mark.parametrize("unit", ["A. ", "TS. ", "a. ", ".", " ", "\n", "(", "😀"])
def test_time_grows_with_the_text_only(unit: str) -> None:
    begun = time.process_time()
    sentences(unit * 20_000)
    assert time.process_time() - begun < 3


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Nhật thực toàn phần xảy ra khi nào?", "vi"),
        (unicodedata.normalize("NFD", "Đường sắt đô thị Hà Nội"), "vi"),
        ("duong sat do thi ha noi dai bao nhieu", "vi"),
        ("How long is the bridge?", "en"),
        ("capital of France", "en"),
        ("area of Da Nang", "en"),
        ("Quelle est la longueur du pont ?", "fr"),
        ("Wie lang ist die Brücke?", "de"),
        ("北京是中国的首都", "zh"),
        ("東京の人口は何人ですか", "ja"),
        ("서울의 인구는 얼마입니까", "ko"),
        ("กรุงเทพมหานครมีประชากรเท่าใด", "th"),
        ("Сколько людей живёт в Москве", "ru"),
        ("", "und"),
        ("12345 !!!", "und"),
        ("xyzzy plugh", "und"),
    ],
)
def test_language_of(text: str, language: str) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize("question", ["Sa Pa là gì?", "Pu Si Lung là gì?", "Ai là cha?", "ai la giam doc"])
def test_vietnamese_with_few_diacritics_is_told(question: str) -> None:
    assert language_of(question) == "vi"
