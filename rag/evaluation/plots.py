"""Numbers -> SVG plots to stand in a page, whose style sheet gives them their colours by class."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from html import escape

WIDTH = 360
_ROW, _TOP, _FOOT, _CHARACTER = 20, 8, 38, 6.3
# Width of the numbers behind a bar.
_TAIL = 52


def number(value: float) -> str:
    """A share as `.713`, and what is not between -1 and 1 with its whole part."""
    text = f"{value:.3f}"
    if float(text) == 0:
        return ".000"
    return _short(text)


def seconds(value: float) -> str:
    """A time to three digits, in seconds or milliseconds."""
    return f"{value * 1000:.{_decimals(value * 1000)}f} ms" if value < 0.9995 else f"{value:.{_decimals(value)}f} s"


def rank_bars(counts: Mapping[str, int]) -> str:
    """Bars of how many questions have their first right article at each rank."""
    title = "Rank of the first right article"
    if not counts:
        return _empty(title)
    most, total = max(*counts.values(), 1), sum(counts.values())
    left, right = 56, WIDTH - _TAIL - 24
    parts = []
    for place, (name, count) in enumerate(counts.items()):
        top = _TOP + place * _ROW
        length = (right - left) * count / most
        kind = "bad" if name == "none" else "bar"
        share = f" ({100 * count / total:.0f} %)" if count else ""
        parts += [
            _text(left - 6, top + 14, name, "end"),
            _bar(left, top + 3, max(length, 2) if count else 0, _ROW - 6, kind),
            _text(left + length + 5, top + 14, f"{count}{share}", "start", "value"),
        ]
    bottom = _TOP + len(counts) * _ROW
    axis = _line(left, _TOP, left, bottom, "axis") + _labels(
        left, bottom, right - left, bottom - _TOP, "questions", "rank", 18
    )
    about = ", ".join(f"rank {name}: {count}" for name, count in counts.items() if count)
    return _svg(title, f"Questions by rank. {about or 'None'}.", bottom + 26, axis + "".join(parts))


def reliability(points: Sequence[Sequence[float]]) -> str:
    """Confidence against the share of questions whose answer is held; the larger a point, the more questions."""
    title = "Confidence against the share held"
    if not points:
        return _empty(title)
    left, bottom, side = 52, 284, 268
    most = max(count for _, _, count in points)
    parts = [
        _square(left, bottom, side, side, [0, 0.25, 0.5, 0.75, 1], [0, 0.25, 0.5, 0.75, 1]),
        _line(left, bottom, left + side, bottom - side, "diagonal"),
        _labels(left, bottom, side, side, "confidence", "share whose answer is held"),
    ]
    for mean, share, count in sorted(points, key=lambda point: -point[2]):
        note = f"confidence {number(mean)}, held {number(share)}, {count:.0f} questions"
        place = f'cx="{_at(left + mean * side)}" cy="{_at(bottom - share * side)}"'
        radius = _at(3 + 9 * math.sqrt(count / most))
        parts.append(f'<circle class="point" {place} r="{radius}"><title>{note}</title></circle>')
    about = "; ".join(f"{number(mean)} held {number(share)} of {count:.0f}" for mean, share, count in points)
    return _svg(title, f"On the diagonal the confidence is what it says. {about}.", bottom + _FOOT, "".join(parts))


def risk_coverage(points: Sequence[Sequence[float]]) -> str:
    """The share of wrong replies among the so large a share of questions with the highest confidence."""
    title = "Risk against coverage"
    if not points:
        return _empty(title)
    left, bottom, width, height = 52, 284, 264, 268
    steps = ticks(max(risk for _, risk in points), 4)
    places = [(left + share * width, bottom - risk / steps[-1] * height) for share, risk in points]
    path = " ".join(f"{_at(x)},{_at(y)}" for x, y in places)
    last_x, last_y = places[-1]
    parts = [
        _square(left, bottom, width, height, [0, 0.25, 0.5, 0.75, 1], steps),
        f'<polyline class="curve" points="{path}"/>',
        f'<circle class="point" cx="{_at(last_x)}" cy="{_at(last_y)}" r="4"/>',
        _text(last_x + 8, last_y + 4, number(points[-1][1]), "start", "value"),
        _labels(left, bottom, width, height, "share of questions replied to, most confident first", "share wrong"),
    ]
    halves = [
        f"{number(share)} of the questions: {number(risk)} wrong" for share, risk in points[:: len(points) // 4 or 1]
    ]
    return _svg(title, f"{'; '.join(halves)}; all: {number(points[-1][1])}.", bottom + _FOOT, "".join(parts))


def stage_bars(stages: Mapping[str, Mapping[str, float]]) -> str:
    """Median and 95th percentile of the seconds of each stage."""
    title = "Seconds by stage"
    if not stages:
        return _empty(title)
    left, row = _margin(stages), 38
    right = WIDTH - _TAIL - 20
    bottom = _TOP + len(stages) * row
    steps = ticks(max(each["p95"] for each in stages.values()), 4)
    parts = [_grid(left, right, bottom, steps, _tick)]
    for place, (name, each) in enumerate(stages.items()):
        top = _TOP + place * row
        parts.append(_text(left - 6, top + 23, name, "end"))
        for down, quantile, kind in ((3, "p50", "bar"), (19, "p95", "tail")):
            length = (right - left) * each[quantile] / steps[-1]
            parts.append(_bar(left, top + down, max(length, 1), 14, kind))
            parts.append(_text(left + length + 5, top + down + 11, seconds(each[quantile]), "start", "value"))
    middle = (left + right) / 2
    parts.append(_text(middle, bottom + 34, "seconds", kind="label"))
    about = "; ".join(f"{name}: {seconds(each['p50'])}, {seconds(each['p95'])}" for name, each in stages.items())
    return _svg(title, f"Median and 95th percentile. {about}.", bottom + 42, "".join(parts))


def whiskers(rows: Sequence[tuple[str, float, float, float, str]], title: str, *, signed: bool = False) -> str:
    """A dot and its interval for each row (name, value, low, high, class); `signed` draws them about a line at 0."""
    if not rows:
        return _empty(title)
    most = ticks(max(max(abs(low), abs(high)) for _, _, low, high, _ in rows), 4)[-1] if signed else 1.0
    steps = [-most, -most / 2, 0.0, most / 2, most] if signed else [0, 0.25, 0.5, 0.75, 1]
    left, right = _margin([name for name, *_ in rows]), WIDTH - 24
    bottom = _TOP + len(rows) * _ROW

    def across(value: float) -> float:
        share = (min(max(value, steps[0]), steps[-1]) - steps[0]) / (steps[-1] - steps[0])
        return left + share * (right - left)

    parts = [_grid(left, right, bottom, steps, _change if signed else _tick)]
    if signed:
        parts.append(_line(across(0), _TOP, across(0), bottom, "axis"))
    for place, (name, value, low, high, kind) in enumerate(rows):
        y = _TOP + (place + 0.5) * _ROW
        note = f"{escape(name)} {number(value)} [{number(low)}, {number(high)}]"
        dot = f'<circle cx="{_at(across(value))}" cy="{_at(y)}" r="4"/>'
        line = _line(across(low), y, across(high), y, "whisker")
        parts.append(_text(left - 8, y + 4, name, "end"))
        parts.append(f'<g class="dot {escape(kind)}"><title>{note}</title>{line}{dot}</g>')
    about = "; ".join(f"{name} {number(value)} [{number(low)}, {number(high)}]" for name, value, low, high, _ in rows)
    return _svg(title, f"Means with their 95 % intervals. {about}.", bottom + 24, "".join(parts))


def ticks(most: float, about: int) -> list[float]:
    """Round numbers from 0 to at least `most`, about so many steps of 1, 2 or 5 times a power of ten."""
    if most <= 0:
        return [0.0, 1.0]
    rough = most / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next((times * power for times in (1, 2, 5) if times * power >= rough * (1 - 1e-9)), 10 * power)
    return [round(place * step, 12) for place in range(math.ceil(most / step - 1e-9) + 1)]


def _short(text: str) -> str:
    """A number without the 0 before its point, and with the minus of print."""
    sign, digits = ("−", text[1:]) if text.startswith("-") else ("", text)
    return sign + (digits[1:] if digits.startswith("0.") else digits)


def _decimals(value: float) -> int:
    return 2 if value < 9.995 else 1 if value < 99.95 else 0


def _margin(names: Mapping[str, object] | Sequence[str]) -> int:
    return min(max(int(max(map(len, names)) * _CHARACTER) + 14, 52), 170)


def _svg(title: str, about: str, height: float, body: str) -> str:
    head = f"<title>{escape(title)}</title><desc>{escape(about)}</desc>"
    return f'<svg class="plot" role="img" viewBox="0 0 {WIDTH} {_at(height)}">{head}{body}</svg>'


def _empty(title: str) -> str:
    return _svg(title, "Nothing to show.", 60, _text(WIDTH / 2, 34, "nothing to show", kind="label"))


def _square(left: float, bottom: float, width: float, height: float, x: Sequence[float], y: Sequence[float]) -> str:
    """The lines and numbers of two axes, the steps of each from its start to its end."""
    parts = [
        _line(left, bottom - step / y[-1] * height, left + width, bottom - step / y[-1] * height, "grid")
        + _text(left - 6, bottom - step / y[-1] * height + 4, _tick(step), "end")
        for step in y
    ]
    parts += [
        _line(left + step / x[-1] * width, bottom, left + step / x[-1] * width, bottom - height, "grid")
        + _text(left + step / x[-1] * width, bottom + 15, _tick(step))
        for step in x
    ]
    axes = _line(left, bottom, left + width, bottom, "axis") + _line(left, bottom, left, bottom - height, "axis")
    return "".join(parts) + axes


def _labels(left: float, bottom: float, width: float, height: float, x: str, y: str, down: float = 32) -> str:
    middle = _at(bottom - height / 2)
    turned = f'<text class="label" transform="rotate(-90 12 {middle})" x="12" y="{middle}" text-anchor="middle">'
    return _text(left + width / 2, bottom + down, x, kind="label") + f"{turned}{escape(y)}</text>"


def _grid(left: float, right: float, bottom: float, steps: Sequence[float], said: Callable[[float], str]) -> str:
    span = steps[-1] - steps[0]
    places = [(left + (step - steps[0]) / span * (right - left), said(step)) for step in steps]
    return "".join(_line(x, _TOP, x, bottom, "grid") + _text(x, bottom + 16, text) for x, text in places)


def _tick(value: float) -> str:
    return _short(f"{value:g}")


def _change(value: float) -> str:
    return f"+{_tick(value)}" if value > 0 else _tick(value)


def _text(x: float, y: float, text: str, anchor: str = "middle", kind: str = "tick") -> str:
    return f'<text class="{kind}" x="{_at(x)}" y="{_at(y)}" text-anchor="{anchor}">{escape(text)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{_at(x1)}" y1="{_at(y1)}" x2="{_at(x2)}" y2="{_at(y2)}"/>'


def _bar(x: float, y: float, width: float, height: float, kind: str) -> str:
    return f'<rect class="{kind}" x="{_at(x)}" y="{_at(y)}" width="{_at(width)}" height="{_at(height)}" rx="2"/>'


def _at(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
