from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given

from rag.documents.file_content import text_of
from rag.documents.legacy_encoding import marks_in_order, unicode_of_runs
from rag.errors import DocumentError
from rag.text.normalize import clean
from tests.documents.files import articles, errors, only, written
from tests.strategies import texts

TEXT = """Cầu Rồng
Cầu Rồng bắc qua sông Hàn ở thành phố Đà Nẵng, được khởi công ngày 19 tháng 7 năm 2009 và khánh thành ngày 29 tháng 3
năm 2013. Cầu dài 666 m, có sáu làn xe chạy và hai làn dành cho người đi bộ. Đầu rồng phun lửa và phun nước vào tối thứ
bảy và chủ nhật hằng tuần, thu hút nhiều người dân và du khách."""
TONES = "\u0300\u0301\u0303\u0309\u0323"


def legacy(text: str, name: str) -> bytes:
    """A text in an encoding from before Unicode."""
    if name == "windows-1258":
        return b"".join(map(_of_windows, unicodedata.normalize("NFC", text)))
    from viparse.normalize.encodings import CHARMAPS  # type: ignore[import-untyped]

    letters = {letter: code for code, letter in reversed(CHARMAPS[name.lower()].pairs)}
    letters |= {"ẳ": "aú", "Ẳ": "AÚ"} if name == "VNI" else {}  # which that table lacks
    coded = "".join(letters.get(letter, letter) for letter in text)
    return coded.encode("cp1252" if name in ("TCVN3", "VNI") else "latin-1")


def _of_windows(letter: str) -> bytes:
    if coded := letter.encode("cp1258", "ignore"):
        return coded
    decomposed = unicodedata.normalize("NFD", letter)
    base = unicodedata.normalize("NFC", "".join(mark for mark in decomposed if mark not in TONES))
    return (base + "".join(mark for mark in decomposed if mark in TONES)).encode("cp1258")


@pytest.mark.parametrize("name", ["TCVN3", "VNI", "VISCII", "VPS", "windows-1258"])
def test_what_is_certain_is_repaired_and_told(tmp_path: Path, name: str) -> None:
    article = only(tmp_path, "a.txt", legacy(TEXT, name))
    assert f"{article.title}\n{article.text}" == TEXT
    assert article.repaired == f"{name} -> Unicode"
    assert article.language == "vi"


def test_every_letter_of_vni_is_repaired(tmp_path: Path) -> None:
    text = f"{TEXT}\nNgười ta khẳng định, CHẲNG sai."
    assert only(tmp_path, "a.txt", legacy(text, "VNI")).text == text.partition("\n")[2]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_its_mark(tmp_path: Path, encoding: str) -> None:
    for text in (TEXT, "Title\nA plain text."):
        article = only(tmp_path, "a.txt", text.encode(encoding))
        assert f"{article.title}\n{article.text}" == text
        assert article.repaired == "UTF-16 without its mark -> Unicode"
    (error,) = errors(written(tmp_path, "b.txt", "北京是中国的首都。".encode(encoding)))
    assert "save it as UTF-8" in error.reason


FOREIGN = {
    "es": ("cp1252", "El señor José Núñez nació en León, según el periódico; mañana irá a Cádiz con su tía María. "),
    "de": ("cp1252", "Die Straße führt über die Brücke nach Köln, wo fünf große Häuser für Schüler gebaut würden. "),
    "fr": ("cp1252", "Où est né l'élève ? Là-bas, près de la forêt, à côté du café où il a été trouvé déjà âgé. "),
    "pt": ("cp1252", "A estação não está aberta às segundas-feiras; é possível ir até lá de avião ou de ônibus. "),
    "pl": ("cp1250", "Zażółć gęślą jaźń; książę pojechał do Łodzi, żeby zobaczyć, gdzie jest źródło rzeki. "),
    "tr": ("cp1254", "İstanbul'da güneşli bir gün; çocuklar şarkı söylüyor, öğretmen kağıt dağıtıyor, ağaç büyük. "),
    "ru": ("koi8-r", "Съешь ещё этих мягких французских булок, да выпей чаю. "),
}


@pytest.mark.parametrize("language", FOREIGN)
def test_other_languages_are_never_made_vietnamese(tmp_path: Path, language: str) -> None:
    encoding, text = FOREIGN[language]
    text = text * 4
    (error,) = errors(written(tmp_path, "a.txt", text.encode(encoding)))
    assert error.reason.startswith("is not UTF-8 text")
    assert "save it as UTF-8" in error.reason
    decoded = text_of(text.encode(), "a")
    assert (decoded.text, decoded.repair) == (clean(text), None)


def test_what_has_lost_letters_is_told(tmp_path: Path) -> None:
    lost = TEXT.encode("ascii", "replace").replace(b"o", "ô".encode("latin-1"))
    (error,) = errors(written(tmp_path, "a.txt", lost))
    assert "letters of it are lost" in error.reason
    folded = legacy(TEXT, "TCVN3") + b" n1\xedc" * 10
    (error,) = errors(written(tmp_path, "b.txt", folded))
    assert "may be TCVN3 of which letters are lost" in error.reason


VIQR = "Ca^`u Ro^`ng ba('c qua so^ng Ha`n o+? tha`nh pho^' DDa` Na(~ng, ddu+o+.c kho+?i co^ng na(m 2009. " * 3


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("TCVN3", legacy(TEXT, "TCVN3").decode("cp1252")),
        ("VNI", legacy(TEXT, "VNI").decode("cp1252")),
        ("VIQR", VIQR),
    ],
)
def test_other_letters_saved_as_unicode_are_refused_with_what_to_do(tmp_path: Path, name: str, text: str) -> None:
    (error,) = errors(written(tmp_path, "a.txt", text))
    assert error.reason.startswith(f"its letters are {name}")
    assert "convert it to Unicode" in error.reason


def test_marks_before_the_circumflex_are_put_in_order(tmp_path: Path) -> None:
    swapped = "The\u0301\u0302 giới về quyè\u0302n của Đa\u0323\u0306ng Lâ\u0301n"
    assert marks_in_order(clean(swapped)) == "Thế giới về quyền của Đặng Lấn"
    article = only(tmp_path, "a.txt", f"A\n{swapped}.")
    assert article.text == "Thế giới về quyền của Đặng Lấn."
    assert article.repaired == "marks -> their order in Unicode"
    for other in ("x\u0301\u0302", "e\u0301\u0302x", "\u0302", "café\u0302s" * 1000):
        assert marks_in_order(clean(other)) == clean(other)


@given(texts)
def test_utf_8_is_never_changed_but_for_the_order_of_marks(text: str) -> None:
    for content in (text.encode(errors="ignore"), f"\ufeff{text}".encode(errors="ignore")):
        try:
            decoded = text_of(content, "a")
        except DocumentError:
            continue
        if "\x00" not in text:
            assert (decoded.text, decoded.repair) == (clean(content.decode("utf-8-sig")), None)
    marked = marks_in_order(clean(text))
    assert marks_in_order(marked) == marked == clean(marked)
    assert sorted(unicodedata.normalize("NFD", marked)) == sorted(unicodedata.normalize("NFD", clean(text)))


def test_runs_are_repaired_by_their_fonts() -> None:
    tcvn3, vni = (legacy("Việt Nam", name).decode("cp1252") for name in ("TCVN3", "VNI"))
    assert unicode_of_runs([(tcvn3[:3], ".VnTime"), (tcvn3[3:], ".VnTime"), (" ơ ", "Arial"), (vni, "VNI-Times")]) == (
        "Việt Nam ơ Việt Nam",
        frozenset({"TCVN3", "VNI"}),
    )
    assert unicode_of_runs([("viÖt nam", ".VnTimeH")]) == ("VIỆT NAM", frozenset({"TCVN3"}))
    assert unicode_of_runs([("Việt Nam", ".VnTime"), ("señor", "Arial")]) == ("Việt Namseñor", frozenset())


def test_all_files_of_a_folder_go_in(tmp_path: Path) -> None:
    written(tmp_path, "a.md", legacy(TEXT, "VNI"))
    written(tmp_path, "b.csv", legacy(f'id,text\n1,"{TEXT}"\n', "TCVN3"))
    assert [each.repaired for each in articles(tmp_path)] == ["VNI -> Unicode", "TCVN3 -> Unicode"]
