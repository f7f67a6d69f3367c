from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from lxml import etree  # type: ignore[import-untyped]

from rag.evaluation.plots import (
    WIDTH,
    number,
    rank_bars,
    reliability,
    risk_coverage,
    seconds,
    stage_bars,
    ticks,
    whiskers,
)

RANKS = {**{str(rank): 0 for rank in range(1, 11)}, "11-50": 0, "none": 0}
HOSTILE = "</title><script>alert(1)</script> \"' & <b>"


def changes(rows: Any) -> str:
    return whiskers(rows, "Changes", signed=True)


def means(rows: Any) -> str:
    return whiskers(rows, "Means")


PLOTS: list[tuple[Callable[[Any], str], Any, Any, Any]] = [
    (rank_bars, {}, {**RANKS, "1": 1}, {**RANKS, "1": 2000, "2": 200, "none": 85}),
    (reliability, [], [(0.5, 1.0, 1)], [(0.0, 0.0, 3), (0.5, 0.4, 1), (1.0, 1.0, 900)]),
    (risk_coverage, [], [(1.0, 0.0)], [(share / 40, share / 41) for share in range(1, 41)]),
    (stage_bars, {}, {"total": {"p50": 0.0, "p95": 0.0}}, {"search": {"p50": 1.0, "p95": 9.0}}),
    (means, [], [("right", 1.0, 1.0, 1.0, "")], [("right", 0.5, 0.25, 0.75, ""), ("wrong", 0.5, 0.0, 1.0, "mistake")]),
    (changes, [], [("right", 0.0, 0.0, 0.0, "noise")], [("right", -0.5, -0.75, 0.25, "bad")]),
]


def places(svg: etree._Element) -> list[float]:
    """All places across at which something is drawn."""
    names = ("x", "x1", "x2", "cx")
    return [float(value) for each in svg.iter() for name, value in each.attrib.items() if name in names]


@pytest.mark.parametrize(("plot", "nothing", "one", "many"), PLOTS)
def test_each_plot_is_a_titled_image(plot: Callable[[Any], str], nothing: Any, one: Any, many: Any) -> None:
    for values in (nothing, one, many):
        svg = etree.fromstring(plot(values))
        assert svg.get("role") == "img"
        assert [child.tag for child in svg[:2]] == ["title", "desc"]
        assert all(child.text for child in svg[:2])
        assert all(0 <= place <= WIDTH for place in places(svg))
        assert "nan" not in plot(values)
        assert plot(values) == plot(values)
    assert "nothing to show" in plot(nothing)
    assert "nothing to show" not in plot(one)


@pytest.mark.parametrize(("plot", "nothing", "one", "many"), PLOTS)
def test_what_is_drawn_stays_in_the_frame(plot: Callable[[Any], str], nothing: Any, one: Any, many: Any) -> None:
    svg = etree.fromstring(plot(many))
    height = float(svg.get("viewBox").split()[3])
    for each in svg.iter("rect"):
        assert float(each.get("x")) + float(each.get("width")) <= WIDTH
        assert float(each.get("y")) + float(each.get("height")) <= height
    for each in svg.iter("text"):
        assert 0 < float(each.get("y")) <= height


def test_names_are_text() -> None:
    drawn = (
        rank_bars({HOSTILE: 1}),
        stage_bars({HOSTILE: {"p50": 1.0, "p95": 2.0}}),
        whiskers([(HOSTILE, 0.1, 0.0, 0.2, HOSTILE)], HOSTILE),
    )
    for svg in drawn:
        tree = etree.fromstring(svg)
        assert {str(each.tag) for each in tree.iter()} <= {
            "svg",
            "title",
            "desc",
            "g",
            "line",
            "rect",
            "circle",
            "text",
        }
        assert HOSTILE in [each.text for each in tree.iter("text")]


def test_bars_are_as_long_as_counts() -> None:
    svg = etree.fromstring(rank_bars({**RANKS, "1": 40, "2": 20, "none": 10}))
    widths = [float(each.get("width")) for each in svg.iter("rect")]
    assert widths[1] == pytest.approx(widths[0] / 2, abs=0.1)
    assert widths[-1] == pytest.approx(widths[0] / 4, abs=0.1)
    assert set(widths[2:-1]) == {0.0}
    assert "40 (57 %)" in [each.text for each in svg.iter("text")]


def test_an_interval_reaches_from_its_low_to_its_high_end() -> None:
    svg = etree.fromstring(changes([("right", 0.0, -0.5, 0.5, "noise")]))
    (dot,) = svg.iter("circle")
    (line,) = (each for each in svg.iter("line") if each.get("class") == "whisker")
    low, middle, high = float(line.get("x1")), float(dot.get("cx")), float(line.get("x2"))
    assert middle - low == pytest.approx(high - middle, abs=0.11)
    assert low < middle < high


def test_larger_points_are_more_questions() -> None:
    svg = etree.fromstring(reliability([(0.1, 0.1, 1), (0.9, 0.9, 100)]))
    radii = [float(each.get("r")) for each in svg.iter("circle")]
    assert radii == sorted(radii, reverse=True), "small ones are drawn last, so that large ones do not hide them"
    assert radii[0] > 2 * radii[1]


@pytest.mark.parametrize("most", [0.001, 0.03, 0.2475, 0.5, 1.0, 3.0, 10.49, 99.0, 12_345.0])
def test_ticks_are_even_and_reach_the_most(most: float) -> None:
    steps = ticks(most, 4)
    assert steps[0] == 0
    assert most <= steps[-1] * (1 + 1e-9)
    assert 3 <= len(steps) <= 7
    assert len({round(high - low, 9) for low, high in pairwise(steps)}) == 1


def test_numbers_are_short() -> None:
    assert [number(value) for value in (0.7129, 1.0, 0.0, -0.0241, -0.0001, 3.5, -1.0)] == [
        ".713",
        "1.000",
        ".000",
        "−.024",
        ".000",
        "3.500",
        "−1.000",
    ]
    assert [seconds(value) for value in (0.00086, 0.147, 0.9996, 3.2, 10.13, 123.4)] == [
        "0.86 ms",
        "147 ms",
        "1.00 s",
        "3.20 s",
        "10.1 s",
        "123 s",
    ]
