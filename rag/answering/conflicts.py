"""Articles that answer one question differently: 348 dead in one, 344 in another of a later day."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from rag.answering.quote import Quote
from rag.query.query import Query
from rag.text.analyzer import terms
from rag.text.names import names
from rag.text.normalize import fold
from rag.text.quantities import Quantities, quantities
from rag.text.words import content_words, words

_DIGIT = re.compile(r"\d")
_ABOUT = frozenset(("khoảng", "hơn", "gần", "trên", "dưới", "chừng", "từ", "about", "over", "nearly"))


@dataclass(frozen=True, slots=True)
class Conflicts:
    """The quotes with a short answer to a question, and the pairs of them, of two articles, that exclude each other."""

    answers: tuple[Quote, ...] = ()
    pairs: tuple[tuple[Quote, Quote], ...] = ()

    def among(self, quotes: Sequence[Quote]) -> list[Quote]:
        """Of the first answer of each article those that conflict with another's, the latest article first."""
        first: dict[str, Quote] = {}
        for quote in quotes:
            if quote in self.answers:
                first.setdefault(quote.article_id, quote)
        left = [*first.values()]
        pairs = [pair for pair in self.pairs if pair[0] in left and pair[1] in left]
        found = [quote for quote in left if any(quote in pair for pair in pairs)]
        return sorted(found, key=lambda quote: quote.published or "", reverse=True)

    def latest_first(self, quotes: Sequence[Quote]) -> list[Quote]:
        """The quotes, those that conflict with the latest in the place of the first of them; the others keep theirs."""
        conflicting = self.among(quotes)
        places = [place for place, quote in enumerate(quotes) if quote in conflicting]
        ordered = list(quotes)
        for place, quote in zip(places, conflicting, strict=True):
            ordered[place] = quote
        return ordered


@dataclass(frozen=True, slots=True)
class _ShortAnswer:
    """The short answer of a quote, likely to be right or not, and what of the question its quote and title hold."""

    quote: Quote
    words: tuple[str, ...]
    quantities: Quantities
    shared: frozenset[str]


def find_conflicts(query: Query, quotes: Sequence[Quote]) -> Conflicts:
    """The pairs of these quotes that conflict as answers to a question, in the order of the quotes.

    Only what is about the same thing conflicts: both quotes, with their titles, hold half of the question's content
    words, the same ones, and its names. Numbers are compared with what they count, so that it is enough that both or
    neither hold the names; and even unlikely ones conflict, since a conflict is itself what makes them unlikely.
    Answers to questions of no known kind, or for yes or no, may differ without excluding each other.
    """
    if query.type.kind == "other" or query.type.polar:
        return Conflicts()
    number = query.type.kind == "number"
    wanted = frozenset(fold(word) for word in content_words(terms(query.text), query.language))
    named = frozenset(fold(word) for name in names(query.text) for word in terms(name))
    answers = [
        _short_answer(quote, wanted)
        for quote in quotes
        if (quote.candidate if number else quote.short) and quote.published
    ]
    return Conflicts(
        tuple(each.quote for each in answers),
        tuple(
            (one.quote, other.quote)
            for one, other in combinations(answers, 2)
            if one.quote.article_id != other.quote.article_id
            and one.quote.published != other.quote.published
            and one.shared == other.shared
            and 2 * len(one.shared - named) >= len(wanted - named)
            and (number or named <= one.shared)
            and _exclude(one, other, number=number)
        ),
    )


def _short_answer(quote: Quote, wanted: frozenset[str]) -> _ShortAnswer:
    answer = quote.candidate or ""
    shared = wanted.intersection(fold(word) for word in terms(f"{quote.title}\n{quote.text}"))
    return _ShortAnswer(quote, tuple(words(answer)), quantities(answer), shared)


def _exclude(one: _ShortAnswer, other: _ShortAnswer, *, number: bool) -> bool:
    """Whether two short answers exclude each other: neither says what the other does, and numbers are of one thing."""
    if set(one.words) <= set(other.words) or set(other.words) <= set(one.words):
        return False
    both = one.quantities and other.quantities
    if both and (one.quantities.borne_out(other.quantities) or other.quantities.borne_out(one.quantities)):
        return False
    if not number:
        return True
    numbers = [{word for word in each.words if _DIGIT.search(word)} for each in (one, other)]
    things = [{word for word in each.words if word.isalpha() and word not in _ABOUT} for each in (one, other)]
    return bool(numbers[0] and numbers[1]) and not numbers[0] & numbers[1] and things[0] == things[1]
