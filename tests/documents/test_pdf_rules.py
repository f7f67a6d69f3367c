from __future__ import annotations

import io

import pytest

from rag.documents.pdf import opened
from rag.documents.pdf_letters import Turn
from rag.documents.pdf_rules import Rule, Rules, clustered, rules_of
from tests.documents.pdf_files import HEIGHT, Text, filled, pdf, stroked


def found(drawn: str, *, rotate: int = 0, quarters: int = 0) -> Rules:
    with opened(io.BytesIO(pdf([Text(72, 72, "Chữ")], drawn=[drawn], rotate=rotate)), "cầu.pdf") as file:
        return rules_of(file[0], Turn(quarters, *file[0].get_size()))


def rounded(rules: Rules) -> tuple[list[tuple[int, int, int]], list[tuple[int, int, int]]]:
    return tuple([(round(r.at), round(r.start), round(r.end)) for r in each] for each in (rules.across, rules.down))  # type: ignore[return-value]


def test_strokes_and_thin_shapes_are_rules() -> None:
    drawn = stroked(72, 100, 300, 100) + filled(72, 99.5, 73, 200) + filled(72, 300, 300, 301)
    assert rounded(found(drawn)) == ([(100, 72, 300), (300, 72, 300)], [(72, 100, 200)])


@pytest.mark.parametrize(
    "drawn",
    [
        stroked(72, 100, 300, 200),  # slanting
        filled(72, 100, 300, 200),  # a shaded field
        filled(72, 100, 74, 102),  # a point
        "72 700 m 100 600 200 600 300 700 c S\n",  # a curve
        f"72 {HEIGHT - 100} m 300 {HEIGHT - 100} l n\n",  # not drawn
    ],
)
def test_what_is_no_rule(drawn: str) -> None:
    assert found(drawn) == Rules()


def test_a_rectangle_has_four_rules_where_its_edge_is_drawn() -> None:
    assert rounded(found(f"72 {HEIGHT - 200} 100 80 re S\n")) == (
        [(120, 72, 172), (200, 72, 172)],
        [(72, 120, 200), (172, 120, 200)],
    )


def test_pieces_that_touch_are_one_rule() -> None:
    pieces = stroked(72, 100, 150, 100) + stroked(151, 100.4, 220, 100.4) + stroked(260, 100, 300, 100)
    assert rounded(found(pieces)) == ([(100, 72, 220), (100, 260, 300)], [])


def test_rules_are_moved_by_the_matrix_that_they_are_drawn_with() -> None:
    assert rounded(found("q 1 0 0 1 50 -40 cm " + stroked(72, 100, 300, 100) + "Q\n")) == ([(140, 122, 350)], [])


def test_a_turned_page_has_the_rules_of_its_upright_text() -> None:
    assert rounded(found(stroked(100, 72, 100, 300), rotate=90))[1] == []
    turned = found(stroked(100, 72, 100, 300), rotate=90, quarters=1)
    assert rounded(turned) == ([], [(100, 72, 300)])


@pytest.mark.parametrize("count", [1200, 21_000])
def test_a_drawing_has_none(count: int) -> None:
    assert found("".join(stroked(10, 10 + n * 4, 20, 10 + n * 4) for n in range(count))) == Rules()


def test_a_path_of_very_many_parts_is_a_drawing() -> None:
    assert found("0 0 m " + "10 10 l 10 20 l " * 400_000 + "S\n") == Rules()


def test_places_within_the_thickness_of_a_line_are_one() -> None:
    assert clustered([5, 1, 2.5, 9, 4.5]) == [1, 4.5, 9]


def test_rules_are_in_the_order_of_their_places() -> None:
    down = "".join(stroked(x, 10, x, 90) for x in (300, 100, 200))
    assert found(down).down == (Rule(100, 10, 90), Rule(200, 10, 90), Rule(300, 10, 90))
