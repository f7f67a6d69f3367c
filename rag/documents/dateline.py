"""The day on which a story was published, as far as its own text states it: a line of the date."""

from __future__ import annotations

import re
from datetime import date

from rag.text.dates import days

# No set shows what this gains: of 2,653 stories of dantri and 129 news pages none has its day from here or a false one.
# It is kept for stories that are saved as text, which give their day nowhere else. A dateline ("Sáng 21/7, ...") gives
# none: of 31 stories of dantri that open so 24 are of that very day, and its year would have to be guessed.
# How many lines from the top are looked at. A line of the date is no longer: "Thứ năm, 21/7/2016 08:00 GMT+7".
_TOP_LINES, _DATE_LINE_CHARS, _DATE_LINE_WORDS = 2, 60, 5
_WORD = re.compile(r"[^\W\d_]+")
_READ_CHARS = 2_000


def story_date(text: str) -> str | None:
    """The day of a story in ISO form (2016-07-21), None where neither of its first two lines is one of the date."""
    top = [line.strip() for line in text[:_READ_CHARS].split("\n") if line.strip()][:_TOP_LINES]
    return next(filter(None, map(line_date, top)), None)


def line_date(line: str) -> str | None:
    """The whole date that a line consists of, but for a weekday, a time or a place; None where it says more or less."""
    if len(line) > _DATE_LINE_CHARS or line.endswith((".", "?", "!", ":", ",")):
        return None
    for day in days(line):
        if day.day and day.year and len(_WORD.findall(line[: day.start] + " " + line[day.end :])) <= _DATE_LINE_WORDS:
            try:
                return date(day.year, day.month, day.day).isoformat()
            except ValueError:
                return None
    return None
