from __future__ import annotations

from pathlib import Path

import pytest

from rag.text.lexicon import FOLDER, LANGUAGES, every, lexicons, merged, read
from rag.text.normalize import clean


def test_all_lists_are_in_one_normal_form() -> None:
    for each in lexicons().values():
        for form in (*each.function_words, *each.months, *each.numbers, *each.abbreviations):
            assert form == clean(form).casefold()


def test_every_file_is_of_a_language_and_vietnamese_comes_first() -> None:
    assert {file.stem for file in FOLDER.glob("*.toml")} == {*LANGUAGES}
    assert next(iter(lexicons())) == "vi"


def test_every_language_with_words_tells_what_joins_in_it() -> None:
    assert all(each.function_words for name, each in lexicons().items() if name != "any")


def test_months_are_twelve_and_units_are_told_in_one_way() -> None:
    assert {*lexicons()["en"].months.values()} == {*range(1, 13)}
    forms = [form for each in lexicons().values() for unit, known in each.units.items() for form in known]
    assert len(forms) == len(set(forms))


def test_a_table_is_merged_over_all_languages() -> None:
    assert merged("months")["january"] == merged("months")["janvier"] == 1


def test_a_list_is_joined_over_all_languages() -> None:
    assert {"và", "and", "關"} & every("function_words") == {"và", "and"}


def test_a_blank_inside_a_word_is_written_as_a_line(tmp_path: Path) -> None:
    (tmp_path / "xx.toml").write_text('[units]\nkm = "kilometre cây_số"\n', encoding="utf-8")
    assert read(tmp_path / "xx.toml").units == {"km": {"kilometre", "cây số"}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('funny_words = "a b"', "no list 'funny_words'"),
        ('function_words = "The"', "'The' is not in lower case"),
        ("function_words = 3", "not of its shape"),
        ('[months]\njanuary = "1"', "january is '1'"),
        ("[abbreviations]\nabc = 1", "abc is 1"),
    ],
)
def test_a_list_of_another_shape_is_no_lexicon(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "xx.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        read(tmp_path / "xx.toml")
