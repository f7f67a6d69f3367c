"""The numbers of a text: values however they are written, what they count, and the days that it names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from rag.text.dates import Day, days
from rag.text.lexicon import lexicons, merged
from rag.text.normalize import fold, normalized
from rag.text.words import FUNCTION_WORDS

DAY, MONTH, YEAR = "@day", "@month", "@year"

_UNIT_OF = {form: unit for each in lexicons().values() for unit, forms in each.units.items() for form in sorted(forms)}
_BARE_UNIT_OF = {fold(form): unit for form, unit in _UNIT_OF.items()}
_SCALES = merged("scales")
_VIETNAMESE = lexicons()["vi"].numbers
_FOREIGN = {word: value for word, value in merged("numbers").items() if word not in _VIETNAMESE}
# How a digit is said behind "mươi".
_LATER_DIGITS = {word: value for word, value in _VIETNAMESE.items() if 0 < value < 10 and word != "bẩy"} | {
    "mốt": 1, "tư": 4, "lăm": 5, "nhăm": 5
}  # fmt: skip
# Words that are more often no numbers: an article, a negation, a year.
_SELDOM = frozenset().union(*(each.seldom_numbers for each in lexicons().values()))
_NO_FIVE_AFTER = frozenset(
    {"trong", "mỗi", "hằng", "hàng", "cả", "từng", "các", "những", "nhiều", "vài", "đầu", "cuối", "giữa", "suốt", "sau"}
)
_NO_FIVE_BEFORE = frozenset({"nay", "này", "qua", "sau", "trước", "ngoái", "đó", "ấy", "nào", "học", "âm", "dương"})

_GONE = "¦"
_TOKEN = re.compile(
    r"(?P<number>(?<![^\W_])(?:[1-9]\d{0,2}(?:[ \u00a0\u202f]\d{3})+(?!\d)|\d+(?:[.,]\d+)*))"
    r"|(?P<word>%|[^\W\d_]+[²³23]?(?:-[^\W\d_]+)*)|(?P<join>[-–—])|(?P<other>\S)"
)
_CLOCK = re.compile(r"(?<![\w.,])(\d{1,2})(?:h|:)(\d{2})?(?!\w)")
_COUNTS = re.compile(rf"\s*(?:{'|'.join(re.escape(form) for form in _UNIT_OF if len(form) > 1 or form == '%')})(?!\w)")
_LEADING = {"ngày": DAY, "mùng": DAY, "mồng": DAY, "tháng": MONTH, "năm": YEAR}
_RANGE = frozenset({"-", "–", "—", "đến", "tới", "to", "à", "bis", "hoặc", "or"})


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number, its unit if that is a known one, whether it surely is a number (not `một`), and the word behind it."""

    value: Decimal
    unit: str | None = None
    sure: bool = True
    thing: str | None = None

    def borne_out(self, held: set[tuple[Decimal, str | None]]) -> bool:
        """Whether the number stands among those, and counts the same where both say what."""
        if self.unit in (DAY, MONTH):
            return (self.value, self.unit) in held
        return any(
            value == self.value
            and (unit == self.unit or unit is None or (self.unit is None and unit not in (DAY, MONTH)))
            for value, unit in held
        )


@dataclass(frozen=True, slots=True)
class Quantities:
    """The numbers of a text outside of its dates, the dates, and the words that are neither, with no unit."""

    numbers: tuple[Quantity, ...]
    dates: tuple[Day, ...]
    rest: str

    def borne_out(self, by: Quantities) -> bool:
        """Whether every number and date stands in the other text: as a number with its unit, as a date in any form."""
        held = {(figure.value, figure.unit) for figure in by.numbers}
        for date in by.dates:
            parts = ((date.day, DAY), (date.month, MONTH), (date.year, YEAR))
            held |= {(Decimal(value), unit) for value, unit in parts if value is not None}
        years = {int(value) for value, unit in held if unit in (None, YEAR) and value == int(value)}
        return all(figure.borne_out(held) for figure in self.numbers if figure.sure) and all(
            any(_agrees(date, other, years) for other in by.dates) for date in self.dates
        )

    def things(self, language: str) -> set[tuple[Decimal, str]]:
        """Each number with the word behind it, where that says what is counted, and is no unit."""
        known = FUNCTION_WORDS.get(language, frozenset())
        said = ((figure.value, figure.thing) for figure in self.numbers if figure.sure)
        return {(value, thing) for value, thing in said if thing and thing[0].isalpha() and thing not in known}

    def __bool__(self) -> bool:
        return bool(self.dates) or any(figure.sure for figure in self.numbers)


def quantities(text: str) -> Quantities:
    """The numbers and dates of a text: 7.345 and 7,345, 5 triệu and 5.000.000, mười hai and 12, 21/7 in any form."""
    text = normalized("NFC", text)
    found = _longest_days(text)
    pieces, last = [], 0
    for day in sorted(found, key=lambda day: day.start):
        pieces += [text[last : day.start], _GONE.ljust(day.end - day.start)]
        last = day.end
    text = "".join([*pieces, text[last:]])
    text = _CLOCK.sub(lambda match: f"{match[1]} giờ" + (f" {match[2]} phút" if match[2] else ""), text.casefold())
    tokens = [match[0] if match.lastgroup != "other" else _GONE for match in _TOKEN.finditer(text)]
    numbers = list(_numbers(tokens))
    said = {place for _, places in numbers for place in places}
    said |= {
        place for place, token in enumerate(tokens) if token in _LEADING and tokens[place + 1 : place + 2] == [_GONE]
    }
    rest = " ".join(token for place, token in enumerate(tokens) if place not in said and token != _GONE)
    return Quantities(tuple(figure for figure, _ in numbers), tuple(found), rest)


def is_unit(word: str) -> bool:
    """Whether a word is a known unit, such as USD."""
    return word.casefold() in _UNIT_OF


def whole_unit(text: str, end: int) -> int:
    """`end`, or where a unit of two words ends of which a range that goes up to `end` has the first alone."""
    first, second = text[:end].rpartition(" ")[2], re.match(r" (\w+)", text[end:])
    return end + len(second[0]) if second and f"{first} {second[1]}".casefold() in _UNIT_OF else end


def unit_of(word: str) -> str | None:
    """The unit that a word names, typed with its diacritics or without; None for another word."""
    return _UNIT_OF.get(word.casefold()) or _BARE_UNIT_OF.get(word.casefold())


def _longest_days(text: str) -> list[Day]:
    """The days of a text that are no part of a longer one, the longest first."""
    found: list[Day] = []
    taken = bytearray(len(text))
    for day in sorted(days(text), key=lambda day: day.start - day.end):
        counts = day.year is None and _COUNTS.match(text, day.end)  # 8-12 phút
        if not counts and not any(taken[day.start : day.end]):
            taken[day.start : day.end] = b"\1" * (day.end - day.start)
            found.append(day)
    return found


def _agrees(date: Day, other: Day, years: set[int]) -> bool:
    """Whether the other says what the date says; a year that it leaves open may stand elsewhere in its text."""
    if date.month != other.month or date.day not in (None, other.day):
        return False
    return date.year in (None, other.year) or (other.year is None and date.year in years)


def _numbers(tokens: list[str]) -> Iterator[tuple[Quantity, range]]:
    """The numbers, in order, with the places of their words; the first of a range (5 đến 7 triệu) is as the second."""
    lower: tuple[Decimal, range] | None = None
    place = 0
    while place < len(tokens):
        value, end, sure = _value(tokens, place)
        if lower is not None and value is None:
            yield Quantity(lower[0]), lower[1]
        if value is None:
            lower, place = None, place + 1
            continue
        begin, scale = place, 0
        while end < len(tokens) and tokens[end] in _SCALES:
            scale, end = scale + _SCALES[tokens[end]], end + 1
        unit, place = _unit(tokens, end)
        if unit is None and begin and tokens[begin - 1] in _LEADING:
            unit, begin = _LEADING[tokens[begin - 1]], begin - 1
        if lower is not None:
            yield Quantity(lower[0].scaleb(scale), unit), lower[1]
            lower = None
        if sure and not scale and not unit and place < len(tokens) and tokens[place] in _RANGE:
            lower, place = (value, range(begin, place)), place + 1
            continue
        thing = tokens[place] if not unit and place < len(tokens) else None
        yield Quantity(value.scaleb(scale), unit, sure or bool(scale), thing), range(begin, place)
    if lower is not None:
        yield Quantity(lower[0]), lower[1]


def _value(tokens: list[str], place: int) -> tuple[Decimal | None, int, bool]:
    """The number that begins at a token, written in digits or in words, where it ends, and whether it surely is one."""
    word = tokens[place]
    if word[0].isdecimal():
        return _decimal(word), place + 1, True
    following = tokens[place + 1] if place + 1 < len(tokens) else ""
    if word in _FOREIGN:
        return Decimal(_FOREIGN[word]), place + 1, word not in _SELDOM
    if word not in _VIETNAMESE or (word == "năm" and _is_year(tokens, place)):
        return None, place, False
    value, end, sure = _VIETNAMESE[word], place + 1, word not in _SELDOM
    if following == "mươi" and value > 1:
        value, end, sure = value * 10, place + 2, True
    if value >= 10 and value % 10 == 0 and end < len(tokens) and tokens[end] in _LATER_DIGITS:
        value, end = value + _LATER_DIGITS[tokens[end]], end + 1
    return Decimal(value), end, sure


def _is_year(tokens: list[str], place: int) -> bool:
    """Whether `năm` at that place is a year or a count of years, and not five."""
    before = tokens[place - 1] if place else ""
    after = tokens[place + 1] if place + 1 < len(tokens) else ""
    counted = before[:1].isdigit() or before in _VIETNAMESE or before in _SCALES or before == "mươi"
    return counted or before in _NO_FIVE_AFTER or after in _NO_FIVE_BEFORE or not after[:1].isalpha()


def _decimal(written: str) -> Decimal:
    plain = re.sub(r"[ \u00a0\u202f]", "", written)
    marks = re.findall(r"[.,]", plain)
    if len(set(marks)) == 2:
        plain = plain.replace(marks[0], "").replace(",", ".")
        return Decimal(plain) if plain.count(".") == 1 else Decimal(plain.replace(".", ""))
    # One mark with three digits behind it parts thousands, as everywhere in `rag.text`.
    if len(marks) > 1 or re.fullmatch(r"[1-9]\d{0,2}[.,]\d{3}", plain):
        return Decimal(re.sub(r"[.,]", "", plain))
    return Decimal(plain.replace(",", "."))


def _unit(tokens: list[str], place: int) -> tuple[str | None, int]:
    """The unit whose words begin at a place, if any, and where they end."""
    for length in (2, 1):
        unit = _UNIT_OF.get(" ".join(tokens[place : place + length])) if place < len(tokens) else None
        if unit:
            return unit, place + length
    return None, place
