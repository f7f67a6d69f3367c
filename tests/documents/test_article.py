from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given

from rag.documents.formats import Loaded, load
from rag.errors import DocumentError
from rag.text.normalize import clean
from tests.documents.files import errors, line, only, written
from tests.strategies import texts


@pytest.mark.parametrize(
    ("typed", "published"),
    [
        ("2024-09-07", "2024-09-07"),
        ("2024-09-07T23:30:00+07:00", "2024-09-07"),
        ("2024-09-07T23:30:00Z", "2024-09-07"),
        ("2024-09-07 08:15", "2024-09-07"),
        ("20240907", "2024-09-07"),
        ("  2024-09-07 ", "2024-09-07"),
        ("", None),
        (None, None),
    ],
)
def test_dates(tmp_path: Path, typed: str | None, published: str | None) -> None:
    assert only(tmp_path, "a.jsonl", line(id="a", text="Một câu.", published=typed)).published == published
    assert only(tmp_path, "a.md", f"---\npublished: {typed or ''}\n---\nMột câu.").published == published


@pytest.mark.parametrize("typed", ["7/9/2024", "07/09/2024", "07-09-2024", "2024-09-07", "2024-09-07T08:00:00+07:00"])
def test_the_day_may_come_first(tmp_path: Path, typed: str) -> None:
    (tmp_path / "a.md").write_text(f"---\npublished: {typed}\n---\nMột câu.", encoding="utf-8")
    (loaded,) = load(tmp_path)
    assert isinstance(loaded, Loaded)
    assert loaded.article.published == "2024-09-07"


@pytest.mark.parametrize("typed", ["31/02/2024", "2024-13-01", "2024-02-30", "hôm qua", "2024", "0000-01-01"])
def test_other_dates_are_errors(tmp_path: Path, typed: str) -> None:
    for name, content in (
        ("a.jsonl", line(id="a", text="Một câu.", published=typed)),
        ("a.md", f"---\npublished: {typed}\n---\nMột câu."),
    ):
        (error,) = errors(written(tmp_path, name, content))
        assert "`published` is not a date such as 2024-09-07" in error.reason


@given(title=texts, text=texts, source=texts)
def test_any_json_text_is_stored_clean_or_refused(
    tmp_path_factory: pytest.TempPathFactory, title: str, text: str, source: str
) -> None:
    folder = tmp_path_factory.mktemp("json")
    (result,) = load(written(folder, "a.jsonl", line(id="a", title=title, text=text, source=source)))
    if isinstance(result, DocumentError):
        assert not any(map(str.isalnum, clean(text)))
        return
    assert isinstance(result, Loaded)
    found = result.article
    assert found.text == clean(text).strip()
    assert found.title == " ".join(clean(title).split()) or found.title == "a"
    assert found.title == clean(found.title)
    assert found.source == clean(found.source)


def test_lone_surrogates_in_json_are_left_out(tmp_path: Path) -> None:
    found = only(
        tmp_path, "x.jsonl", '{"id": "a\\ud800", "title": "t\\udfff", "text": "Một \\ud83d câu.", "source": "\\ud800s"}'
    )
    assert (found.id, found.title, found.text, found.source) == ("a", "t", "Một  câu.", "s")
