from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.documents.article import Article
from rag.documents.chunking import Chunk, split_into_chunks
from rag.documents.formats import Loaded, load
from rag.models.embedder import Embedder
from rag.text.normalize import clean
from tests.doubles import HashEmbedder
from tests.strategies import texts

CORPUS = Path(__file__).parents[1] / "corpus"
count = HashEmbedder().count_tokens


def article(text: str, title: str = "Tiêu đề", published: str | None = None) -> Article:
    return Article("a", title, text, "a", published, "vi")


def cut(
    text: str, size: int = 32, overlap: int = 0, title: str = "Tiêu đề", published: str | None = None
) -> list[Chunk]:
    return split_into_chunks(article(text, title, published), count, size=size, overlap=overlap)


SAID = ("Họ vui.", "Ông cũng nói thế.", "Trần Văn Bình đến Hà Nội hôm qua.", "\n\nKhởi công cầu\n\n")
long_texts = st.lists(texts | st.sampled_from(SAID), max_size=12).map(" ".join).map(clean)
dates = st.none() | st.just("2016-07-21")


@given(long_texts, st.integers(32, 64), st.integers(0, 256), dates)
def test_spans_are_exact_and_cover_the_article(text: str, size: int, overlap: int, published: str | None) -> None:
    chunks = cut(text, size, overlap, published=published)
    assert chunks == cut(text, size, overlap, published=published)
    covered = {place for chunk in chunks for place in range(chunk.start, chunk.end)}
    assert {place for place, letter in enumerate(text) if not letter.isspace()} <= covered
    for chunk in chunks:
        assert text[chunk.start : chunk.end] == chunk.text == chunk.text.strip() != ""
        assert chunk.indexed == f"{chunk.head}\n{chunk.text}"
        assert chunk.head.split("\n")[0] == "Tiêu đề"
        assert chunk.key == hashlib.sha256(chunk.indexed.encode()).hexdigest()


@given(long_texts, st.integers(32, 64), st.integers(0, 256), dates)
def test_each_chunk_goes_on_and_none_is_too_long(text: str, size: int, overlap: int, published: str | None) -> None:
    chunks = cut(text, size, overlap, published=published)
    assert all(count([chunk.indexed])[0] <= size for chunk in chunks)
    assert all(count([chunk.head])[0] <= size // 4 for chunk in chunks)
    for one, other in pairwise(chunks):
        assert one.start < other.start
        assert one.end < other.end, "a chunk that holds nothing new"
        repeated = text[other.start : one.end] if other.start < one.end else ""
        assert count([repeated])[0] <= overlap


def test_a_short_article_is_one_chunk() -> None:
    (chunk,) = cut("Một câu. Hai câu.\n\nBa câu.")
    assert (chunk.start, chunk.text) == (0, "Một câu. Hai câu.\n\nBa câu.")


def test_chunks_end_at_sentence_ends_and_overlap_by_whole_sentences() -> None:
    text = " ".join(f"Câu số {number} có tám từ ở đây." for number in range(20))
    chunks = cut(text, size=32, overlap=10)
    assert len(chunks) > 5
    assert all(chunk.text.startswith("Câu số") and chunk.text.endswith("ở đây.") for chunk in chunks)
    for one, other in pairwise(chunks):
        assert text[other.start : one.end].count("Câu số") == 1


def test_no_overlap_repeats_nothing() -> None:
    chunks = cut("Một hai ba bốn năm sáu. " * 30)
    assert all(one.end <= other.start for one, other in pairwise(chunks))


def test_what_is_repeated_leaves_room_for_what_follows() -> None:
    text = "Một hai ba bốn. Năm sáu bảy tám chín mười. " + "rất " * 25 + "dài."
    assert [chunk.text[:7] for chunk in cut(text, size=32, overlap=20)] == ["Một hai", "rất rất"]


def test_a_long_sentence_is_cut_at_blanks() -> None:
    text = " ".join(f"từ{number}" for number in range(300))
    chunks = cut(text)
    assert len(chunks) > 5
    assert [word for chunk in chunks for word in chunk.text.split()] == text.split()


def test_a_long_word_is_cut_anywhere() -> None:
    text = "x" * 5000
    assert "".join(chunk.text for chunk in cut(text)) == text


def test_a_long_title_is_cut_and_leaves_half_of_the_room() -> None:
    chunks = cut("Một hai ba bốn. " * 40, size=64, title="tít " * 100)
    assert all(chunk.indexed.startswith("tít " * 50 + "\n") for chunk in chunks)
    assert max(count([chunk.text])[0] for chunk in chunks) >= 30


def test_the_head_says_what_the_first_sentence_leaves_unsaid() -> None:
    plain = "Giá vé không đổi trong năm nay và năm sau nữa. " * 2
    text = f"Khởi công cầu\n\nTrần Văn Bình xem cầu. {plain}Ông cũng nói là cầu rất tốt và bền. {plain}"
    first, second = cut(text, size=48, published="2016-07-21")
    assert (first.text[:13], first.head) == ("Khởi công cầu", "Tiêu đề\n21/7/2016")
    assert second.text.startswith("Ông cũng")
    assert second.head == "Tiêu đề\nTrần Văn Bình\nKhởi công cầu", "the date is left out: it would be too much"
    first, second = cut(text, size=56, published="2016-07-21")
    assert second.text.startswith("Giá vé")
    assert second.head == "Tiêu đề\nKhởi công cầu\n21/7/2016"


def test_the_head_is_the_title_where_there_is_no_more_to_say() -> None:
    chunks = cut("Cầu dài ba cây số. Trần Văn Bình đến xem. Mưa rơi.\n\n" * 20)
    assert len(chunks) > 5
    assert {chunk.head for chunk in chunks} == {"Tiêu đề"}


def test_a_head_takes_a_quarter_at_most_and_leaves_a_long_sentence_whole() -> None:
    (chunk,) = cut("Một câu.", title="tít " * 8, published="2016-07-21")
    assert chunk.head == "tít " * 8
    sentence = " ".join(["rất"] * 27)
    (chunk,) = cut(sentence, published="2016-07-21")
    assert (chunk.head, chunk.text) == ("Tiêu đề", sentence)


@pytest.mark.parametrize("text", ["", " \n\t "])
def test_nothing_to_cut(text: str) -> None:
    assert cut(text) == []


def test_the_key_moves_with_the_text_and_the_head_only() -> None:
    keys = {cut(text, title=title)[0].key for text, title in [("a b", "t"), ("a c", "t"), ("a b", "u")]}
    keys.add(cut("a b", title="t", published="2024-01-01")[0].key)
    assert len(keys) == 4
    other = Article("b", "t", "a b", "elsewhere", None, "en")
    assert split_into_chunks(other, count, size=64, overlap=3)[0].key == cut("a b", title="t")[0].key


def test_the_corpus_with_the_real_tokens(embedder: Embedder) -> None:
    found = [each.article for each in load(CORPUS) if isinstance(each, Loaded)]
    assert len(found) > 15
    for each in found:
        chunks = split_into_chunks(each, embedder.count_tokens, size=128, overlap=16)
        assert all(each.text[chunk.start : chunk.end] == chunk.text for chunk in chunks)
        # Tokens of sentences are counted apart; joined, a few more or fewer come out.
        assert max(embedder.count_tokens([chunk.indexed for chunk in chunks])) <= 128 - 2 + 3


@pytest.mark.parametrize(
    "text",
    [
        "Ai" + "\u200d" * 100_000,
        "\u200d\n" * 50_000 + "Ai.",
        "Một" + " " * 100_000 + "hai.",
        "Một.\n" + "\n" * 100_000 + "Hai.\n",
        "𓀀" * 100_000,
    ],
)
def test_no_chunk_is_long_because_its_characters_are_few_tokens(text: str) -> None:
    def visible_words(texts: Sequence[str]) -> list[int]:
        return [len(each.replace("\u200d", " ").split()) for each in texts]

    chunks = split_into_chunks(article(text), visible_words, size=32, overlap=4)
    assert max(len(chunk.text) for chunk in chunks) <= 32 * 16
    covered = {place for chunk in chunks for place in range(chunk.start, chunk.end)}
    assert {place for place, letter in enumerate(text) if not letter.isspace()} <= covered
