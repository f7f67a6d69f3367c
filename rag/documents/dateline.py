"""The day on which a story was published, as far as its own text says it: a line of the date, or a dateline."""

from __future__ import annotations

import re
from datetime import date

from rag.text.dates import YEAR, Day, days

# How many lines from the top are looked at. A line of the date is no longer: "Thứ năm, 21/7/2016 08:00 GMT+7".
_TOP_LINES, _DATE_LINE_CHARS, _DATE_LINE_WORDS = 4, 60, 5
_DATELINE_CHARS = 60
# How a dateline opens: with the part of the day of which it tells. Of 31 stories of dantri that open so 24 are of that
# very day and 6 of the day after; of those that open with "Ngày" half are, so these are left alone.
_PART_OF_DAY = re.compile(
    r"(?:rạng )?(?:sáng|trưa|chiều|tối|đêm|hôm)(?: nay| qua)?(?: ngày)?[ ,(]{1,3}(?=\d)", re.IGNORECASE
)
_WORD = re.compile(r"[^\W\d_]+")
_YEAR = rf"({YEAR})(?!\d| ?[–-] ?\d)"  # and none of a range
_NAMED_YEAR = re.compile(rf"(?<![\d.–-])(?<![–-] ){_YEAR}")
# The year that a story names as that of a half or a quarter, if it names one such and no later year: of 45 stories of
# dantri 40 are of it. Of those that name a single year, 234 of 633 are of that.
_YEAR_OF_A_PART = re.compile(
    rf"(?:tháng (?:đầu|cuối)(?: của)? năm|quý [\wIVX]{{1,4}}(?:/| năm )) ?{_YEAR}", re.IGNORECASE
)
_READ_CHARS = 20_000


def story_date(text: str) -> str | None:
    """The day of a story in ISO form (2016-07-21), None where its text leaves it open.

    One of the first two lines that holds little else than a whole date gives it; so does a dateline ("Sáng 21/7, ...")
    at the beginning of one of the first paragraphs: with the year that the text speaks of or, in the first, its own.
    """
    read = text[:_READ_CHARS]
    top = [line.strip() for line in read.split("\n", 4 * _TOP_LINES) if line.strip()][:_TOP_LINES]
    for line in top[:2]:
        if found := line_date(line):
            return found
    for place, line in enumerate(top):
        opening = _PART_OF_DAY.match(line)
        day = next(days(line[opening.end() : _DATELINE_CHARS]), None) if opening else None
        # Further down a whole date is one of those that the story tells of.
        if day and day.day and day.start == 0 and (place == 0 or day.year is None):
            return _iso(day, day.year or _told_year(read))
    return None


def line_date(line: str) -> str | None:
    """The whole date that a line consists of, but for a weekday, a time or a place; None where it says more or less."""
    if len(line) > _DATE_LINE_CHARS or line.endswith((".", "?", "!", ":", ",")):
        return None
    for day in days(line):
        if day.day and day.year and len(_WORD.findall(line[: day.start] + " " + line[day.end :])) <= _DATE_LINE_WORDS:
            return _iso(day, day.year)
    return None


def _told_year(text: str) -> int | None:
    """The year of which a half or a quarter is spoken, None where there is none, or a later year is named."""
    told = {int(year) for year in _YEAR_OF_A_PART.findall(text)}
    named = {int(year) for year in _NAMED_YEAR.findall(text)}
    return told.pop() if len(told) == 1 and told == {max(named, default=0)} else None


def _iso(day: Day, year: int | None) -> str | None:
    try:
        return date(year, day.month, day.day).isoformat() if year and day.day else None
    except ValueError:
        return None
