"""The day on which an article was published, as it is written in a language."""

from __future__ import annotations

import re

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# Other languages write it as English does, those of East Asia in the order of ISO.
_WRITTEN = {
    "vi": "{day}/{month}/{year}",
    "fr": "{day}/{month}/{year}",
    "es": "{day}/{month}/{year}",
    "de": "{day}.{month}.{year}",
    "zh": "{year}-{month}-{day}",
    "ja": "{year}-{month}-{day}",
}


def day_text(published: str, language: str) -> str:
    """The day of an ISO date or time (28/09/2024, 28 Sep 2024, 2024-09-28); what is none is given back as it is."""
    if not _DAY.fullmatch(published[:10]):
        return published
    year, month, day = published[:10].split("-")
    if language in _WRITTEN:
        return _WRITTEN[language].format(year=year, month=month, day=day)
    return f"{int(day)} {_MONTHS[int(month) - 1]} {year}"
