from __future__ import annotations

from rag.models.text_vectors import TextVectors
from tests.doubles import HashEmbedder


def test_vectors_come_in_the_order_of_the_texts() -> None:
    embedder = HashEmbedder()
    vectors = TextVectors(embedder)
    texts = ["Dài 450 m.", "Đẹp.", "Dài 450 m."]
    assert vectors.of(texts).tolist() == embedder.embed_queries(texts).tolist()
    assert vectors.of([]).shape == (0, embedder.dimension)


def test_a_text_is_embedded_once() -> None:
    embedder = HashEmbedder()
    vectors = TextVectors(embedder)
    vectors.of(["Một.", "Hai.", "Một."])
    vectors.of(["Ba.", "Hai."])
    assert embedder.embedded == ["Một.", "Hai.", "Ba."]
