"""The straight lines that are drawn along a page of a PDF, such as the borders of a table's cells."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from rag.documents.pdf_letters import Letter, Place, Turn, shown_places

# What is drawn thinner than this, in points, is a line, as many programs draw borders; so far apart are, at most, the
# pieces of one, and what touches.
THICKNESS = 3.0
# A page with more parts of drawn shapes, or more lines, is a drawing, and no table is looked for in it.
_MAX_SEGMENTS, _MAX_RULES = 20_000, 600
_Segment = tuple[Place, Place]


@dataclass(frozen=True, slots=True)
class Rule:
    """A line along a page, in points: `at` one height or distance from the left, from `start` to `end`."""

    at: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Rules:
    """The lines across a page and those down it, each in the order of their places, pieces of one put together."""

    across: tuple[Rule, ...] = ()
    down: tuple[Rule, ...] = ()


def rules_of(page: Any, turn: Turn, letters: Sequence[Letter | None] = ()) -> Rules:
    """The straight lines of a page (of pypdfium2), in points from the left and the top of the page after the turn.

    Lines below or through `letters` of it are none; a page that is a drawing has none.
    """
    shown = shown_places(page)
    across: list[Rule] = []
    down: list[Rule] = []
    for one, other in _segments(page):
        (x0, y0), (x1, y1) = turn(*shown(*one)), turn(*shown(*other))
        if abs(y1 - y0) < 1 <= abs(x1 - x0):
            across.append(Rule((y0 + y1) / 2, min(x0, x1), max(x0, x1)))
        elif abs(x1 - x0) < 1 <= abs(y1 - y0):
            down.append(Rule((x0 + x1) / 2, min(y0, y1), max(y0, y1)))
    found = Rules(_together(_beside(letters, across)), _together(down))
    return found if len(found.across) + len(found.down) <= _MAX_RULES else Rules()


def _beside(letters: Sequence[Letter | None], across: Sequence[Rule]) -> Sequence[Rule]:
    """The lines across the page but for those that run within the height of letters, along most of their length."""
    if not across:
        return across
    edges = [(each.left, each.top, each.right, each.bottom) for each in letters if each and each.right > each.left]
    left, top, right, bottom = np.array(edges, np.float64).reshape(-1, 4).T

    def underlines(rule: Rule) -> bool:
        within = (top + 0.5 < rule.at) & (rule.at < bottom - 0.5) & (left < rule.end) & (right > rule.start)
        return float((right - left)[within].sum()) > 0.5 * (rule.end - rule.start)

    return [rule for rule in across if not underlines(rule)]


def clustered(places: Iterable[float]) -> list[float]:
    """Places in order, of those that lie within the thickness of a line the first."""
    found: list[float] = []
    for place in sorted(places):
        if not found or place - found[-1] > THICKNESS:
            found.append(place)
    return found


def _together(rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """Rules at one place that touch are one."""
    groups: list[list[Rule]] = []
    for rule in sorted(rules, key=lambda each: each.at):
        if not groups or rule.at - groups[-1][0].at > THICKNESS:
            groups.append([])
        groups[-1].append(rule)
    found: list[Rule] = []
    for place, group in ((group[0].at, group) for group in groups):
        for piece in sorted(group, key=lambda each: each.start):
            if found and found[-1].at == place and piece.start - found[-1].end <= THICKNESS:
                found[-1] = Rule(place, found[-1].start, max(found[-1].end, piece.end))
            else:
                found.append(Rule(place, piece.start, piece.end))
    return tuple(found)


def _segments(page: Any) -> Iterator[_Segment]:
    """The straight lines that are drawn, in the coordinates of the file: strokes, and shapes as thin as strokes."""
    import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

    shapes = [pdfium.FPDFPage_GetObject(page.raw, n) for n in range(pdfium.FPDFPage_CountObjects(page.raw))]
    paths = [each for each in shapes if pdfium.FPDFPageObj_GetType(each) == pdfium.FPDF_PAGEOBJ_PATH]
    if sum(map(pdfium.FPDFPath_CountSegments, paths)) > _MAX_SEGMENTS:
        return
    fill, stroke, matrix = ctypes.c_int(), ctypes.c_int(), pdfium.FS_MATRIX()
    for path in paths:
        if not pdfium.FPDFPath_GetDrawMode(path, fill, stroke) or not pdfium.FPDFPageObj_GetMatrix(path, matrix):
            continue
        for corners in _subpaths(path, matrix):
            if stroke.value:
                yield from pairwise(corners)
            elif fill.value:
                yield from _thin(corners)


def _subpaths(path: Any, matrix: Any) -> Iterator[list[Place]]:
    """The corners of each part of a path; a part with curves has none after the first of them."""
    import pypdfium2.raw as pdfium

    x, y = ctypes.c_float(), ctypes.c_float()
    corners: list[Place] = []
    for index in range(pdfium.FPDFPath_CountSegments(path)):
        segment = pdfium.FPDFPath_GetPathSegment(path, index)
        kind = pdfium.FPDFPathSegment_GetType(segment)
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        place = (
            matrix.a * x.value + matrix.c * y.value + matrix.e,
            matrix.b * x.value + matrix.d * y.value + matrix.f,
        )
        if kind != pdfium.FPDF_SEGMENT_LINETO:
            yield corners
            corners = []
        if kind != pdfium.FPDF_SEGMENT_BEZIERTO:
            corners.append(place)
        if corners and pdfium.FPDFPathSegment_GetClose(segment):
            corners.append(corners[0])
    yield corners


def _thin(corners: Sequence[Place]) -> Iterator[_Segment]:
    """The line that a filled shape shows as, if it is thin."""
    if not corners:
        return
    (left, right), (bottom, top) = ((min(each), max(each)) for each in zip(*corners, strict=True))
    if top - bottom <= THICKNESS < right - left:
        yield (left, (top + bottom) / 2), (right, (top + bottom) / 2)
    elif right - left <= THICKNESS < top - bottom:
        yield ((left + right) / 2, bottom), ((left + right) / 2, top)
