from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from rag.documents import jsonl
from tests.documents.files import articles, errors, line, written


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "A.JSONL", "A.JSONL.GZ"])
def test_json_lines(tmp_path: Path, name: str) -> None:
    content = "\ufeff" + line(id=7, text="Một câu.", title=2024, published=20240907) + "\n  \n"
    content += line(id=" b ", text="Hai câu.\r\n", source="s", language="EN_us", other=[1])
    data = content.encode()
    file = written(tmp_path, name, gzip.compress(data) if name.lower().endswith("gz") else data)
    assert errors(file) == []
    one, two = articles(file)
    assert (one.id, one.title, one.text, one.source, one.published) == ("7", "2024", "Một câu.", "7", "2024-09-07")
    assert (two.id, two.text, two.source, two.published, two.language) == ("b", "Hai câu.", "s", None, "en")


BROKEN_LINES = {
    "not JSON": ('{"id": "x", "text": ', "not valid JSON"),
    "no object": ("[1, 2]", "not an object with a `text`"),
    "null": ("null", "not an object with a `text`"),
    "no text": (line(id="x"), "not an object with a `text`"),
    "text a number": (line(id="x", text=3), "not an object with a `text`"),
    "text a list": (line(id="x", text=["a"]), "not an object with a `text`"),
    "empty text": (line(id="x", text=" \n"), "is empty"),
    "no id": (line(text="Một câu."), "no `id`"),
    "id null": (line(id=None, text="Một câu."), "no `id`"),
    "id blank": (line(id=" ", text="Một câu."), "no `id`"),
    "id unseen": (line(id="\u200b", text="Một câu."), "no `id`"),
    "id a list": (line(id=["x"], text="Một câu."), "`id` is neither"),
    "id true": (line(id=True, text="Một câu."), "`id` is neither"),
    "title an object": (line(id="x", text="Một câu.", title={"a": 1}), "`title` is neither"),
    "language a list": (line(id="x", text="Một câu.", language=["vi"]), "`language` is neither"),
    "date a list": (line(id="x", text="Một câu.", published=[2024]), "`published` is neither"),
    "nested": ("[" * 200_000, "not valid JSON"),
    "nested text": ('{"id": "x", "text": ' + "[" * 200_000, "not valid JSON"),
    "huge number": ('{"id": ' + "9" * 5000 + ', "text": "a"}', "not valid JSON"),
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("case", BROKEN_LINES)
def test_a_broken_line_is_named_and_the_others_go_in(tmp_path: Path, case: str, packed: bool) -> None:
    broken, reason = BROKEN_LINES[case]
    content = (line(id="a", text="Trước.") + broken.strip() + "\n" + line(id="z", text="Sau.")).encode()
    file = written(tmp_path, "x.jsonl.gz" if packed else "x.jsonl", gzip.compress(content) if packed else content)
    (error,) = errors(file)
    assert error.place == f"{file}:2"
    assert reason in error.reason
    assert ";" in error.reason
    assert str(error) == f"{error.place}: {error.reason}"
    assert [each.id for each in articles(file)] == ["a", "z"]


def test_a_line_in_another_encoding_is_named(tmp_path: Path) -> None:
    content = (
        line(id="a", text="Trước.").encode() + b'{"id": "x", "text": "caf\xe9"}\n' + line(id="z", text="Sau.").encode()
    )
    file = written(tmp_path, "x.jsonl", content)
    assert [error.place for error in errors(file)] == [f"{file}:2"]
    assert [each.id for each in articles(file)] == ["a", "z"]


def test_what_a_cut_packed_file_still_holds_goes_in(tmp_path: Path) -> None:
    content = "".join(line(id=number, text=f"Câu {number} {os.urandom(40).hex()}.") for number in range(500))
    file = written(tmp_path, "x.jsonl.gz", gzip.compress(content.encode())[:-9000])
    assert 10 < len(articles(file)) < 500
    assert [error.place for error in errors(file)] == [str(file)]


@pytest.mark.parametrize(
    ("limit", "value", "content"),
    [
        ("MAX_LINE_BYTES", 1000, b"a" * 100_000),
        ("MAX_UNPACKED_BYTES", 3000, line(id="a", text="Một câu.").encode() * 999),
        ("MAX_UNPACKED_BYTES", 3000, b" " * 99 + b"\n" * 9999),
        ("MAX_LINES", 500, b"\n" * 501),
    ],
)
@pytest.mark.parametrize("name", ["x.jsonl", "x.jsonl.gz"])
def test_too_large_files_and_lines_are_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int, content: bytes, name: str
) -> None:
    monkeypatch.setattr(jsonl, limit, value)
    error = errors(written(tmp_path, name, gzip.compress(content) if name.endswith("gz") else content))[-1]
    assert error.place == str(tmp_path / name)
    assert "split it" in error.reason


def test_of_many_broken_lines_the_first_are_named_and_the_others_counted(tmp_path: Path) -> None:
    good = line(id="z", text="Sau.")
    file = written(tmp_path, "x.jsonl", "{\n" * 5_000 + good)
    found = errors(file)
    assert [error.place for error in found] == [*(f"{file}:{number}" for number in range(1, 11)), str(file)]
    assert found[-1].reason == "4,990 more of its lines cannot be read; correct them"
    assert [each.id for each in articles(file)] == ["z"]
    assert len(errors(written(tmp_path, "y.jsonl", "{\n" * 10))) == 10


def test_what_was_counted_is_said_of_a_file_that_is_cut_too(tmp_path: Path) -> None:
    packed = gzip.compress("".join(f"{{{number}\n" for number in range(9000)).encode())
    found = errors(written(tmp_path, "x.jsonl.gz", packed[:-200]))
    assert [error.reason.partition("; ")[2][:7] for error in found[-2:]] == ["check t", "correct"]
