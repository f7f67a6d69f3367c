"""Summaries made of an article's own sentences: its lead, and those nearest to all that it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rag.answering.evidence import Evidence
from rag.answering.quote import quote_of
from rag.documents.article import Article
from rag.documents.passage_sentences import Sentence, sentences_of
from rag.index.store import Store, page_of
from rag.models.text_vectors import TextVectors
from rag.prompt_injection import is_injection
from rag.query.query import Query
from rag.text.sentences import ends_sentence

# How many sentences a summary of one article has, and how many of each article where there are several.
SENTENCES, SENTENCES_OF_EACH = 5, 2
# How much the first sentence, and each by how early it stands, counts beside the nearness to the whole; at which cosine
# two sentences say the same. Of 150 articles of vietnews the five sentences hold .67 of the words of the editor's
# summary, as the first five do; without the two weights .58 (`tests/benchmarks/summaries.py`).
LEAD, EARLY, SAME = 0.05, 0.1, 0.93
# How many terms a sentence that says something by itself has at least, and characters at most; and how many sentences
# of an article are looked at.
_FEWEST_TERMS, _LONGEST, _MOST = 5, 700, 120


@dataclass(frozen=True, slots=True)
class SummarySentence:
    """A sentence of an article, `text[start:end]`, and how well (higher is better) it stands for the article."""

    start: int
    end: int
    score: float


def summarised(query: Query, evidence: Evidence, store: Store, vectors: TextVectors) -> Evidence:
    """The evidence with the sentences that sum up the article meant, in its order, as its quotes.

    Two articles whose titles both name the subject are summed up both, by their dates. The evidence stays as it is
    when it names no article.
    """
    articles = [article for each in _meant(query, evidence) if (article := store.article(each))]
    if not articles:
        return evidence
    articles.sort(key=lambda each: each.published or "")
    count = SENTENCES if len(articles) == 1 else SENTENCES_OF_EACH
    quotes = [
        quote_of(article, sentence.start, sentence.end, page_of(article.teaser_of, store))
        for article in articles
        for sentence in central_sentences(article, vectors, count)
    ]
    return replace(evidence, quotes=tuple(quotes), short=None) if quotes else evidence


def central_sentences(article: Article, vectors: TextVectors, count: int) -> list[SummarySentence]:
    """The `count` sentences that stand best for an article, in its order, none that says what another says.

    A sentence counts by its cosine with the mean of all, as in Radev et al., Centroid-based summarization (2004), and
    by how early it stands.
    """
    # A heading and a row of a table end with no mark.
    telling = [each for each in sentences_of(article.text) if _says_something(article.text, each)]
    whole = ([each for each in telling if ends_sentence(article.text[each.start : each.end])] or telling)[:_MOST]
    if not whole:
        return []
    rows = vectors.of([article.text[each.start : each.end] for each in whole])
    scores = scores_of(rows)
    chosen: list[int] = []
    for place in np.argsort(-scores, kind="stable").tolist():
        if all(float(rows[place] @ rows[other]) < SAME for other in chosen):
            chosen.append(place)
        if len(chosen) == count:
            break
    return [SummarySentence(whole[i].start, whole[i].end, float(scores[i])) for i in sorted(chosen)]


def _says_something(text: str, sentence: Sentence) -> bool:
    """Whether a sentence is neither a scrap, nor a whole text without stops, nor an order to a model."""
    said = text[sentence.start : sentence.end]
    return len(sentence.terms) >= _FEWEST_TERMS and len(said) <= _LONGEST and not is_injection(said)


def scores_of(rows: NDArray[np.float32]) -> NDArray[np.float64]:
    """The scores (n,) of the sentences of an article, in its order, from their unit vectors (n, d)."""
    centre = rows.mean(axis=0)
    nearness = rows @ (centre / (np.linalg.norm(centre) or 1.0))
    places = np.arange(len(rows))
    scores: NDArray[np.float64] = nearness + LEAD * (places == 0) + EARLY * (1 - places / len(rows))
    return scores


def _meant(query: Query, evidence: Evidence) -> Sequence[str]:
    """The ids of the articles that are meant: the one whose title holds most of the question, else the best passage's.

    Two when the titles of both hold all of it.
    """
    wanted = set(query.content)
    titles: dict[str, str] = {each.article_id: each.title for each in evidence.passages}
    if not titles:
        return ()
    shares = {article: len(wanted & set(query.tokens(title))) for article, title in titles.items()}
    whole = [article for article, share in shares.items() if share == len(wanted)]
    if len(whole) > 1:
        return whole[:2]
    first = next(iter(titles))
    best = max(shares, key=lambda article: shares[article])
    return [best if shares[best] > shares[first] else first]
