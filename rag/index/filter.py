"""Which articles a question is asked of: by date, source, language, or one by one; values only, for any store."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from rag.errors import UsageError
from rag.text.normalize import clean

_DATE = re.compile(r"\d{4}(?:-\d\d(?:-\d\d)?)?")


@dataclass(frozen=True, slots=True)
class Filter:
    """Articles published from `since` to `until` (ISO dates, both included) that match one of each list that is given.

    A year or a year and month stand for their first day in `since` and for their last in `until`. An article without a
    date is in no range of dates. A source matches when it holds one of `sources`, in any case: a site, a folder.
    One text is a list of one. Raises `UsageError` for a date that is none, for a range that is empty and
    for empty texts.
    """

    since: str | None = None
    until: str | None = None
    sources: Sequence[str] = ()
    languages: Sequence[str] = ()
    articles: Sequence[str] = ()

    def __post_init__(self) -> None:
        for name in ("sources", "languages", "articles"):
            wanted = f"{name} of a filter are a text or a list of texts, none of them empty"
            object.__setattr__(self, name, texts_of(getattr(self, name), wanted))
        # vi-VN is Vietnamese too.
        object.__setattr__(self, "languages", tuple(re.split("[-_]", each.lower())[0] for each in self.languages))
        for day in (self.since, self.until):
            if day is not None:
                _days(day)
        if self.first_day and self.last_day and self.first_day > self.last_day:
            raise UsageError(f"nothing lies between {self.since} and {self.until}; exchange the two dates")

    def __bool__(self) -> bool:
        return any((self.since, self.until, self.sources, self.languages, self.articles))

    @property
    def first_day(self) -> str | None:
        """The first day (2016-07-01) on which an article may have been published; None when it may be any."""
        return _days(self.since)[0].isoformat() if self.since else None

    @property
    def last_day(self) -> str | None:
        """The last day (2016-07-31) on which an article may have been published; None when it may be any."""
        return _days(self.until)[1].isoformat() if self.until else None


def texts_of(given: str | Iterable[str], wanted: str) -> tuple[str, ...]:
    """One text or several, as a tuple. Raises `UsageError`, which says what is wanted, for anything else."""
    try:
        texts = (given,) if isinstance(given, str) else tuple(given)
        if all(each.strip() for each in texts):
            return tuple(clean(each) for each in texts)
    except (AttributeError, TypeError):
        pass
    raise UsageError(f"{wanted}; {given!r} is not")


def _days(given: str) -> tuple[date, date]:
    """The first and the last day of a year, a month or a day. Raises `UsageError` when it is none of these."""
    try:
        if not isinstance(given, str) or not _DATE.fullmatch(given):
            raise ValueError
        first = date.fromisoformat(given + "-01-01"[len(given) - 4 :])
    except ValueError as error:
        raise UsageError(f"{given!r} is no date; write it as 2016, 2016-07 or 2016-07-21") from error
    month = first.month if len(given) > len("2016") else 12
    day = first.day if len(given) > len("2016-07") else monthrange(first.year, month)[1]
    return first, date(first.year, month, day)


EVERYTHING = Filter()
