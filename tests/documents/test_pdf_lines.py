from __future__ import annotations

from rag.documents.pdf_lines import Line, in_reading_order

LEFT = ["Cầu Rồng dài sáu trăm", "sáu mươi sáu mét và bắc", "qua sông Hàn, nối hai bờ", "của thành phố Đà Nẵng từ"]
RIGHT = [
    "năm hai nghìn không trăm",
    "mười ba, khi cầu được khánh",
    "thành cùng với cầu Trần",
    "Thị Lý ở phía thượng lưu.",
]


def piece(text: str, left: float, row: int, size: float = 12.0, *, rise: float = 0.0) -> Line:
    top = 100 + 15.0 * row - rise
    return Line(1, text, left, top, left + 6 * len(text) * size / 12, top + size, size)


def texts(pieces: list[Line]) -> list[str]:
    return [line.text for line in in_reading_order(pieces)]


def test_columns_drawn_line_by_line_are_read_one_after_the_other() -> None:
    pieces = [piece("Đà Nẵng có thêm hai cây cầu mới bắc qua sông Hàn trong một ngày", 72, 0)]
    for row, (left, right) in enumerate(zip(LEFT, RIGHT, strict=True), start=1):
        pieces += [piece(left, 72, row), piece(right, 320, row)]
    assert texts(pieces) == [pieces[0].text, *LEFT, *RIGHT]


def test_three_columns_too() -> None:
    third = ["Cây cầu thứ ba được xây", "từ năm hai nghìn không", "trăm linh chín và dài hơn", "bảy trăm ba mươi mét."]
    rows = zip(LEFT, RIGHT, third, strict=True)
    pieces = [piece(text, 60 + 200 * at, row) for row, each in enumerate(rows) for at, text in enumerate(each)]
    assert texts(pieces) == [*LEFT, *RIGHT, *third]


def test_columns_that_were_drawn_one_after_the_other_stay() -> None:
    pieces = [piece(text, 72, row) for row, text in enumerate(LEFT)]
    pieces += [piece(text, 320, row) for row, text in enumerate(RIGHT)]
    assert texts(pieces) == [*LEFT, *RIGHT]


def test_a_table_is_read_row_by_row() -> None:
    rows = [
        ("Cầu Rồng", "666 m", "2013"),
        ("Cầu sông Hàn", "488 m", "2000"),
        ("Thuận Phước", "1.850 m", "2009"),
        ("Trần Thị Lý", "731 m", "2013"),
    ]
    pieces = [piece(cell, 72 + 150 * at, row) for row, each in enumerate(rows) for at, cell in enumerate(each)]
    lines = in_reading_order(pieces)
    assert [line.text for line in lines] == [" ".join(row) for row in rows]
    assert all(line.cells for line in lines)


def test_the_number_of_a_footnote_follows_its_word() -> None:
    name = piece("Lê Minh Hoa", 72, 0)
    number = piece("1", name.right + 0.5, 0, 7.0, rise=-1)
    rest = piece(", Đà Nẵng", number.right + 0.2, 0)
    (line,) = in_reading_order([name, number, rest])
    assert line.text == "Lê Minh Hoa1, Đà Nẵng"
    assert (line.left, line.right, line.cells) == (72, rest.right, False)
