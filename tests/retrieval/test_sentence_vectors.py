from __future__ import annotations

from dataclasses import replace

import numpy as np

from rag.documents.passage_sentences import sentences_of
from rag.index.snapshot import Snapshot
from rag.index.store import ChunkSentences
from rag.models.embedder import Embedder
from rag.retrieval.sentence_vectors import SentenceVectors


class Kept:
    """The sentences that a store keeps of some chunks."""

    def __init__(self, snapshot: Snapshot, *ids: int) -> None:
        self._kept = snapshot.store.sentences(ids)

    def sentences(self, ids: list[int]) -> dict[int, ChunkSentences]:
        return {each: self._kept[each] for each in ids if each in self._kept}


def test_sentences_are_not_embedded_again(snapshot: Snapshot, embedder: Embedder) -> None:
    chunks = [*snapshot.store.all_chunks()][:5]
    found = SentenceVectors(snapshot.store, None).of(chunks)  # type: ignore[arg-type]
    assert [len(rows) for rows in found] == [len(sentences_of(chunk.text)) for chunk in chunks]
    np.testing.assert_allclose(np.linalg.norm(np.concatenate(found), axis=1), 1, atol=1e-4)
    assert SentenceVectors(snapshot.store, embedder).of([]) == []


def test_what_is_not_kept_or_cut_otherwise_is_embedded(snapshot: Snapshot, embedder: Embedder) -> None:
    first, second, third = [*snapshot.store.all_chunks()][:3]
    whole = SentenceVectors(snapshot.store, embedder).of([first, second, third])
    kept = Kept(snapshot, first.id, third.id)
    for own, other in zip(whole, SentenceVectors(kept, embedder).of([first, second, third]), strict=True):  # type: ignore[arg-type]
        assert np.einsum("nd,nd->n", own, other).min() > 0.999
    end = sentences_of(third.text)[0].end
    cut = replace(third, text=third.text[:end], end=third.start + end)
    (rows,) = SentenceVectors(kept, embedder).of([cut])  # type: ignore[arg-type]
    assert len(rows) == 1
