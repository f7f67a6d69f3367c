from __future__ import annotations

import io
from pathlib import Path

import pytest

from rag.documents import file_content
from rag.errors import DocumentError
from tests.documents.files import errors, only, written


def test_utf_16_with_its_mark_is_read(tmp_path: Path) -> None:
    for encoding in ("utf-16", "utf-16-be"):
        content = ("\ufeff" if encoding.endswith("be") else "") + "Tiêu đề\r\nĐoạn văn."
        assert only(tmp_path, "a.txt", content.encode(encoding)).text == "Đoạn văn."


def test_too_large_files_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_content, "MAX_FILE_BYTES", 1000)
    for name in ("a.txt", "a.md"):
        (error,) = errors(written(tmp_path, name, b"a " * 600))
        assert error.place == str(tmp_path / name)
        assert "split it" in error.reason
        assert errors(written(tmp_path, name, b"a " * 400)) == []
    with pytest.raises(DocumentError, match="split it"):
        file_content.read_bytes(io.BytesIO(b"a " * 600), "a.html")
