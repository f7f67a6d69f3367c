from __future__ import annotations

import io
import zipfile
from pathlib import Path
from unittest.mock import Mock

import pytest

from rag.documents import packed_file
from rag.errors import DocumentError
from tests.documents.files import errors, read_in_this_process, written
from tests.documents.office_files import book, packed, repacked, saved, slides, word, workbook

FILES = {
    ".docx": saved(word("Một câu.")),
    ".pptx": saved(slides(("Một", "Hai."))),
    ".xlsx": saved(workbook(Một=[["Hai."]])),
    ".epub": book({"a": "<p>Một.</p>"}),
}


@pytest.mark.parametrize("suffix", FILES)
def test_what_would_unpack_to_too_much_is_not_unpacked(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_in_this_process(monkeypatch)
    monkeypatch.setattr(packed_file, "MAX_MARKUP_BYTES", 2**20)
    file = written(tmp_path, f"a{suffix}", repacked(FILES[suffix], {"x.xml": b"\0" * 2**20}))
    assert file.stat().st_size < 2**17
    (error,) = errors(file)
    assert "split it" in error.reason


def test_pictures_may_take_more_than_texts_but_not_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = repacked(FILES[".docx"], {"word/media/a.png": b"\0" * 2**21})
    read_in_this_process(monkeypatch)
    monkeypatch.setattr(packed_file, "MAX_MARKUP_BYTES", 2**20)
    assert errors(written(tmp_path, "a.docx", content)) == []
    read_in_this_process(monkeypatch)
    monkeypatch.setattr(packed_file, "MAX_UNPACKED_BYTES", 2**20)
    assert "split it" in errors(tmp_path / "a.docx")[0].reason


def test_too_many_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read_in_this_process(monkeypatch)
    monkeypatch.setattr(packed_file, "MAX_MEMBERS", 3)
    (error,) = errors(written(tmp_path, "a.epub", packed(dict.fromkeys("abcd", b""))))
    assert "more than 3 parts" in error.reason


@pytest.mark.parametrize("suffix", FILES)
@pytest.mark.parametrize("content", [b"PK", b"\xd0\xcf\x11\xe0" + b"\0" * 600, packed({"a": b"b"})])
def test_what_is_no_such_file_says_what_to_do(tmp_path: Path, suffix: str, content: bytes) -> None:
    (error,) = errors(written(tmp_path, f"a{suffix}", content))
    assert error.reason.startswith(f"is no whole {suffix} file, or has a password")
    assert error.reason.endswith("; open it in its program and save it anew without one")


@pytest.mark.parametrize("suffix", FILES)
@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_parts_that_are_packed_otherwise_and_damaged(tmp_path: Path, suffix: str, method: int) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(FILES[suffix])) as whole, zipfile.ZipFile(file, "w", method) as changed:
        for name in whole.namelist():
            changed.writestr(name, whole.read(name))
    assert errors(written(tmp_path, f"a{suffix}", file.getvalue())) == []
    with zipfile.ZipFile(file) as read:
        starts = [each.header_offset + 30 + len(each.filename) for each in read.infolist() if each.compress_size > 40]
    content = bytearray(file.getvalue())
    for start in starts:
        content[start + 12 : start + 30] = b"\xff" * 18
    (error,) = errors(written(tmp_path, f"a{suffix}", bytes(content)))
    assert ";" in error.reason


def test_what_the_library_stumbled_over_is_told_but_want_of_memory_is_not_the_fault_of_the_file() -> None:
    def read(error: Exception) -> None:
        packed_file.article_of_packed(io.BytesIO(FILES[".docx"]), "a.docx", Mock(side_effect=error))

    with pytest.raises(DocumentError, match=r"password \(KeyError\('styles'\)\); open it"):
        read(KeyError("styles"))
    with pytest.raises(MemoryError):
        read(MemoryError())


@pytest.mark.parametrize("suffix", FILES)
def test_a_file_cut_short_or_changed_is_an_error_or_read(tmp_path: Path, suffix: str) -> None:
    whole = FILES[suffix]
    for size in range(10, len(whole), len(whole) // 12):
        assert errors(written(tmp_path, f"a{suffix}", whole[:size]))
        changed = whole[:size] + bytes([whole[size] ^ 0xFF]) + whole[size + 1 :]
        for error in errors(written(tmp_path, f"a{suffix}", changed)):
            assert ";" in error.reason
