"""A request -> the query that is searched for: standing alone, with its diacritics, as a vector and as terms."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rag.config import LlmSettings
from rag.documents.passage_sentences import Sentence
from rag.errors import ModelError
from rag.index.leg import Field, TermStatistics
from rag.models.cosine_offsets import cosine_offset
from rag.models.embedder import PINNED_MODEL, Embedder
from rag.models.llm import LanguageModel
from rag.models.question_centres import centred, centred_share
from rag.query.conversation import Turn
from rag.query.diacritics import is_typed_bare, respelled, restore
from rag.query.followup import QUESTION_CHARS, TURNS, is_followup, standalone
from rag.query.question_kind import FRAMED, UNSEARCHED, QuestionKind, question_kind
from rag.query.question_type import QuestionType, question_type
from rag.query.relative_dates import asks_latest, with_absolute_dates
from rag.query.request import Request
from rag.query.rewriting import rewrite
from rag.query.self_contained import is_self_contained
from rag.query.spelling import corrected
from rag.query.truecase import truecased
from rag.text.analyzer import terms, without_diacritics
from rag.text.dates import dates
from rag.text.language import language_of
from rag.text.names import names
from rag.text.normalize import clean, has_diacritics
from rag.text.words import bigrams, content_words, without_framing

_QUOTED = re.compile(
    r"(?:^|(?<=[\s(]))\"(?=\S)([^\"]+)\"|“([^“”]+)”|«([^«»]+)»|‘([^‘’]+)’|„([^„“”]+)[“”]|「([^「」]+)」|『([^『』]+)』"
)
_RUN = re.compile(r"\w+(?:[-/.&]\w+)*")


@dataclass(frozen=True, eq=False, slots=True)
class Query:
    """A question and all that is known of it before the search.

    `standalone` is the question with what a follow-up leaves unsaid, and `text`, which is searched for, that with its
    relative dates made absolute and with the diacritics restored that it was typed without; `bare`
    says that there were such. `language` is its language (ISO 639-1, `und` when it cannot be told), `reply_language`
    the one to answer in. `type` is what it asks for; `latest` says that it asks how things are on the day of the
    request, so that later articles count more; `kind` says what kind of reply it wants.

    `vector` (d,) is the unit vector of `text`, and `centred` (d,) what passages and sentences are ranked by: less what
    the questions of its language have in common. `measured` says that both can be compared across languages.
    `content` are the weights (inverse document frequencies) of the words that name something, and of the dates; `pairs`
    those of neighbouring words; `named` the words of its names and numbers; `phrases` what must stand word for word:
    what is in quotation marks, and `codes` (12/2021/NQ-HĐND). With `folded` all words are compared without diacritics.
    """

    standalone: str
    text: str
    language: str
    reply_language: str
    type: QuestionType
    latest: bool
    vector: NDArray[np.float32]
    centred: NDArray[np.float32]
    measured: bool
    bare: bool
    folded: bool
    content: Mapping[str, float]
    pairs: Mapping[str, float]
    named: frozenset[str]
    phrases: Sequence[Sequence[str]]
    codes: Sequence[Sequence[str]]
    kind: QuestionKind = "fact"

    @property
    def polar(self) -> bool:
        """Whether yes or no is asked for."""
        return self.kind == "yes_no" or self.type.polar

    @property
    def terms(self) -> Iterable[str]:
        """What tells sentences apart: content words, and pairs where a syllable without its diacritics says little."""
        return [*self.content, *self.pairs] if self.bare else self.content

    def tokens(self, text: str) -> list[str]:
        """The terms of a text in order, in the form in which those of the question are compared."""
        return self.compared(terms(text))

    def compared(self, tokens: Iterable[str]) -> list[str]:
        """Tokens in the form in which those of the question are compared: without diacritics if it has none."""
        return _compared(tokens, folded=self.folded)

    def words_of(self, sentence: Sentence) -> tuple[str, ...]:
        """The terms of a sentence in order, in the form in which those of the question are compared."""
        return sentence.bare if self.folded else sentence.terms

    def is_foreign_to(self, language: str) -> bool:
        """Whether a text of that language is in another than the question, as far as both are known."""
        return "und" not in (self.language, language) and self.language != language

    def cosine_offset(self, language: str) -> float:
        """What makes the cosine with a text of that language comparable, 0 where it was not measured."""
        return cosine_offset(self.language, language) if self.measured else 0.0

    def centred_offset(self, language: str) -> float:
        """The same of the product with the centred vector: less, as the centres of the languages take part in it."""
        return (1 - centred_share()) * self.cosine_offset(language)


def understand(
    request: Request,
    statistics: TermStatistics,
    embedder: Embedder,
    *,
    languages: Sequence[str] = (),
    texts: Callable[[str], Iterable[str]] = lambda question: (),
    llm: Callable[[], LanguageModel | None] = lambda: None,
    settings: LlmSettings | None = None,
) -> Query:
    """The query of a request: what is searched for, once, by everything that answers.

    `statistics` are those of the terms of the collection, `languages` its languages, the most frequent first, and
    `texts` gives those with most of a question's words, by which names typed in small letters are known. A
    follow-up is made to stand alone by rules, and where they find nothing to add, by the language model if the request
    is for its words.
    """
    typed = request.question
    spelled = respelled(typed, statistics) if request.history else typed
    history = _turns_to_build_on(request, spelled, embedder)
    cased = truecased(spelled, texts(spelled)) if history else typed
    turns = tuple(_spelled_turn(turn, statistics, texts) for turn in history[-TURNS:])
    alone = standalone(cased, turns)
    alone = typed if alone == cased else alone
    undone = alone == typed and turns and is_followup(cased)
    if undone and request.mode == "generative" and settings:
        alone = _rewritten(replace(request, history=turns), llm, settings.timeout) or alone
    if embedder.name == PINNED_MODEL and not request.as_typed:
        alone = corrected(alone, statistics, embedder)
    known = [language for each in (request.question, alone) if (language := language_of(each)) != "und"]
    text = with_absolute_dates(alone, request.today)
    return make_query(
        text,
        statistics,
        embedder,
        standalone=alone,
        reply_language=next(iter((*known, *languages, "vi"))),
        latest=asks_latest(alone),
    )


def make_query(
    question: str,
    statistics: TermStatistics,
    embedder: Embedder,
    *,
    standalone: str | None = None,
    reply_language: str | None = None,
    latest: bool = False,
    framed: bool = False,
) -> Query:
    """The query of a question that stands alone and names no day by its distance from today.

    `framed` says that it also holds words for the form of a reply, as the side of a comparison does.
    """
    typed = clean(question)
    bare = is_typed_bare(typed, statistics)
    text = restore(typed, statistics) if bare else typed
    language = language_of(text)
    # In other languages Vietnamese names are mostly written without diacritics: Son Doong.
    folded = bare or (language not in ("vi", "und") and not has_diacritics(text))
    field: Field = "folded" if folded else "words"
    tokens = _compared(terms(text), folded=folded)
    vector, measured = embedder.embed_queries([text])[0], embedder.name == PINNED_MODEL
    kind: QuestionKind = question_kind(text, vector) if measured else "fact"
    if framed or kind in FRAMED:
        tokens = without_framing(tokens, language, bare=folded)
    wanted = content_words(tokens, language, bare=bare) + dates(text)
    codes = [phrase for run in _codes(text) if (phrase := _compared(terms(run), folded=folded))]
    quoted = [phrase for run in _quoted(text) if (phrase := _compared(terms(run), folded=folded))]
    return Query(
        standalone=question if standalone is None else standalone,
        text=text,
        language=language,
        reply_language=language if reply_language is None else reply_language,
        type=question_type(text),
        latest=latest or kind == "latest",
        vector=vector,
        centred=centred(vector, language) if measured else vector,
        measured=measured,
        bare=bare,
        folded=folded,
        content={token: rarity(token, field, statistics) for token in wanted},
        pairs={pair: rarity(pair, field, statistics) for pair in bigrams(tokens)},
        named=_named(text, folded=folded),
        phrases=quoted + codes,
        codes=codes,
        kind=kind,
    )


def _spelled_turn(turn: Turn, statistics: TermStatistics, texts: Callable[[str], Iterable[str]]) -> Turn:
    """A turn whose question has its diacritics and names, as a later question is read that builds on it."""
    asked = turn.question if turn.standalone is None else turn.standalone
    spelled = respelled(asked[:QUESTION_CHARS], statistics)
    cased = truecased(spelled, texts(spelled))
    return replace(turn, question=cased) if turn.standalone is None else replace(turn, standalone=cased)


def _turns_to_build_on(request: Request, spelled: str, embedder: Embedder) -> tuple[Turn, ...]:
    """The turns that a question may depend on: none of small talk, and none at all for what needs none."""
    if not request.history or embedder.name != PINNED_MODEL:
        return request.history
    asked = [spelled, *(turn.question for turn in request.history)]
    vectors = embedder.embed_queries(asked)
    own, *before = map(question_kind, asked, vectors)
    if own in (*UNSEARCHED, "collection") or is_self_contained(spelled, vectors[0]):
        return ()
    return tuple(turn for turn, kind in zip(request.history, before, strict=True) if kind not in UNSEARCHED)


def rarity(token: str, field: Field, statistics: TermStatistics) -> float:
    """How rare a term is among the chunks: its inverse document frequency."""
    return inverse_document_frequency(statistics.document_frequency(token, field), statistics.chunk_count)


def inverse_document_frequency(frequency: int, documents: int) -> float:
    """Inverse document frequency, as BM25 counts it, of a term that stands in `frequency` of `documents`."""
    return math.log(1 + (documents - frequency + 0.5) / (frequency + 0.5))


def share(weights: Mapping[str, float], tokens: Set[str]) -> float:
    """The share (0 to 1) of the weights that stands for tokens that are there."""
    whole = sum(weights.values())
    return sum(weight for token, weight in weights.items() if token in tokens) / whole if whole else 0.0


def holds(tokens: Sequence[str], phrase: Sequence[str]) -> bool:
    """Whether the tokens of a phrase stand side by side, in its order, among the tokens."""
    phrase = [*phrase]
    return any(tokens[start : start + len(phrase)] == phrase for start in range(len(tokens) - len(phrase) + 1))


def _rewritten(request: Request, llm: Callable[[], LanguageModel | None], timeout: float) -> str | None:
    """The follow-up as the language model makes it stand alone; None without one, or when it makes none."""
    try:
        model = llm()
    except ModelError:
        return None
    return rewrite(request.question, request.history, model, timeout) if model else None


def _compared(tokens: Iterable[str], *, folded: bool) -> list[str]:
    return without_diacritics(tokens) if folded else [*tokens]


def _named(text: str, *, folded: bool) -> frozenset[str]:
    """The words of the names and numbers, each day as one."""
    days = dates(text)
    in_days = {part for day in days for part in re.split(r"\W", day)}
    named = (word for name in names(text) for word in _compared(terms(name), folded=folded))
    return frozenset(word for word in named if word not in in_days).union(days)


def _quoted(text: str) -> Iterable[str]:
    """What stands in quotation marks."""
    return (next(filter(None, match.groups())) for match in _QUOTED.finditer(text))


def _codes(text: str) -> Iterable[str]:
    """Runs in which letters, with a capital among them, and digits are mixed: 12/2021/NQ-HĐND, QL1A, X7-900."""
    runs = (match[0] for match in _RUN.finditer(text))
    return (run for run in runs if any(map(str.isdigit, run)) and any(map(str.isupper, run)))
