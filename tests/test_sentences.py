from __future__ import annotations

from hypothesis import given

from rag.sentences import SentenceVectors, sentences_of
from rag.terms import terms
from rag.text import clean
from tests.fakes import HashEmbedder
from tests.strategies import texts


@given(texts)
def test_sentences_are_pieces_of_the_text(text: str) -> None:
    text = clean(text)
    last = 0
    for each in sentences_of(text):
        assert last <= each.start < each.end <= len(text)
        assert each.terms == tuple(terms(text[each.start : each.end]))
        last = each.end


def test_vectors_are_those_of_the_sentences_under_the_title() -> None:
    embedder = HashEmbedder()
    vectors = SentenceVectors(embedder)
    first, second = vectors.of([("Cầu", "Dài 450 m. Đẹp."), ("Ga", "Có 12 ga.")])
    assert first.tolist() == embedder.embed_queries(["Cầu\nDài 450 m.", "Cầu\nĐẹp."]).tolist()
    assert second.tolist() == embedder.embed_queries(["Ga\nCó 12 ga."]).tolist()
    assert len(vectors.of([("Tin", "…")])[0]) == 0
    assert vectors.of([]) == []


def test_a_sentence_is_embedded_once() -> None:
    embedder = HashEmbedder()
    vectors = SentenceVectors(embedder)
    passage = ("Cầu", "Dài 450 m. Đẹp.")
    again = vectors.of([passage, passage])
    assert again[0] is again[1]
    vectors.of([("Ga", "Mới."), passage])
    assert embedder.embedded == ["Cầu\nDài 450 m.", "Cầu\nĐẹp.", "Ga\nMới."]
