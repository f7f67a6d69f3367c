"""Which articles a question is asked of: by date, source, language, or one by one."""

from __future__ import annotations

import re
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
                _check(day)
        if self.since and self.until and self.since > self._last:
            raise UsageError(f"nothing lies between {self.since} and {self.until}; exchange the two dates")

    @property
    def _last(self) -> str:
        # "2016-07" is before "2016-07-01", and "2016-07~" behind "2016-07-31".
        return f"{self.until}~"

    def __bool__(self) -> bool:
        return any((self.since, self.until, self.sources, self.languages, self.articles))

    @property
    def condition(self) -> tuple[str, list[str]]:
        """The SQL condition on the table of articles, and its values; `folded_case` is a function of the store."""
        parts: list[str] = []
        values: list[str] = []
        if self.since:
            parts.append("published >= ?")
            values.append(self.since)
        if self.until:
            parts.append("published <= ?")
            values.append(self._last)
        for column, wanted in (("id", self.articles), ("language", self.languages)):
            if wanted:
                parts.append(f"{column} IN ({','.join('?' * len(wanted))})")
                values += wanted
        if self.sources:
            parts.append(f"({' OR '.join(['instr(folded_case(source), folded_case(?)) > 0'] * len(self.sources))})")
            values += self.sources
        return " AND ".join(parts) or "TRUE", values


def texts_of(given: str | Iterable[str], wanted: str) -> tuple[str, ...]:
    """One text or several, as a tuple. Raises `UsageError`, which says what is wanted, for anything else."""
    try:
        texts = (given,) if isinstance(given, str) else tuple(given)
        if all(each.strip() for each in texts):
            return tuple(clean(each) for each in texts)
    except (AttributeError, TypeError):
        pass
    raise UsageError(f"{wanted}; {given!r} is not")


def _check(given: str) -> None:
    try:
        if not isinstance(given, str) or not _DATE.fullmatch(given):
            raise ValueError
        date.fromisoformat(given + "-01-01"[len(given) - 4 :])
    except ValueError as error:
        raise UsageError(f"{given!r} is no date; write it as 2016, 2016-07 or 2016-07-21") from error
