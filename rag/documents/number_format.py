"""The numbers and days of a spreadsheet as its cells show them: the format codes of ECMA-376, part 1, 18.8.31."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache
from itertools import takewhile

# The codes of the numbers that stand for formats; those of money and of days follow the country of whoever looks, so
# only what all of them show is here.
BUILT_IN = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 18: "h:mm", 19: "h:mm:ss",
    16: "d-m", 17: "m-y", 20: "h:mm", 21: "h:mm:ss", 22: "d-m-y h:mm", 45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss",
    48: "0.0E+0",
    **dict.fromkeys((5, 6, 37, 38, 41, 42), "#,##0"), **dict.fromkeys((7, 8, 39, 40, 43, 44), "#,##0.00"),
    **dict.fromkeys((14, 15, *range(27, 32), 36, *range(50, 55), 57, 58), "d-m-y"),
}  # fmt: skip
# What parts thousands, and the decimals from the whole; for other languages nothing and a point.
_MARKS = {"vi": (".", ","), "en": (",", ".")}
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|[_*].|\[\$(?P<currency>[^\]-]*)[^\]]*\]|\[(?P<elapsed>h+|m+|s+)\]'
    r"|\[(?P<condition>[<>=])[^\]]*\]|\[[^\]]*\]|(?P<general>General)|(?P<end>;)"
    r"|(?P<digits>[0#?][0#?,]*(?:\.[0#?]*,*)?(?:E[+-][0#?]+)?|\.[0#?]+)"
    r"|(?P<date>(?P<letter>[ymdhsbge])(?P=letter)*)|(?P<noon>AM/PM|A/P)|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_TEXTS = ("quoted", "escaped", "currency", "other")
_FIRST_DAY, _LEAP_DAY, _END = datetime(1899, 12, 30), 60, 2_958_466
_FROM_1904 = 1462
# Years of the Buddha and of emperors.
_YEARS = {"e": "y", "b": "y", "g": "y"}
# What is shown where a format has those parts of a day alone; of all others, as the name of its weekday, the whole day.
_SHOWN = {frozenset("y"): "y", frozenset("ym"): "ym", frozenset("md"): "md"}
# A longer code is none that a program writes.
_MAX_CODE_CHARS, _MAX_DECIMALS = 255, 15
_LARGE = 1e15
_EXACT = Context(prec=60, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Number:
    """A number and the code of its format; a day is the number of days since 30 December 1899, or 1 January 1904."""

    value: float
    code: str
    days_from_1904: bool = False

    def shown(self, language: str) -> str:
        """The number as its cell shows it, with the marks of a language (ISO 639); as it is kept where that is unsure.

        A day is 7/9/2024 in Vietnamese, else 2024-09-07, with as much of it and of the time as the format has.
        """
        tokens = _tokens(self.code[:_MAX_CODE_CHARS])
        if self.code and not tokens:
            return ""  # a format that hides its numbers
        if any(token["date"] or token["elapsed"] for token in tokens):
            return _day(self, tokens, language) or _plain(self.value, language)
        digits = [token["digits"] for token in tokens if token["digits"]]
        general = any(token["general"] for token in tokens)
        if len(digits) + general != 1 or abs(self.value) >= _LARGE or any(token["condition"] for token in tokens):
            return _plain(self.value, language)
        texts = ["".join(filter(None, map(token.group, _TEXTS))) for token in tokens]
        # Brackets are another way to write the sign.
        around = ["" if each in ("(", ")", "-", "+") else each for each in texts]
        place = next(place for place, token in enumerate(tokens) if token["digits"] or token["general"])
        # Of the decimal that was written: 0.285 is 28.5 %, and in binary less.
        exact = Decimal(repr(abs(self.value))) * 100 ** min(sum(token["other"] == "%" for token in tokens), 2)
        number = _in_digits(exact, digits[0], language) if digits else _plain(float(exact), language)
        sign = "-" if self.value < 0 and any(map(str.isdigit, number.replace("0", ""))) else ""
        return f"{sign}{''.join(around[:place])}{number}{''.join(around[place + 1 :])}".strip()


def serial_of(iso: str) -> float:
    """The number of a day and time that is written in ISO 8601. Raises `ValueError` for what is none."""
    return (datetime.fromisoformat(iso).replace(tzinfo=None) - _FIRST_DAY) / timedelta(days=1)


@lru_cache(1024)
def _tokens(code: str) -> tuple[re.Match[str], ...]:
    """What stands in the first part of a code, which is for all numbers or for those above zero."""
    return tuple(takewhile(lambda token: token.lastgroup != "end", _TOKEN.finditer(code)))


def _plain(value: float, language: str) -> str:
    """A number without a format: ten figures, of whole numbers all."""
    written = f"{value:.0f}" if value.is_integer() and abs(value) < _LARGE else f"{value:.10G}"
    return written.replace(".", _MARKS.get(language, ("", "."))[1])


def _in_digits(value: Decimal, digits: str, language: str) -> str:
    """A number as a run of placeholders shows it, as "#,##0.0#"."""
    thousands, point = _MARKS.get(language, ("", "."))
    whole, _, decimals = digits.partition(".")
    if "E" in digits.upper():
        return f"{float(value):.{min(len(re.split('[eE]', decimals)[0]), _MAX_DECIMALS)}E}".replace(".", point)
    # Commas behind all digits leave out thousands.
    scaled = whole if decimals else whole.rstrip(",")
    shown = decimals.rstrip(",")
    exact = value / 1000 ** (len(whole) - len(scaled) + len(decimals) - len(shown))
    kept, least = min(len(shown), _MAX_DECIMALS), len(shown.rstrip("#?"))
    left, _, right = str(exact.quantize(Decimal(1).scaleb(-kept), context=_EXACT)).partition(".")
    right = right[:least] + right[least:].rstrip("0")
    left = left.zfill(min(scaled.count("0"), _MAX_DECIMALS))
    if "," in scaled:
        left = f"{int(left):,}".replace(",", thousands)
    return f"{left}{point}{right}" if right else left


def _day(number: Number, tokens: Sequence[re.Match[str]], language: str) -> str:
    """A day and time with those parts that its format has; "" where the number is none."""
    if not 0 <= number.value < _END:
        return ""
    seconds, parts = round(number.value * 86400), _parts(tokens)
    clock = f":{seconds % 60:02}" if "s" in parts else ""
    if any(token["elapsed"] for token in tokens):
        return f"{seconds // 3600}:{seconds // 60 % 60:02}{clock}"
    time = f"{seconds // 3600 % 24:02}:{seconds // 60 % 60:02}{clock}" if "h" in parts else ""
    if not parts & set("ymd"):
        return time or f"{seconds // 60 % 60:02}{clock}"
    days = seconds // 86400 + (_FROM_1904 if number.days_from_1904 else 0)
    if days == _LEAP_DAY or days >= _END:
        return ""
    # To spreadsheets the 29 February 1900, which never was, is a day: those before it are one further on.
    day = _FIRST_DAY + timedelta(days=days + (days < _LEAP_DAY))
    values = {"y": f"{day.year}", "m": f"{day.month:02}", "d": f"{day.day:02}"}
    shown = [values[part] for part in _SHOWN.get(frozenset(parts & set("ymd")), "ymd")]
    if language == "vi":
        return " ".join(filter(None, ("/".join(each.lstrip("0") for each in reversed(shown)), time)))
    return " ".join(filter(None, ("-".join(shown), time)))


def _parts(tokens: Sequence[re.Match[str]]) -> set[str]:
    """What a format shows of a day and time, by letters: y, m, d, h, n (minutes), s."""
    letters = [token["letter"].lower() for token in tokens if token["letter"]]
    found = set()
    for place, letter in enumerate(letters):
        minutes = letter == "m" and (letters[place - 1 : place] == ["h"] or letters[place + 1 : place + 2] == ["s"])
        found.add("n" if minutes else _YEARS.get(letter, letter))
    return found
