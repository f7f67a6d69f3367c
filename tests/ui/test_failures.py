"""Errors as the page tells them: in its own language, without the folders of the machine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rag import DocumentError, HoidapError, errors
from ui.english import ENGLISH
from ui.failures import detail_of, failure_html, kind_of, told, without_folders
from ui.languages import LANGUAGES
from ui.strings import Strings
from ui.vietnamese import VIETNAMESE


def below(kind: type[HoidapError]) -> Iterator[type[HoidapError]]:
    yield kind
    for each in kind.__subclasses__():
        yield from below(each)


@pytest.mark.parametrize("strings", LANGUAGES.values(), ids=LANGUAGES)
def test_every_error_has_a_sentence_of_its_class(strings: Strings) -> None:
    known = {each.__name__ for each in below(HoidapError)} & {*vars(errors)}
    assert set(strings.failures) <= known, "no class has gone"
    for name in known:
        error = getattr(errors, name)(*("place", "why")[: 1 + (name == "DocumentError")])
        assert strings.failures[kind_of(error)] in told(error, strings)


def test_a_class_without_a_sentence_has_that_of_the_class_above() -> None:
    assert kind_of(errors.GoldError("x")) == "UsageError"
    assert kind_of(HoidapError("x")) == "HoidapError"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/srv/data/index: is damaged", "…/index: is damaged"),
        ("run: hoidap ingest FOLDER --index /srv/index", "run: hoidap ingest FOLDER --index …/index"),
        ("'/home/an/bài viết/a.pdf'", "'…/bài viết/a.pdf'"),
        ("https://bao.example/2024/a.html", "https://bao.example/2024/a.html"),
        ("120 km/h, và/hoặc, 7/9/2024", "120 km/h, và/hoặc, 7/9/2024"),
        ("added/a.pdf:3: is no text", "added/a.pdf:3: is no text"),
        ("(/srv/a/b)", "(…/b)"),
    ],
)
def test_no_folder_of_the_machine_is_shown(text: str, shown: str) -> None:
    assert without_folders(text) == shown
    assert detail_of(HoidapError(text)) == shown


def test_an_error_without_words_is_told_without_a_detail() -> None:
    assert told(HoidapError(), ENGLISH) == ENGLISH.failures["HoidapError"]
    assert ENGLISH.failed_advice.split(";")[0] in failure_html(HoidapError(), ENGLISH).replace("&#32;", " ")


def test_what_an_error_says_is_no_markup() -> None:
    shown = failure_html(DocumentError("<img src=x>", "<b>why</b>"), VIETNAMESE)
    assert "<img" not in shown
    assert "<b>" not in shown
