"""Which terms of the turns before a question it lacks, by a logistic regression over where they stand in the turns.

`hoidap train followups` fits it on questions that people made to stand alone; the weights say on which, and how well it
does on others. Nothing in it knows a language: it counts turns and places.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field

from pydantic.dataclasses import dataclass as validated

from rag.models.weights_file import STRICT, weights_in_use
from rag.query.ellipsis import is_elliptical
from rag.query.history_terms import Term, terms_in
from rag.query.reference import references
from rag.text.language import language_of

# So many terms of a text are read, and so many phrases are added at most.
_MAX_TERMS, _MAX_PHRASES = 60, 2
# So many turns back are told apart.
_AGES = 4
# Words that only join may stand within an added phrase: "types of cancer".
_MAX_JOINING = 1
_GAP = re.compile(r"[\w\s–—'’-]*")
# The kinds of questions for which terms are weighed apart.
_CROSSED = ("refers", "to a person", "elliptical", "names", "of two words")

Signals = dict[str, float]


@validated(frozen=True, slots=True, eq=False, config=STRICT)
class FollowUpWeights:
    """The weights of `signals` by name, and the probability (0 to 1) from which on a term is added."""

    constant: float
    signals: Mapping[str, float]
    least: float


@dataclass(frozen=True, slots=True)
class Place:
    """A term where it stands: in which text, `age` turns back, in an answer or a question, and beside which terms."""

    term: Term
    text: int
    age: int
    in_answer: bool
    number: int
    terms: Sequence[Term] = field(repr=False)

    @property
    def before(self) -> Term | None:
        """The term before it."""
        return self.terms[self.number - 1] if self.number else None

    @property
    def after(self) -> Term | None:
        """The term behind it."""
        return self.terms[self.number + 1] if self.number + 1 < len(self.terms) else None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A term that a question does not have, where it stands best, and what speaks for adding it."""

    place: Place
    signals: Signals


def lacking(question: str, turns: Sequence[tuple[str, str]], *, follows: bool) -> list[str]:
    """The phrases of questions and answers, the last turn at the end, that a question lacks; the likeliest first.

    `follows` says that the question says of itself that it lacks something: the likeliest is then added already at half
    of the probability.
    """
    weights = weights_in_use("followups", FollowUpWeights)
    found = candidates(question, turns)
    scores = [probability(each.signals, weights) for each in found]
    chosen = {
        (found[place].place.text, found[place].place.number): (scores[place], found[place].place)
        for place in chosen_places(scores, weights.least, follows=follows)
    }
    texts = [text for turn in turns for text in turn]
    phrases = [(max(score for score, _ in run), _phrase(texts, run)) for run in _runs(texts, chosen)]
    phrases.sort(key=lambda each: -each[0])
    return [phrase for _, phrase in phrases[:_MAX_PHRASES]]


def chosen_places(scores: Sequence[float], least: float, *, follows: bool) -> list[int]:
    """Which of the candidates of a question, with these probabilities, are added."""
    chosen = [place for place, score in enumerate(scores) if score >= least]
    if chosen or not scores or not follows:
        return chosen
    best = max(range(len(scores)), key=lambda place: scores[place])
    return [best] if scores[best] >= least / 2 else []


def probability(signals: Signals, weights: FollowUpWeights) -> float:
    """How likely (0 to 1) a term with these signals is lacking."""
    total = weights.constant + sum(weights.signals.get(name, 0.0) * value for name, value in signals.items())
    return 1 / (1 + math.exp(-total))


def candidates(question: str, turns: Sequence[tuple[str, str]]) -> list[Candidate]:
    """The terms of the turns that a question does not have."""
    language = language_of(f"{question} {turns[-1][0]}")
    own = terms_in(question, language)[:_MAX_TERMS]
    known = {key for term in own for key in (term.key, *term.keys)}
    places = list(_places(turns, language))
    found: dict[str, list[Place]] = {}
    for place in places:
        if _may_lack(place.term, language) and not known.issuperset(place.term.keys):
            found.setdefault(place.term.key, []).append(place)
    asked = _question_signals(question, own, {place.term.key for place in places})
    latest = _ranks(found, lambda place: True)
    latest_asked = _ranks(found, lambda place: not place.in_answer)
    made = []
    for key, every in found.items():
        best = min(every, key=lambda place: (place.in_answer, place.age))
        signals = _term_signals(every, best, known, len(turns), latest.get(key), latest_asked.get(key))
        made.append(Candidate(best, _crossed(asked, signals)))
    return made


def _places(turns: Sequence[tuple[str, str]], language: str) -> Iterator[Place]:
    for number, turn in enumerate(turns):
        for in_answer, text in enumerate(turn):
            terms = terms_in(text, language, with_subject=language == "vi" and not in_answer)[:_MAX_TERMS]
            for order, term in enumerate(terms):
                yield Place(term, 2 * number + in_answer, len(turns) - 1 - number, bool(in_answer), order, terms)


def _may_lack(term: Term, language: str) -> bool:
    if language == "vi":
        return bool(term.key) and (term.is_name or term.is_phrase)
    # A lone letter is what is left of "what's" and "d'Annam".
    return not term.is_small and (len(term.key) > 1 or not term.key.isascii())


def _ranks(found: Mapping[str, Sequence[Place]], counts: Callable[[Place], bool]) -> dict[str, int]:
    """How many names were spoken of since each name: 0 for the one that was last."""
    last = {
        key: max(place.text for place in own)
        for key, places in found.items()
        if (own := [place for place in places if place.term.is_name and counts(place)])
    }
    return {key: rank for rank, key in enumerate(sorted(last, key=lambda key: -last[key]))}


def _question_signals(question: str, own: Sequence[Term], known: Set[str]) -> Signals:
    content = [term for term in own if not term.is_small]
    kinds = {reference.kind for reference in references(question)}
    return {
        "refers": float(bool(kinds)),
        "to a person": float("person" in kinds),
        "elliptical": float(is_elliptical(question)),
        "of two words": float(len(content) <= 2),
        "of four words": float(len(content) <= 4),
        "length": math.log1p(len(own)),
        "names": float(any(term.is_name for term in content)),
        "known words": sum(term.key in known for term in content) / len(content) if content else 1.0,
        "small words": (len(own) - len(content)) / max(len(own), 1),
    }


def _term_signals(
    every: Sequence[Place], best: Place, own: Set[str], turns: int, rank: int | None, rank_asked: int | None
) -> Signals:
    asked = [place for place in every if not place.in_answer]
    answered = [place for place in every if place.in_answer]
    beside = [each for place in every for each in (place.before, place.after)]
    signals = {
        "asked in turns": math.log1p(len(asked)),
        "answered in turns": math.log1p(len(answered)),
        "asked first": float(any(place.age == turns - 1 for place in asked)),
        "only answered": float(not asked),
        "name": float(best.term.is_name),
        "subject": float(best.term.is_phrase),
        "number": float(best.term.text[:1].isdigit()),
        "length": min(len(best.term.key), 12) / 12,
        "last name": float(rank == 0),
        "name before": float(rank == 1),
        "last asked name": float(rank_asked == 0),
        "asked name before": float(rank_asked == 1),
        "opens": float(best.number < 3),
        "ends": float(best.number + 3 > len(best.terms)),
        "behind a small word": float(best.before is None or best.before.is_small),
        "before a small word": float(best.after is None or best.after.is_small),
        "beside a known word": float(any(_is_known(each, own) for each in beside)),
    }
    for kind, places in (("asked", asked), ("answered", answered)):
        age = min((place.age for place in places), default=None)
        if age is not None:
            signals[f"{kind} {min(age, _AGES - 1)} back"] = 1.0
    return signals


def _is_known(term: Term | None, own: Set[str]) -> bool:
    return term is not None and not term.is_small and term.key in own


def _crossed(asked: Signals, signals: Signals) -> Signals:
    """The signals of a question and of a term, and those of the term for each kind of question."""
    made = {f"question {name}": value for name, value in asked.items()} | signals
    for kind in _CROSSED:
        if asked[kind]:
            made.update((f"{kind}: {name}", value) for name, value in signals.items())
    return made


def _runs(
    texts: Sequence[str], chosen: Mapping[tuple[int, int], tuple[float, Place]]
) -> list[list[tuple[float, Place]]]:
    """The chosen terms of one text that stand side by side, or with a small word between."""
    runs: list[list[tuple[float, Place]]] = []
    for spot in sorted(chosen):
        likely, place = chosen[spot]
        last = runs[-1][-1][1] if runs else None
        if last is not None and last.text == place.text and _joined(texts[place.text], last, place):
            runs[-1].append((likely, place))
        else:
            runs.append([(likely, place)])
    return runs


def _joined(text: str, left: Place, right: Place) -> bool:
    between = left.terms[left.number + 1 : right.number]
    if between and left.term.is_phrase:  # what is said of a subject is no part of it
        return False
    if not _GAP.fullmatch(text, left.term.end, right.term.start):
        return False
    return len(between) <= _MAX_JOINING and all(term.is_small for term in between)


def _phrase(texts: Sequence[str], run: Sequence[tuple[float, Place]]) -> str:
    """The words of a run, without the capital that only opens their text."""
    first, last = run[0][1], run[-1][1]
    phrase = texts[first.text][first.term.start : last.term.end]
    opens = first.term.start == 0 and not phrase[:2].isupper() and (first.term.has_kind or not first.term.is_name)
    return phrase[:1].lower() + phrase[1:] if opens else phrase
