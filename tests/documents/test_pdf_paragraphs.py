from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from rag.documents.pdf_lines import Line
from rag.documents.pdf_paragraphs import placed_text


def below(*texts: str, page: int = 1, left: float = 72, top: float = 100, right: float | None = None) -> list[Line]:
    """Lines below each other, each as wide as its letters, or all up to the same edge."""
    return [
        Line(page, text, left, top + 15 * row, right or left + 6 * len(text), top + 15 * row + 12, 12)
        for row, text in enumerate(texts)
    ]


def text_of(*lines: Line) -> str:
    return placed_text(lines).text


FULL = ["Cây cầu bắc qua sông Hàn được khánh thành và đưa", "vào sử dụng ngày 29 tháng 3 năm 2013, sau gần bốn"]


def test_a_line_that_the_next_word_would_not_fit_on_goes_on() -> None:
    assert (
        text_of(*below(*FULL, "năm thi công.", "Cầu dài 666 m."))
        == " ".join([*FULL, "năm thi công."]) + "\nCầu dài 666 m."
    )


def test_a_heading_of_a_narrow_block_is_not_joined() -> None:
    lines = [*below("1.6. Phụ từ", "Phân loại phụ từ"), *below(*FULL, *FULL, top=160)]
    assert text_of(*lines).split("\n")[:2] == ["1.6. Phụ từ", "Phân loại phụ từ"]


def test_items_of_a_list_rows_of_a_table_and_of_contents_stay_apart() -> None:
    items = below("- Cầu Rồng", "- Cầu sông Hàn", "a) Cầu Thuận Phước", "12. Cầu Trần Thị Lý", right=300)
    assert text_of(*items).count("\n") == 3
    rows = [replace(line, cells=True) for line in below("Cầu Rồng 666 m", "Cầu sông Hàn 488 m", right=300)]
    assert text_of(*rows) == "Cầu Rồng 666 m\nCầu sông Hàn 488 m"
    assert text_of(*below("Mở đầu ........... 3", "Kết luận .......... 40", right=300)) == "Mở đầu 3\nKết luận 40"


def test_a_larger_step_and_an_indent_open_paragraphs() -> None:
    lines = below("Cầu dài 666 m.", "Rộng 37,5 m.", "Có sáu làn xe.", "Cầu phun lửa.", right=400)
    assert text_of(*lines).count("\n") == 0
    assert text_of(lines[0], replace(lines[1], left=90), *lines[2:]).split("\n")[0] == "Cầu dài 666 m."
    further = [replace(line, top=line.top + 10, bottom=line.bottom + 10) for line in lines[2:]]
    assert text_of(*lines[:2], *further) == "Cầu dài 666 m. Rộng 37,5 m.\nCó sáu làn xe. Cầu phun lửa."


def test_a_sentence_goes_on_on_the_next_page() -> None:
    first = below(*FULL)
    assert text_of(*first, *below("năm thi công.", page=2)) == " ".join(FULL) + " năm thi công."
    assert text_of(*first, *below("Năm 2014 có lễ hội.", page=2)) == " ".join(FULL) + "\nNăm 2014 có lễ hội."


def test_hyphens_at_line_ends() -> None:
    known = below("The construction began in 2009.", top=400)
    assert text_of(*below("before the con-", "struction", right=200), *known).startswith("before the construction\n")
    # Nowhere else is it written so: the hyphen may belong to the word.
    assert text_of(*below("the well-", "known bridge", right=200)) == "the well-known bridge"
    assert text_of(*below("đàn vi-", "ô-lông", right=200)) == "đàn vi-ô-lông"
    assert text_of(*below("tuyến Hà Nội -", "Lào Cai", right=200)) == "tuyến Hà Nội - Lào Cai"


WORDS = st.text(st.sampled_from("aă-.…:1 \u0301Đ"), min_size=1, max_size=12).filter(str.strip)
LINES = st.builds(
    lambda text, page, left, top, right: Line(page, text.strip(), left, top, left + right, top + 12, 12),
    WORDS, st.integers(1, 2), st.integers(0, 300), st.integers(0, 700), st.integers(1, 300),
)  # fmt: skip


@given(st.lists(LINES, max_size=12))
def test_boxes_hold_what_the_lines_hold(lines: list[Line]) -> None:
    placed = placed_text(lines)
    end = 0
    for box in placed.boxes:
        assert placed.text[end : box.start] in {"", " ", "\n"}
        assert end <= box.start < box.end
        end = box.end
    assert not placed.boxes or end == len(placed.text)
