"""Passages -> the sentences that answer, with exact offsets, and how sure it is that the collection holds an answer."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.embeddings import Embedder
from rag.lexical import LexicalIndex
from rag.retrieval import Passage, lexical_share, standardised
from rag.text import bigrams, fold, sentences, words


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence of an article: `article.text[start:end] == text`; `score` grows with how well it answers."""

    article_id: str
    title: str
    source: str
    published: str | None
    language: str
    start: int
    end: int
    text: str
    score: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """Quotes, best first, the passages they were taken from, and the probability (0 to 1) that they hold the answer."""

    quotes: tuple[Quote, ...]
    passages: tuple[Passage, ...]
    confidence: float
