from __future__ import annotations

from hypothesis import given

from rag.retrieval.passage_sentences import SentenceVectors, sentences_of
from rag.text.analyzer import terms
from rag.text.normalize import clean
from tests.doubles import HashEmbedder
from tests.strategies import texts


@given(texts)
def test_sentences_are_pieces_of_the_text(text: str) -> None:
    text = clean(text)
    last = 0
    for each in sentences_of(text):
        assert last <= each.start < each.end <= len(text)
        assert each.terms == tuple(terms(text[each.start : each.end]))
        last = each.end


def test_vectors_come_in_the_order_of_the_texts() -> None:
    embedder = HashEmbedder()
    vectors = SentenceVectors(embedder)
    texts = ["Dài 450 m.", "Đẹp.", "Dài 450 m."]
    assert vectors.of(texts).tolist() == embedder.embed_queries(texts).tolist()
    assert vectors.of([]).shape == (0, embedder.dimension)


def test_a_sentence_is_embedded_once() -> None:
    embedder = HashEmbedder()
    vectors = SentenceVectors(embedder)
    vectors.of(["Một.", "Hai.", "Một."])
    vectors.of(["Ba.", "Hai."])
    assert embedder.embedded == ["Một.", "Hai.", "Ba."]
