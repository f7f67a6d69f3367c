from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.documents.article import Article
from rag.documents.chunking import split_into_chunks
from rag.documents.passage_sentences import sentences_of
from rag.documents.table import MAX_LINE_CHARS, table_lines
from rag.text.normalize import clean
from tests.doubles import HashEmbedder
from tests.strategies import texts

LONG = "Cầu được khởi công năm 2009. Nó được khánh thành năm 2013."
CASES: dict[str, tuple[list[list[str]], int | None, list[str]]] = {
    "a row has its name and its values": (
        [["Tỉnh", "Số người"], ["Sơn La", "12"], ["Lào Cai", "7."]],
        None,
        ["Sơn La: Số người: 12", "Lào Cai: Số người: 7"],
    ),
    "numbered rows": (
        [["STT", "Tỉnh", "Số xã"], ["1", "Sơn La", "188"], ["2", "Lào Cai", ""]],
        None,
        ["Sơn La: STT: 1; Số xã: 188", "Lào Cai: STT: 2"],
    ),
    "years as headings": ([["Tỉnh", "2022", "2023"], ["Huế", "1,1", "1,2"]], None, ["Huế: 2022: 1,1; 2023: 1,2"]),
    "headings over two rows, and a row merged": (
        [["Tỉnh", "Dân số", "Dân số"], ["Tỉnh", "Nam", "Nữ"], ["Miền Bắc"] * 3, ["Sơn La", "10", "20"]],
        None,
        ["Miền Bắc", "Sơn La: Dân số – Nam: 10; Dân số – Nữ: 20"],
    ),
    "names and what is said of them": (
        [["Tên", "Cầu Rồng"], ["Chiều dài", "666 m"]],
        None,
        ["Tên: Cầu Rồng", "Chiều dài: 666 m"],
    ),
    "headings as the file says": ([["Tên", "Nơi"], ["Cầu Rồng", "Đà Nẵng"]], 1, ["Cầu Rồng: Nơi: Đà Nẵng"]),
    "headings alone": ([["Tên", "Nơi"]], 1, ["Tên: Nơi"]),
    "no headings": ([["1", "2"], ["3", "4"]], None, ["1; 2", "3; 4"]),
    "a layout of texts": ([["Câu 1", "A. Một.\nB. Hai.", "B", LONG]], None, ["Câu 1", "A. Một.", "B. Hai.", "B", LONG]),
    "a text among values": (
        [["Cầu", "Dài", "Ghi chú"], ["Rồng", "666 m", LONG]],
        None,
        ["Rồng: Dài: 666 m", f"Rồng: Ghi chú: {LONG}"],
    ),
    "no name beyond the second column": (
        [["Cầu", "Dài", "Nơi"], ["", "488", "Huế"], ["Rồng", "666", ""]],
        1,
        ["Dài: 488; Nơi: Huế", "Rồng: Dài: 666"],
    ),
    "one column": ([["Một."], [""], ["Hai.\nBa."]], None, ["Một.", "Hai.", "Ba."]),
    "empty columns and rows": ([["", "a", ""], ["", "", ""], ["", "b", ""]], None, ["a", "b"]),
    "rows of different lengths": ([["a"], ["b", "1", "2"]], None, ["a", "b: 1; 2"]),
    "the same number in each column": ([["0", "0"], ["Huế", "0"]], None, ["0; 0", "Huế: 0"]),
    "a title above the headings": (
        [["Các cầu", "", ""], ["Tên", "Dài (m)", "Năm"], ["Rồng", "666", "2013"]],
        None,
        ["Các cầu", "Rồng: Dài (m): 666; Năm: 2013"],
    ),
    "a title that is marked as a heading too": (
        [["Các cầu"] * 3, ["Tên", "Dài", "Nơi"], ["Rồng", "666", "Đà Nẵng"]],
        2,
        ["Các cầu", "Rồng: Dài: 666; Nơi: Đà Nẵng"],
    ),
    "a title that alone is marked as a heading": (
        [["Các cầu"] * 3, ["Tên", "Dài", "Nơi"], ["Rồng", "666", "Đà Nẵng"]],
        1,
        ["Các cầu", "Rồng: Dài: 666; Nơi: Đà Nẵng"],
    ),
    "a heading beside an empty corner": (
        [["", "Dài (m)"], ["Rồng", "666"], ["Hàn", "488"]],
        1,
        ["Rồng: Dài (m): 666", "Hàn: Dài (m): 488"],
    ),
    "a heading of two rows beside an empty corner": (
        [["", "Năm", "Năm"], ["", "2019", "2020"], ["Rồng", "1", "2"]],
        2,
        ["Rồng: Năm – 2019: 1; Năm – 2020: 2"],
    ),
    "headings over three rows": (
        [
            ["Tỉnh", *["Thiệt hại"] * 4],
            ["Tỉnh", "Người", "Người", "Nhà", "Nhà"],
            ["Tỉnh", "Cũ", "Mới", "Cũ", "Mới"],
            ["Huế", "1", "2", "3", "4"],
        ],
        None,
        [
            "Huế: Thiệt hại – Người – Cũ: 1; Thiệt hại – Người – Mới: 2;"
            " Thiệt hại – Nhà – Cũ: 3; Thiệt hại – Nhà – Mới: 4"
        ],
    ),
    "a cell merged over columns of one heading": (
        [["Tỉnh", "Số người", "Số người", "Năm"], ["Huế", "12", "12", "2020"]],
        1,
        ["Huế: Số người: 12; Năm: 2020"],
    ),
    "long headings keep what tells them apart": (
        [["Tên", *["x" * 70] * 2], ["Tên", "số cũ trước năm", "số mới"], ["Huế", "1", "2"]],
        2,
        [f"Huế: {'x' * 62} – số cũ trước năm: 1; {'x' * 70} – số mới: 2"],
    ),
    "nothing": ([[""], []], None, []),
}


@pytest.mark.parametrize("case", CASES)
def test_rows_are_lines(case: str) -> None:
    rows, headings, lines = CASES[case]
    assert table_lines(rows, headings) == lines


def test_a_wide_row_takes_several_lines_that_each_have_its_name() -> None:
    lines = table_lines([["Tỉnh", *(f"Năm {year}" for year in range(1990, 2025))], ["Sơn La", *["123456"] * 35]], 1)
    assert len(lines) > 1
    assert all(line.startswith("Sơn La: Năm ") and len(line) <= MAX_LINE_CHARS for line in lines)


def test_a_long_heading_is_not_said_whole_in_each_row() -> None:
    lines = table_lines([["Tên", "x" * 100_000], *([["a", "b"]] * 1000)], 1)
    assert sum(map(len, lines)) < 200_000


def test_rows_shorter_than_the_first_take_no_time_for_its_columns() -> None:
    rows = [[str(place) for place in range(10_000)], *([["a", "b"]] * 10_000)]
    before = time.process_time()
    assert table_lines(rows, 0)[-1] == "a: b"
    assert time.process_time() - before < 5  # for each column of each row it takes many more


cells = st.sampled_from(["12", "Sơn La", "TP. Huế", "3,5 %", "", "2023", "ông A.", "Q. 1", "Số xã"])


@given(st.lists(st.lists(cells, min_size=1, max_size=5), max_size=6), st.sampled_from([None, 0, 1]))
def test_a_row_of_values_is_one_sentence_with_exact_offsets(rows: list[list[str]], headings: int | None) -> None:
    text = "\n".join(table_lines(rows, headings))
    found = [text[each.start : each.end] for each in sentences_of(text)]
    assert found == [line for line in text.split("\n") if line]
    chunks = split_into_chunks(
        Article("a", "", text, "a", None, "vi"), HashEmbedder().count_tokens, size=400, overlap=8
    )
    assert all(any(line in chunk.text.split("\n") for chunk in chunks) for line in found)


@given(st.lists(st.lists(texts.map(clean), max_size=4), max_size=4), st.sampled_from([None, 1]))
def test_any_cells_give_lines_without_blank_ones(rows: list[list[str]], headings: int | None) -> None:
    for line in table_lines(rows, headings):
        assert line.strip()
        assert "\n" not in line


@given(st.lists(st.lists(cells, min_size=2, max_size=4), min_size=1, max_size=5))
def test_every_value_of_a_table_without_headings_is_there(rows: list[list[str]]) -> None:
    text = "\n".join(table_lines(rows, 0))
    assert all(cell.rstrip(".") in text for row in rows for cell in row)
