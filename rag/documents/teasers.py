"""The tail of a saved page: announcements of other stories, as under "Tin liên quan"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from rag.documents.dateline import line_date
from rag.text.lexicon import every
from rag.text.normalize import fold
from rag.text.sentences import ends_sentence

# No set shows what they gain: none of 2,653 stories of dantri and 129 news pages has such a tail, or is cut by mistake.
# They are kept because without them other stories would be quoted as this one.
_HEADINGS = every("tail_headings")
# How many lines from the end a tail may begin, and the longest title and lead in it: what is longer is a story itself.
MAX_LINES, _MAX_TITLE_CHARS, _MAX_LEAD_CHARS = 200, 200, 600
_BULLET = re.compile(r"^[-–•*·»>+]{1,3}[ \t]+")
_MARKS = " \t:：#*-–.…»>|"
_NO_SLUG = re.compile(r"\W+")


@dataclass(slots=True)
class Teaser:
    """An announcement: the `title` of another story, the `lead` below it, and the ISO day beside it, if there are.

    `place` names it in its page: the heading that it stands under, and its number there, from 1.
    """

    place: str
    title: str
    lead: str = ""
    published: str | None = None


@dataclass(frozen=True, slots=True)
class Tail:
    """Where the tail of a text begins, and its teasers; without a tail the end of the text, and none."""

    start: int
    teasers: Sequence[Teaser] = field(default_factory=list)


def tail_of(text: str) -> Tail:
    """The tail of a page: from the first heading behind which, to the end, there is nothing but teasers.

    A teaser is a short line that ends no sentence or asks, with one short paragraph below it at most. A section of the
    article that has such a heading is therefore none: its paragraphs end sentences.
    """
    lines = _last_lines(text)
    for place, (start, line) in enumerate(lines):
        if start and is_heading(line):
            teasers = teasers_in([each for _, each in lines[place:]])
            if teasers:
                return Tail(start, teasers)
    return Tail(len(text))


def is_heading(line: str) -> bool:
    """Whether a line is a heading that tails of pages have."""
    return len(line) < 60 and line.strip(_MARKS).casefold() in _HEADINGS


def _last_lines(text: str) -> list[tuple[int, str]]:
    """The last lines that are not blank, in order, each with its place in the text."""
    found: list[tuple[int, str]] = []
    end = len(text)
    while end >= 0 and len(found) < MAX_LINES:
        start = text.rfind("\n", 0, end) + 1
        if line := text[start:end].strip():
            found.append((start, line))
        end = start - 1
    return found[::-1]


def teasers_in(lines: Sequence[str]) -> list[Teaser]:
    """The teasers in the lines of a tail, of which the first is a heading; none where a line is no part of one."""
    teasers: list[Teaser] = []
    heading, numbers = "", dict[str, int]()
    for line in lines:
        if is_heading(line):
            heading = _NO_SLUG.sub("-", fold(line.strip(_MARKS).casefold())).strip("-")
            continue
        line = _BULLET.sub("", line)
        last = teasers[-1] if teasers else None
        if last and not last.published and (day := line_date(line)):
            last.published = day
        elif len(line) <= _MAX_TITLE_CHARS and (line.endswith(("?", "!", "?”", "!”")) or not ends_sentence(line)):
            numbers[heading] = numbers.get(heading, 0) + 1
            teasers.append(Teaser(f"{heading}-{numbers[heading]}", line))
        elif last and not last.lead and len(line) <= _MAX_LEAD_CHARS:
            last.lead = line
        else:
            return []
    return teasers
