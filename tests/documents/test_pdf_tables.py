from __future__ import annotations

import io
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.documents.article import Article
from rag.documents.pdf import PdfLoader
from rag.documents.pdf_rules import Rule, Rules
from rag.documents.pdf_tables import grids_of
from rag.documents.table import table_lines
from tests.documents.pdf_files import Text, column, pdf, stroked

LEFT, TOP, WIDE, HIGH = 72, 120, 120, 36
HEADINGS = ("Tỉnh", "Số người", "Nhà hỏng")


def borders(rows: int, columns: int, *, top: float = TOP, without: Sequence[tuple[int, int, int, int]] = ()) -> str:
    """The borders of a grid; `without` are those, by the cells that they part, that are not drawn."""
    drawn = []
    for row in range(rows + 1):
        for col in range(columns):
            if (row - 1, col, row, col) not in without:
                y = top + row * HIGH
                drawn.append(stroked(LEFT + col * WIDE, y, LEFT + (col + 1) * WIDE, y))
    for row in range(rows):
        for col in range(columns + 1):
            if (row, col - 1, row, col) not in without:
                x = LEFT + col * WIDE
                drawn.append(stroked(x, top + row * HIGH, x, top + (row + 1) * HIGH))
    return "".join(drawn)


def cells(rows: Sequence[Sequence[str]], *, top: float = TOP) -> list[Text]:
    return [
        Text(LEFT + 4 + col * WIDE, top + 4 + row * HIGH + 12 * line, words, 10)
        for row, texts in enumerate(rows)
        for col, cell in enumerate(texts)
        for line, words in enumerate(cell.split("\n") if cell else ())
    ]


def read(content: bytes) -> Article:
    (article,) = PdfLoader().load(io.BytesIO(content), "thiệt hại.pdf")
    return article


ROWS = [HEADINGS, ("Sơn La", "12", "1.250"), ("Lào Cai", "37", "845")]


def test_a_row_is_a_sentence_with_its_headings_and_its_place() -> None:
    before, after = Text(72, 72, "Thiệt hại do mưa lũ:", 10), Text(72, 250, "Các tỉnh đang khắc phục.", 10)
    found = read(pdf([before, *cells(ROWS), after], drawn=[borders(3, 3)]))
    assert found.text.split("\n") == [
        "Thiệt hại do mưa lũ:",
        "Sơn La: Số người: 12; Nhà hỏng: 1.250",
        "Lào Cai: Số người: 37; Nhà hỏng: 845",
        "Các tỉnh đang khắc phục.",
    ]
    row = found.boxes[2]
    assert found.text[row.start : row.end].startswith("Lào Cai")
    assert (row.left, row.top, row.right, row.bottom) == (LEFT, TOP + 2 * HIGH, LEFT + 3 * WIDE, TOP + 3 * HIGH)


def test_the_order_in_which_cells_are_drawn_does_not_count() -> None:
    texts = sorted(cells(ROWS), key=lambda each: (each.left, -each.top))
    assert read(pdf(texts, drawn=[borders(3, 3)])).text == "\n".join(table_lines(ROWS))


def test_cells_stand_close_to_each_other_and_go_on_in_more_lines() -> None:
    rows = [HEADINGS, ("Sơn La và huyện ở ngay\nbên", "12", "hơn 1.250 căn với\nhai trường")]
    assert read(pdf(cells(rows), drawn=[borders(2, 3)])).text.split("\n") == [
        "Sơn La và huyện ở ngay bên: Số người: 12; Nhà hỏng: hơn 1.250 căn với hai trường"
    ]


def test_a_merged_cell_stands_in_each_place_that_it_takes() -> None:
    rows = [HEADINGS, ("Sơn La", "12", "1.250"), ("", "13", "90"), ("Yên Bái", "chưa thống kê", "")]
    merged = [(1, 0, 2, 0), (3, 1, 3, 2)]
    assert read(pdf(cells(rows), drawn=[borders(4, 3, without=merged)])).text.split("\n") == [
        "Sơn La: Số người: 12; Nhà hỏng: 1.250",
        "Sơn La: Số người: 13; Nhà hỏng: 90",
        "Yên Bái: Số người: chưa thống kê; Nhà hỏng: chưa thống kê",
    ]


@pytest.mark.parametrize("again", [False, True])
def test_a_table_that_goes_on_over_the_page_keeps_its_headings(again: bool) -> None:
    first = [HEADINGS, *((f"Tỉnh A{n}", str(n), str(7 * n)) for n in range(11, 14))]
    second = [*([HEADINGS] if again else []), *((f"Tỉnh B{n}", str(n), str(9 * n)) for n in range(11, 14))]
    pages = pdf(cells(first), cells(second, top=60), drawn=[borders(4, 3), borders(len(second), 3, top=60)])
    assert "Tỉnh B12: Số người: 12; Nhà hỏng: 108" in read(pages).text.split("\n")
    assert read(pages).text.count("Số người") == 6


def over_pages(first: Sequence[Sequence[str]], second: Sequence[Sequence[str]]) -> list[str]:
    """The text of two tables of which one ends a page and the other begins the next."""
    drawn = [borders(len(first), len(first[0])), borders(len(second), len(second[0]), top=60)]
    return read(pdf(cells(first), cells(second, top=60), drawn=drawn)).text.split("\n")


def test_one_row_alone_goes_on_over_the_page() -> None:
    assert over_pages(ROWS, [("Yên Bái", "15", "90")])[-1] == "Yên Bái: Số người: 15; Nhà hỏng: 90"


def test_another_table_at_the_top_of_a_page_has_its_own_headings() -> None:
    other = [("Công ty", "Doanh thu", "Lãi"), ("VNPT", "55", "16"), ("FPT", "77", "18")]
    assert over_pages(ROWS, other)[-2:] == ["VNPT: Doanh thu: 55; Lãi: 16", "FPT: Doanh thu: 77; Lãi: 18"]


def test_a_table_without_headings_goes_on_without() -> None:
    first = [("Họ tên", "Nguyễn Văn An"), ("Nghề", "thợ mộc"), ("Quê", "Hà Nội")]
    second = [("Trường", "Bách khoa"), ("Bằng", "kỹ sư"), ("Tiếng", "Anh")]
    assert over_pages(first, second)[-3:] == ["Trường: Bách khoa", "Bằng: kỹ sư", "Tiếng: Anh"]


def test_headings_that_stand_again_below_the_title_are_headings() -> None:
    title, merged = ("Thiệt hại", "", ""), [(0, 0, 0, 1), (0, 1, 0, 2)]
    first, second = [title, *ROWS], [title, HEADINGS, ("Yên Bái", "15", "90")]
    drawn = [borders(4, 3, without=merged), borders(3, 3, top=60, without=merged)]
    text = read(pdf(cells(first), cells(second, top=60), drawn=drawn)).text.split("\n")
    assert text[0] == "Thiệt hại"
    assert text[-1] == "Yên Bái: Số người: 15; Nhà hỏng: 90"


def test_underlined_text_is_in_one_cell() -> None:
    row, y = ("Lào Cai", "hồ Ba Bể\nhồ Tây", "845"), TOP + HIGH + 4 + 10.5
    line = stroked(LEFT + WIDE + 3, y, LEFT + WIDE + 8 * 5 + 6, y)
    wide = stroked(LEFT + WIDE, y, LEFT + 2 * WIDE, y)
    expected = "Lào Cai: Số người: hồ Ba Bể hồ Tây; Nhà hỏng: 845"
    assert read(pdf(cells([HEADINGS, row]), drawn=[borders(2, 3) + line])).text == expected
    assert read(pdf(cells([HEADINGS, row]), drawn=[borders(2, 3) + wide])).text != expected


def test_a_table_below_other_text_does_not_go_on_another() -> None:
    text = column(72, 60, [f"Đoạn văn thứ {n} của trang sau." for n in range(5)], size=10)
    second = [("Loại", "Năm", "Giá"), ("Lúa", "12", "30"), ("Ngô", "14", "16")]
    pages = pdf(cells(ROWS), [*text, *cells(second, top=200)], drawn=[borders(3, 3), borders(3, 3, top=200)])
    assert read(pages).text.endswith("Lúa: Năm: 12; Giá: 30\nNgô: Năm: 14; Giá: 16")


@pytest.mark.parametrize(
    ("texts", "drawn"),
    [
        (
            cells([("Khung của một bài", "")]),
            borders(2, 2, without=[(0, 0, 0, 1), (1, 0, 1, 1), (0, 0, 1, 0), (0, 1, 1, 1)]),
        ),
        (cells([("Họ tên", ""), ("Địa chỉ", ""), ("Điện thoại", "")]), borders(3, 2)),
        (cells([("Bên A", "Bên B")]), borders(1, 2)),
        (cells([("Một cột",), ("có hai hàng",)]), borders(2, 1)),
    ],
)
def test_frames_forms_and_single_rows_are_no_tables(texts: list[Text], drawn: str) -> None:
    found = read(pdf([*texts, Text(72, 400, "Hết.")], drawn=[drawn]))
    assert found.text == read(pdf([*texts, Text(72, 400, "Hết.")])).text


def test_a_table_within_a_frame_is_a_table() -> None:
    frame = "".join(
        stroked(*edge) for edge in ((40, 40, 560, 40), (560, 40, 560, 700), (560, 700, 40, 700), (40, 700, 40, 40))
    )
    found = read(pdf([Text(60, 60, "Trong khung", 10), *cells(ROWS)], drawn=[frame + borders(3, 3)]))
    assert found.text == "\n".join(["Trong khung", *table_lines(ROWS)])


def test_outer_borders_may_be_missing() -> None:
    across, down = (Rule(100, 10, 90), Rule(120, 10, 90)), (Rule(50, 80, 140),)
    (grid,) = grids_of(Rules(across, down))
    assert grid.columns == (10, 50, 90)
    assert grid.rows == (80, 100, 120, 140)
    assert len(set(grid.merged.values())) == 6


WORD = st.text("abcdeghiklmnơưđ", min_size=2, max_size=8)


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_every_cell_is_read_as_it_was_written(data: st.DataObject) -> None:
    rows, columns = data.draw(st.integers(2, 6)), data.draw(st.integers(2, 4))
    texts = [[data.draw(WORD) for _ in range(columns)] for _ in range(rows)]
    assert read(pdf(cells(texts), drawn=[borders(rows, columns)])).text == "\n".join(table_lines(texts))
