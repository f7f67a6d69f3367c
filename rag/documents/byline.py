"""The by-line of a story: the line, last as a rule, that names its author or where it was taken from."""

from __future__ import annotations

from rag.text.lexicon import every
from rag.text.sentences import ends_sentence

_MAX_WORDS, _MAX_CHARS = 7, 80
_JOINING = frozenset("-–&/,")
_OPENINGS = every("byline_openings")


def byline(text: str) -> str | None:
    """The author that the last line of a story names, without "Theo" or "By" before it; None where it is no by-line.

    It is a few words, each with a capital, with no mark of a sentence at their end, below a sentence. It names one in
    1,627 of 2,653 stories of dantri, whose true authors are not known: 150 of these looked at were names of people and
    agencies, where the file runs both together too ("T.ThủyTheo SCMP"). Without it .91 and not .92 of the authors of
    129 news pages are right (`tests/benchmarks/html_news.py`), one page's.
    """
    above, _, last = text.rstrip().rpartition("\n")
    last = last.strip()
    if not ends_sentence(above[-_MAX_CHARS:].rstrip()) or len(last) > _MAX_CHARS or ends_sentence(last):
        return None
    name = _without_opening(last)
    words = name.split()
    named = all(word[0].isupper() or word in _JOINING for word in words)
    return name if 0 < len(words) <= _MAX_WORDS and named and any(map(str.isalpha, name)) else None


def _without_opening(line: str) -> str:
    """A line less the words that open a by-line; "" where it opens like the credit of a picture ("Ảnh: ...")."""
    opening, colon, name = line.partition(":")
    if colon:
        return name.strip() if opening.strip().casefold() in _OPENINGS else ""
    first, _, rest = line.partition(" ")
    return rest.strip() if first.casefold() in _OPENINGS else line
