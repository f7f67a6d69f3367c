"""Passages -> their sentences, each with a score of how well it answers the question."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.answering.evidence_weights import evidence_weights
from rag.documents.passage_sentences import heading_of, sentences_of
from rag.models.reranker import ReaderAnswer, Reading
from rag.query.query import Query, inverse_document_frequency, share
from rag.retrieval.fusion import standardised
from rag.retrieval.nearest_sentence import SentenceCosines
from rag.retrieval.passage import Passage
from rag.text.words import bigrams

Scores = NDArray[np.float32]
_UNKNOWN = (np.nan, np.nan)


@dataclass(frozen=True, slots=True)
class PassageSentence:
    """A sentence of a passage: `article.text[start:end] == text`; the one before it in the passage begins at `before`.

    It is number `place` of `sentences_of(passage.text)`.
    `tokens` are the terms, pairs of terms and dates that it and its title hold, as those of the question are compared.
    """

    passage: Passage
    start: int
    end: int
    text: str
    tokens: frozenset[str]
    before: int
    place: int


@dataclass(frozen=True, eq=False, slots=True)
class SentenceFeatures:
    """What is found out about sentences, arrays (n,).

    `cosine`, `words` and `passage` are standardised; `reader` is the reader's score (log odds) of its best answer in
    each, None without a reader.
    """

    cosine: Scores
    words: Scores
    passage: Scores
    reader: Scores | None


def sentences_in(query: Query, passages: Sequence[Passage]) -> list[PassageSentence]:
    """The sentences of passages, in order, each once although passages of an article overlap."""
    found: dict[tuple[str, int], PassageSentence] = {}
    for passage in passages:
        title = query.words_of(heading_of(passage.title))
        under = frozenset((*title, *bigrams(title)))
        before = passage.start
        for place, sentence in enumerate(sentences_of(passage.text)):
            own = query.words_of(sentence)
            tokens = under.union(own, bigrams(own), sentence.dates)
            start, end = passage.start + sentence.start, passage.start + sentence.end
            text = passage.text[sentence.start : sentence.end]
            own_place = PassageSentence(passage, start, end, text, tokens, before, place)
            found.setdefault((passage.article_id, start), own_place)
            before = start
    return list(found.values())


def cosines_of(query: Query, found: Sequence[PassageSentence], cosines: SentenceCosines) -> Scores:
    """How near sentences are to the question (n, 2), made comparable between languages: see `SentenceCosines`.

    Sentences of passages for which that is not known count as the lowest of the others.
    """
    own = [cosines.get(each.passage.chunk_id) for each in found]
    known = np.array([_UNKNOWN if rows is None else rows[each.place] for each, rows in zip(found, own, strict=True)])
    languages = [each.passage.language for each in found]
    known += [(query.centred_offset(language), query.cosine_offset(language)) for language in languages]
    filled: Scores = np.where(np.isnan(known), np.nanmin(known, axis=0, initial=1.0), known).astype(np.float32)
    return filled


def reader_answers(
    query: Query, found: Sequence[PassageSentence], readings: Mapping[int, Reading]
) -> list[ReaderAnswer | None]:
    """The words of each sentence that the reader would answer with; offsets are in the sentence.

    None in a passage that it did not read. `readings` are by the ids of chunks.
    """
    answers: list[ReaderAnswer | None] = []
    for each in found:
        at = each.start - each.passage.start
        reading = readings.get(each.passage.chunk_id)
        best = reading.best_answer(at, at + len(each.text)) if reading else None
        answers.append(ReaderAnswer(best.start - at, best.end - at, best.score) if best else None)
    return answers


def sentence_features(
    query: Query,
    found: Sequence[PassageSentence],
    cosines: Scores,
    readings: Mapping[int, Reading] | None,
    answers: Sequence[ReaderAnswer | None],
) -> SentenceFeatures:
    """What the scores of sentences are made of: how near they are, words, passages and the reader's answers."""
    return SentenceFeatures(
        cosine=standardised(cosines[:, 0]),
        words=standardised(_telling(query.terms, [each.tokens for each in found])),
        passage=standardised(np.array([each.passage.score for each in found], dtype=np.float32)),
        reader=_reader_scores(query, found, readings, answers) if readings else None,
    )


def scores_of(query: Query, found: Sequence[PassageSentence], features: SentenceFeatures) -> Scores:
    """The scores (n,) of sentences, higher is better, comparable within one question only.

    The weighted sum of their features, and where the latest is asked for, what the article they stand in adds.
    """
    weights = evidence_weights()
    parts = (
        (weights.cosine, features.cosine),
        (weights.words, features.words),
        (weights.passage, features.passage),
    )
    scores: Scores = sum((weight * part for weight, part in parts), np.zeros_like(features.cosine))
    if features.reader is not None:
        scores += weights.reader * features.reader
    if query.latest:
        scores += weights.latest * _recency([each.passage.published for each in found], scores)
    return scores


def _reader_scores(
    query: Query,
    found: Sequence[PassageSentence],
    readings: Mapping[int, Reading],
    answers: Sequence[ReaderAnswer | None],
) -> Scores:
    """The scores (n,) of the reader's best answer in each sentence.

    Sentences that it did not read count as the mean of the others. It is less sure across languages: beside
    sentences in the question's language those in another count as the best of these at least, or as
    `EvidenceWeights.other_language` where that is less.
    """
    weights = evidence_weights()
    floor = weights.reader_floor
    worth = np.array([max(floor, best.score) if best else np.nan for best in answers], np.float32)
    foreign = np.array([query.is_foreign_to(each.passage.language) for each in found])
    if not np.isnan(worth[~foreign]).all():
        least = min(weights.other_language, float(np.nanmax(worth[~foreign])))
        worth[foreign] = np.maximum(worth[foreign], least)  # what was not read stays so
    unread = floor if np.isnan(worth).all() else float(np.nanmean(worth))
    known: Scores = np.where(np.isnan(worth), unread, worth)
    return known


def _recency(published: Sequence[str | None], scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """0 for the earliest of the days, and for none, to 1 for the latest, in even steps.

    Only days count of which a sentence could come first with the whole gain: a later article about something else is
    not the latest about this.
    """
    days = [each[:10] if each else "" for each in published]
    near = scores >= scores.max() - evidence_weights().latest
    known = sorted({day for day, is_near in zip(days, near.tolist(), strict=True) if day and is_near})
    steps = {day: place / (len(known) - 1) for place, day in enumerate(known)} if len(known) > 1 else {}
    return np.array([steps.get(day, 0.0) for day in days], np.float32)


def _telling(terms: Iterable[str], held: Sequence[frozenset[str]]) -> NDArray[np.float32]:
    """Shares (n,), 0 to 1, of the terms that each sentence holds, each weighted by how few of the sentences hold it."""
    counts = {token: sum(token in tokens for tokens in held) for token in terms}
    weights = {token: inverse_document_frequency(count, len(held)) for token, count in counts.items() if count}
    return np.array([share(weights, tokens) for tokens in held], dtype=np.float32)
