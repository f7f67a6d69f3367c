from __future__ import annotations

import pytest

from rag.documents.captions import captions, with_captions_marked


@pytest.mark.parametrize(
    ("line", "is_caption"),
    [
        ("Quang cảnh lễ thông xe.", True),
        ("Ông Nguyễn Văn An, giám đốc dự án, phát biểu.", True),
        ("Ảnh: Lê Bình", True),
        ("Photo: Ann Lee", False),
        ("Ảnh hưởng của mưa kéo dài ba ngày.", False),
        ("Ông An phát biểu rằng đường dài 245 km.", False),
        ("Quang cảnh " + "rất đẹp " * 60, False),
    ],
)
def test_captions_among_paragraphs(line: str, is_caption: bool) -> None:
    text = f"Đường dài 245 km.\n\n{line}\n\nĐường có năm làn."
    assert [text[start:end] for start, end in captions(text)] == [line.strip()] * is_caption
    assert with_captions_marked(text) == text.replace(line, f"[caption] {line}" if is_caption else line)
