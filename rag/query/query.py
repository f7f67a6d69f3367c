"""A question as it is searched for: with its diacritics, as a vector, and as words weighted by how rare they are."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence, Set

from rag.index.leg import Field, TermStatistics
from rag.models.cosine_offsets import cosine_offset
from rag.models.embedder import PINNED_MODEL, Embedder
from rag.query.diacritics import restore, stripped
from rag.text.analyzer import terms, without_diacritics
from rag.text.dates import dates
from rag.text.language import language_of
from rag.text.names import names
from rag.text.normalize import clean, has_diacritics
from rag.text.words import bigrams, content_words, words

_QUOTED = re.compile(
    r"(?:^|(?<=[\s(]))\"(?=\S)([^\"]+)\"|“([^“”]+)”|«([^«»]+)»|‘([^‘’]+)’|„([^„“”]+)[“”]|「([^「」]+)」|『([^『』]+)』"
)
_RUN = re.compile(r"\w+(?:[-/.&]\w+)*")
_NAME = re.compile(r"(?<=\s)[A-Z]\w+")
# A question is taken for typed without diacritics when so many of its words are known as words that lost theirs.
_FEWEST_STRIPPED, _FEWEST_STRIPPED_PARTLY = 2, 3


class Query:
    """A question and all that is known of it before the search.

    `typed` is as it was asked, `text` with the diacritics restored that it was typed without; `bare` says that there
    were such: then words are compared without them. `vector` (d,) is the unit vector of `text`. `content` are the
    weights of the words that name something, and of the dates; `pairs` those of neighbouring words; `named` the words
    of its names and numbers; `phrases` what must stand word for word: what is in quotation marks, and `codes`.
    """

    def __init__(self, question: str, statistics: TermStatistics, embedder: Embedder) -> None:
        self.typed = clean(question)
        self.bare = is_typed_bare(self.typed, statistics)
        self.text = restore(self.typed, statistics) if self.bare else self.typed
        self.language = language_of(self.text)
        self.measured = embedder.name == PINNED_MODEL
        self.vector = embedder.embed_queries([self.text])[0]
        # In other languages Vietnamese names are mostly written without diacritics: Son Doong.
        self.folded = self.bare or (self.language not in ("vi", "und") and not has_diacritics(self.text))
        field: Field = "folded" if self.folded else "words"
        tokens = self.tokens(self.text)
        wanted = content_words(tokens, self.language, bare=self.bare) + dates(self.text)
        self.content = {token: rarity(token, field, statistics) for token in wanted}
        self.pairs = {pair: rarity(pair, field, statistics) for pair in bigrams(tokens)}
        self.named = self._named()
        quoted = (next(filter(None, match.groups())) for match in _QUOTED.finditer(self.text))
        codes = (match[0] for match in _RUN.finditer(self.text) if _is_code(match[0]))
        self.codes = [phrase for run in codes if (phrase := self.tokens(run))]
        self.phrases = [phrase for run in quoted if (phrase := self.tokens(run))] + self.codes

    @property
    def terms(self) -> Iterable[str]:
        """What tells sentences apart: content words, and pairs where a syllable without its diacritics says little."""
        return [*self.content, *self.pairs] if self.bare else self.content

    def tokens(self, text: str) -> list[str]:
        """The terms of a text in order, as those of the question are compared."""
        return self.compared(terms(text))

    def _named(self) -> frozenset[str]:
        """The words of the names and numbers, each day as one."""
        days = dates(self.text)
        in_days = {part for day in days for part in re.split(r"\W", day)}
        named = (word for name in names(self.text) for word in self.tokens(name))
        return frozenset(word for word in named if word not in in_days).union(days)

    def is_foreign_to(self, language: str) -> bool:
        """Whether a text of that language is in another than the question, as far as both are known."""
        return "und" not in (self.language, language) and self.language != language

    def cosine_offset(self, language: str) -> float:
        """What makes the cosine with a text of that language comparable, 0 where it was not measured."""
        return cosine_offset(self.language, language) if self.measured else 0.0

    def compared(self, tokens: Iterable[str]) -> list[str]:
        """Tokens as those of the question are compared: without diacritics if it has none."""
        return without_diacritics(tokens) if self.folded else [*tokens]


def is_typed_bare(question: str, statistics: TermStatistics) -> bool:
    """Whether a question was typed without diacritics, in whole or in part, that its words have in the collection.

    Most of its words without diacritics are far more often known as words that lost theirs.
    """
    other = language_of(question) not in ("vi", "und")
    if other:  # where Vietnamese names are mostly written so
        question = _NAME.sub(" ", question)
    lost, known = stripped(question, statistics)
    plain = sum(not has_diacritics(word) for word in set(words(question)))
    if other:
        # A few small words are spelled as in another language.
        return lost > 0.7 * plain and lost >= _FEWEST_STRIPPED_PARTLY
    fewest = _FEWEST_STRIPPED_PARTLY if has_diacritics(question) else min(plain, _FEWEST_STRIPPED)
    return lost >= max(1, fewest) and lost > known / 2 and known > plain / 2


def _is_code(run: str) -> bool:
    """Whether letters, with a capital among them, and digits are mixed: 12/2021/NQ-HĐND, QL1A, X7-900."""
    return any(map(str.isdigit, run)) and any(map(str.isupper, run))


def rarity(token: str, field: Field, statistics: TermStatistics) -> float:
    """How rare a word is among the chunks: its inverse document frequency."""
    return inverse_frequency(statistics.document_frequency(token, field), statistics.chunk_count)


def inverse_frequency(held: int, texts: int) -> float:
    """Inverse document frequency, as BM25 counts it, of a word that `held` of `texts` hold."""
    return math.log(1 + (texts - held + 0.5) / (held + 0.5))


def share(weights: Mapping[str, float], tokens: Set[str]) -> float:
    """The share (0 to 1) of the weights that stands for tokens that are there."""
    whole = sum(weights.values())
    return sum(weight for token, weight in weights.items() if token in tokens) / whole if whole else 0.0


def holds(tokens: Sequence[str], phrase: Sequence[str]) -> bool:
    """Whether the tokens of a phrase stand side by side, in its order, among the tokens."""
    return any(tokens[start : start + len(phrase)] == phrase for start in range(len(tokens) - len(phrase) + 1))
