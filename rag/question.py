"""A question as words: what it names, how rare that is in the collection, and how much of it a sentence holds."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from rag.lexical import LexicalIndex
from rag.text import bigrams, content_words, fold, has_diacritics, names, sentences, words


class QuestionWords:
    """The words of a question, each weighted by how rare it is in the collection.

    `bare` says that it was typed without diacritics; then all words are compared without them. `content` are the
    weights of the words that name something, `pairs` those of neighbouring words, `named` the words of its names and
    numbers.
    """

    def __init__(self, question: str, lexical: LexicalIndex) -> None:
        self.bare = is_typed_bare(question, lexical)
        field = "folded" if self.bare else "words"
        tokens = self._in_order(question)
        self.content = {token: rarity(token, field, lexical) for token in content_words(tokens, bare=self.bare)}
        self.named = {word for name in names(question) for word in words(name)}
        self.pairs = {pair: rarity(pair, field, lexical) for pair in bigrams(tokens)}

    @property
    def terms(self) -> Iterable[str]:
        """What tells sentences apart: content words, and pairs where a syllable without its diacritics says little."""
        return [*self.content, *self.pairs] if self.bare else self.content

    def tokens(self, text: str) -> set[str]:
        """The words of a text, and its pairs of neighbouring words, as those of the question are written."""
        tokens = self._in_order(text)
        return {*tokens, *bigrams(tokens)}

    def in_best_sentence(self, title: str, text: str) -> float:
        """The largest share (0 to 1) of the content words that one sentence of the text and the title hold."""
        titled = set(self._in_order(title))
        held = (share(self.content, titled.union(self._in_order(text[start:end]))) for start, end in sentences(text))
        return max(held, default=0.0)

    def _in_order(self, text: str) -> list[str]:
        return [fold(word) for word in words(text)] if self.bare else words(text)


def is_typed_bare(question: str, lexical: LexicalIndex) -> bool:
    """Whether a question was typed without the diacritics that its words have in the collection.

    It has none itself, and most of its words that the collection knows are far more often known as words that lost
    theirs.
    """
    if has_diacritics(question):
        return False
    tokens = set(words(question))
    folded = {token: lexical.document_frequency(token, "folded") for token in tokens}
    stripped = [token for token, found in folded.items() if found > 2 * lexical.document_frequency(token, "words")]
    known = sum(found > 0 for found in folded.values())
    return len(stripped) > known / 2 and known > len(tokens) / 2


def rarity(token: str, field: str, lexical: LexicalIndex) -> float:
    """How rare a word is among the chunks: its inverse document frequency."""
    return inverse_frequency(lexical.document_frequency(token, field), len(lexical))


def inverse_frequency(held: int, texts: int) -> float:
    """Inverse document frequency, as BM25 counts it, of a word that `held` of `texts` hold."""
    return math.log(1 + (texts - held + 0.5) / (held + 0.5))


def share(weights: Mapping[str, float], tokens: set[str]) -> float:
    """The share (0 to 1) of the weights that stands for tokens that are there."""
    whole = sum(weights.values())
    return sum(weight for token, weight in weights.items() if token in tokens) / whole if whole else 0.0
