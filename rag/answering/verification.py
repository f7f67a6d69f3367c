"""The check of a claim by rules: its quantities, dates, units and names first, then its words and its meaning."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.answering.answer_check import Support, Verdict
from rag.answering.claim_names import Name, NameIndex, changed_places, is_made_of, names_in
from rag.answering.clauses import clauses
from rag.answering.quote import Quote
from rag.models.embedder import PINNED_MODEL
from rag.models.text_vectors import TextVectors
from rag.text.analyzer import terms
from rag.text.language import language_of
from rag.text.names import names
from rag.text.normalize import fold
from rag.text.quantities import Quantities, quantities
from rag.text.words import content_words, words

# Shares of words, and the cosine from which texts with fewer in common are taken for paraphrases: from UIT-ViQuAD, by
# tests/benchmarks/citations.py.
_ENOUGH_WORDS = 0.6
_SOME_WORDS = 0.5
_PARAPHRASE = 0.93
# Characters: a sentence that is longer is nothing that one quote could say.
LONGEST_CLAIM = 2000
_NEGATIONS = frozenset({"không", "chưa", "chẳng", "chả", "not", "no", "never", "nor", "pas", "jamais", "nicht", "kein"})
_ABSENT = re.compile(
    r"không (?:tìm thấy|thấy|có|rõ|đủ|được (?:nêu|đề cập|nhắc|cung cấp|nói))(?: \w+)?"
    r" (?:thông tin|câu trả lời|trong (?:các )?(?:câu trích|trích dẫn|bài|văn bản|đoạn))"
    r"|không (?:tìm thấy|đề cập|được (?:nêu|đề cập|nhắc đến))|chưa có thông tin"
    r"|\b(?:not|never|\w+n't)(?: \w+)?"
    r" (?:mention|mentioned|state|stated|specify|specified|given|provide|provided|say|found)\b"
    r"|\bno (?:information|mention|answer|data)\b|\bpas (?:d'information|mentionné|indiqué|précisé)",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"https?:|\bwww\.|[\w-]\.(?:com|net|org|vn|example)\b", re.IGNORECASE)
_CODE = re.compile(r"(?=.*\d)(?=.*[^\W\d_])")
_PLAIN_NUMBER = re.compile(r"\d+(?:[.,]\d+)*[^\W\d_]{1,3}[²³]?\d?")

Finding = tuple[Support, str]
Cosine = Callable[[], float | None]


def denies(text: str) -> bool:
    """Whether a text says that the information is not there."""
    return _ABSENT.search(text) is not None


class RuleCheck:
    """The `AnswerCheck` by rules, deterministic and without a language model.

    A quote bears out a claim when all of its numbers, dates and codes stand in the quote, its names there or in the
    title, and most of its words in either; where fewer do, the cosine of the two texts tells whether one paraphrases
    the other. It does so in part when a number counts another thing, only one of the two has a negation, or two names
    changed places; and in another language than the claim's, where words cannot be compared. Several quotes bear out in
    part what no single one does, if one of them holds the names of each clause, and says each clause with a number:
    a number is never joined with a name of another quote.
    """

    def __init__(self, vectors: TextVectors | None = None) -> None:
        """Check with the vectors of this embedding model, which are made once for a quote however many claims cite it.

        Those of another than the pinned model are not used: the cosine of a paraphrase was measured with that alone.
        """
        self._vectors = vectors if vectors is not None and vectors.embedder.name == PINNED_MODEL else None

    def check(self, claim: str, quotes: Sequence[Quote], *, timeout: float = math.inf) -> Verdict:
        """See `AnswerCheck.check`; takes a time that grows in proportion to the lengths of claim and quotes."""
        if len(claim) > LONGEST_CLAIM:
            return Verdict("unsupported", (), f"the claim is longer than {LONGEST_CLAIM} characters")
        read = _claim(claim)
        found = [self._against(read, quote) for quote in quotes]
        for wanted in ("supported", "partly"):
            for place, (support, reason) in enumerate(found):
                if support == wanted:
                    return Verdict(support, (place,), reason)
        if len(quotes) > 1:
            support, reason = _together(read, quotes)
            return Verdict(support, tuple(range(len(quotes))) if support == "partly" else (), reason)
        return Verdict("unsupported", (), found[0][1] if found else "there is no quote")

    def _against(self, claim: _Claim, quote: Quote) -> Finding:
        translated = claim.language not in ("und", quote.language)
        return _compared(claim, _evidence_of([quote]), lambda: self._cosine(claim.text, quote.text), translated)

    def _cosine(self, claim: str, text: str) -> float | None:
        if self._vectors is None:
            return None
        own, other = self._vectors.of([claim, text])
        return float(own @ other)


@dataclass(frozen=True, slots=True)
class _Claim:
    """A claim, and what of it must stand in the evidence."""

    text: str
    language: str
    words: tuple[str, ...]
    quantities: Quantities
    names: tuple[Name, ...]
    codes: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Evidence:
    """One quote or several with their titles, and what of a claim stands in them."""

    text: str
    words: frozenset[str]
    quantities: Quantities
    names: frozenset[Name]
    names_with_titles: frozenset[Name]
    bare_terms: frozenset[str]
    places: tuple[NameIndex, NameIndex]


def _claim(text: str, language: str | None = None) -> _Claim:
    language = language or language_of(text)
    own = tuple(words(text))
    codes = frozenset(word for word in own if _CODE.match(word) and not _PLAIN_NUMBER.fullmatch(word))
    return _Claim(text, language, own, quantities(text), tuple(dict.fromkeys(names_in(text, language))), codes)


def _evidence_of(quotes: Sequence[Quote]) -> _Evidence:
    return _evidence(tuple((quote.text, quote.title, quote.language) for quote in quotes))


@lru_cache(64)
def _evidence(quotes: tuple[tuple[str, str, str], ...]) -> _Evidence:
    """The evidence of (text, title, language) of quotes; kept, since all sentences of an answer cite the same ones."""
    text, title = ("\n".join(parts) for parts in zip(*((text, title) for text, title, _ in quotes), strict=True))
    own = frozenset(name for text, _, language in quotes for name in names_in(text, language))
    return _Evidence(
        text,
        frozenset(words(text)),
        quantities(text),
        own,
        own.union(name for _, title, language in quotes for name in names_in(title, language)),
        frozenset(fold(word) for word in terms(f"{title}\n{text}")),
        (NameIndex(text), NameIndex(title)),
    )


def _compared(claim: _Claim, evidence: _Evidence, cosine: Cosine, translated: bool = False) -> Finding:
    """How far the evidence bears out the claim, and why."""
    if _ADDRESS.search(claim.text):
        return "unsupported", "the claim holds an address of the web"
    if denies(claim.text) and not denies(evidence.text):
        return "unsupported", "the claim says that the information is not there"
    if not claim.quantities.borne_out(evidence.quantities):
        return "unsupported", "a number or date of the claim does not stand there"
    if missing := _missing_names(claim, evidence):
        return "unsupported", missing
    if translated:
        if claim.quantities or claim.names:
            return "partly", "numbers and names stand there, the words are in another language"
        return "unsupported", "the words are in another language, and there is no number or name to compare"
    support, reason = _worded(_share(claim, evidence), cosine)
    doubt = _doubt(claim, evidence) if support == "supported" else ""
    return ("partly", doubt) if doubt else (support, reason)


def _missing_names(claim: _Claim, evidence: _Evidence) -> str:
    """The first code or name that does not stand in the evidence or its title, said in words; empty if all do."""
    for code in sorted(claim.codes - evidence.words):
        return f"the code {code} does not stand there"
    for name in claim.names:
        if not any(place.holds(name) for place in evidence.places) and not is_made_of(name, evidence.names_with_titles):
            return f"the name {' '.join(name)} does not stand there"
    return ""


def _doubt(claim: _Claim, evidence: _Evidence) -> str:
    """Why evidence with the same words may yet say another thing; empty where nothing tells so."""
    if not claim.quantities.things(claim.language) <= evidence.quantities.things(claim.language):
        return "a number counts another thing there"
    if _NEGATIONS & set(claim.words) != _NEGATIONS & evidence.words:
        return "only one of the two has a negation"
    if changed_places(claim.text, evidence.text, {*claim.names, *evidence.names}, claim.language):
        return "a name stands where another stands there"
    return ""


def _worded(share: float, cosine: Cosine) -> Finding:
    """What the share of common words says of a claim and, only where they are few, the cosine, if it is known."""
    if share >= _ENOUGH_WORDS:
        return "supported", f"{share:.0%} of the words stand there"
    near = cosine()
    reason = f"{share:.0%} of the words stand there, the cosine is " + ("unknown" if near is None else f"{near:.3f}")
    paraphrases = near is not None and near >= _PARAPHRASE
    if share >= _SOME_WORDS:
        return ("supported" if paraphrases else "partly"), reason
    return ("partly" if paraphrases else "unsupported"), reason


def _share(claim: _Claim, evidence: _Evidence) -> float:
    """The share (0 to 1) of the words of a claim, less its quantities, that the evidence holds.

    Of all words or of those in no name, the smaller: names alone, which stand in much that is about them, bear nothing
    out (X là vợ của Y).
    """
    own = [word for word in terms(claim.quantities.rest) if not word[:1].isdigit()]
    named = {word for name in names(claim.text) for word in terms(name)}
    plain = [word for word in content_words(own, claim.language) if word not in named]
    return min(
        sum(fold(word) in evidence.bare_terms for word in some) / len(some) if some else 1.0 for some in (own, plain)
    )


def _together(claim: _Claim, quotes: Sequence[Quote]) -> Finding:
    """Whether quotes together bear out in part a claim that none of them does alone."""
    single = [_evidence_of([quote]) for quote in quotes]
    for text in clauses(claim.text):
        clause = _claim(text, claim.language)
        if clause.quantities:
            borne_out = any(_compared(clause, each, lambda: None)[0] != "unsupported" for each in single)
        else:
            borne_out = any(not _missing_names(clause, each) for each in single)
        if not borne_out:
            return "unsupported", f"no single quote holds the names and numbers of: {text.strip(' ,;')}"
    support, reason = _compared(claim, _evidence_of(quotes), lambda: None)
    return ("unsupported", reason) if support == "unsupported" else ("partly", f"only together: {reason}")
