from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from rag.documents.formats import load
from rag.documents.passed_over import PassedOver
from tests.documents.files import articles, errors, written


def test_files_of_unknown_formats_are_told_by_format(tmp_path: Path) -> None:
    for name in ("a.txt", "b/c.MP4", "a.mp4", "d.avi", "Makefile", ".e.mp4", ".git/f.mp4", "g.csv.gz"):
        written(tmp_path, name, "Một câu.")
    (tmp_path / "out.mp4").symlink_to("/etc/hostname")
    told = [each for each in load(tmp_path) if isinstance(each, PassedOver)]
    assert told == [
        PassedOver("", (str(tmp_path / "Makefile"),)),
        PassedOver(".avi", (str(tmp_path / "d.avi"),)),
        PassedOver(".gz", (str(tmp_path / "g.csv.gz"),)),
        PassedOver(".mp4", (str(tmp_path / "a.mp4"), str(tmp_path / "b/c.MP4"))),
    ]
    assert [each.id for each in articles(tmp_path)] == ["a.txt"]
    assert errors(tmp_path) == []


@pytest.mark.parametrize(
    ("suffix", "files", "said"),
    [
        (".mp4", ("a.mp4",), "1 .mp4 file passed over: this format is not read yet (a.mp4)"),
        ("", ("a", "b"), "2 files without a suffix passed over: this format is not read yet (a, b)"),
        (".x", tuple("abcde"), "5 .x files passed over: this format is not read yet (a, b, c and 2 more)"),
        (
            ".doc",
            ("a.doc",),
            "1 .doc file passed over: this format is not read yet (a.doc);"
            " save it as .docx, as with Word, Excel or LibreOffice",
        ),
        (
            ".xls",
            ("a.xls",),
            "1 .xls file passed over: this format is not read yet (a.xls);"
            " save it as .xlsx, as with Word, Excel or LibreOffice",
        ),
    ],
)
def test_what_is_passed_over_says_so(suffix: str, files: tuple[str, ...], said: str) -> None:
    assert str(PassedOver(suffix, files)) == said


def test_a_folder_of_unknown_formats_alone_is_an_error_that_names_them(tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4", "c.avi"):
        written(tmp_path, name, "x")
    (error,) = errors(tmp_path)
    assert error.place == str(tmp_path)
    assert error.reason.startswith("the folder holds no articles, only 1 .avi file, 2 .mp4 files; known formats are .")


def test_a_name_that_is_no_text_can_be_printed_when_it_is_passed_over(tmp_path: Path) -> None:
    if sys.platform == "darwin":
        pytest.skip("its file system refuses such names")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.p\xe9f")).write_bytes(b"x")
    (told,) = (each for each in load(tmp_path) if isinstance(each, PassedOver))
    f"{told}{told.suffix}{told.files}".encode()
