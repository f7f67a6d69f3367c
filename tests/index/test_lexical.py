from __future__ import annotations

import shutil
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.index.lexical import FIELDS, LexicalIndex, indexed, write
from rag.text.normalize import clean, fold
from rag.text.words import bigrams, words
from tests.strategies import texts

VOCABULARY = ["hà", "nội", "hoà", "hòa", "bình", "binh", "cầu", "rồng", "duong", "đường", "sắt", "7.345", "北京", "京"]

documents = st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=8).map(" ".join)
questions = st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=5).map(" ".join)


@contextmanager
def built(documents: Iterable[tuple[int, str]]) -> Iterator[LexicalIndex]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        write(Path(folder) / "a", documents)
        yield LexicalIndex(Path(folder) / "a")


def found(index: LexicalIndex, question: str, k: int = 1000) -> dict[int, float]:
    hits = index.search(question, k)
    ids, scores = hits.ids, hits.scores
    return dict(zip(ids.tolist(), scores.tolist(), strict=True))


def tokens(text: str) -> set[str]:
    """What two texts must share to be found by each other, in one of the two fields."""
    typed = words(text)
    folded = [fold(word) for word in typed]
    return {f"t {token}" for token in typed} | {f"f {token}" for token in folded}


@settings(max_examples=15)
@given(st.lists(documents, min_size=1, max_size=12), questions)
def test_search_finds_what_shares_a_word_and_scores_are_the_same(held: list[str], question: str) -> None:
    with built(enumerate(held)) as index:
        assert index.chunk_count == len(held)
        hits = found(index, question)
        assert set(hits) == {place for place, text in enumerate(held) if tokens(text) & tokens(question)}
        assert list(hits.values()) == sorted(hits.values(), reverse=True)
        asked = np.arange(len(held), -1, -1, dtype=np.int64)
        expected = [hits.get(chunk, 0.0) for chunk in asked.tolist()]
        np.testing.assert_allclose(index.scores(question, asked), expected, rtol=1e-5)
        np.testing.assert_allclose(index.search(question, 3).scores, list(hits.values())[:3], rtol=1e-5)


@settings(max_examples=15)
@given(st.lists(st.lists(documents, max_size=6), min_size=2, max_size=4), questions)
def test_an_index_that_grew_is_like_one_built_at_once(steps: list[list[str]], question: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder, held = Path(name), list[tuple[int, str]]()
        for number, step in enumerate(steps):
            added = [(len(held) + place, text) for place, text in enumerate(step)]
            write(folder / str(number), added, previous=folder / str(number - 1) if number else None)
            held += added
        grown = LexicalIndex(folder / str(len(steps) - 1))
        write(folder / "whole", held)
        whole = LexicalIndex(folder / "whole")
        assert grown.chunk_count == whole.chunk_count == len(held) == indexed(folder / "whole")
        expected, hits = found(whole, question), found(grown, question)
        assert list(hits) == list(expected)
        np.testing.assert_allclose(list(hits.values()), list(expected.values()), rtol=1e-5)
        for token in words(question) + bigrams(words(question)):
            for field in FIELDS:
                assert grown.document_frequency(token, field) == whole.document_frequency(token, field)


@settings(max_examples=15)
@given(st.lists(documents, min_size=2, max_size=12), st.lists(documents, max_size=3), st.data())
def test_what_is_removed_is_not_found(held: list[str], added: list[str], data: st.DataObject) -> None:
    removed = data.draw(st.sets(st.integers(0, len(held) - 1)))
    new = [(100 + place, text) for place, text in enumerate(added)]
    left = {place: text for place, text in enumerate(held) if place not in removed} | dict(new)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder / "a", enumerate(held))
        write(folder / "b", new, removed=removed, previous=folder / "a")
        before, after = LexicalIndex(folder / "a"), LexicalIndex(folder / "b")
        assert before.chunk_count == len(held)
        assert after.chunk_count == len(left) <= indexed(folder / "b")
        for text in (*held, *added):
            assert set(found(after, text)) == {place for place, other in left.items() if tokens(text) & tokens(other)}
            asked = np.array(sorted(left) + sorted(removed), dtype=np.int64)
            hits = found(after, text)
            expected = [hits.get(chunk, 0.0) for chunk in asked.tolist()]
            np.testing.assert_allclose(after.scores(text, asked), expected, rtol=1e-5)
            for word in words(text):
                assert after.document_frequency(word, "words") <= after.chunk_count


def test_all_removed(tmp_path: Path) -> None:
    write(tmp_path / "a", [(1, "một"), (2**40, "hai")])
    write(tmp_path / "b", [], removed=[1, 2**40], previous=tmp_path / "a")
    assert LexicalIndex(tmp_path / "b").chunk_count == 0
    assert found(LexicalIndex(tmp_path / "b"), "một hai") == {}


def test_the_better_match_comes_first_and_ties_are_in_order_of_id() -> None:
    with built([(5, "cầu dài"), (9, "cầu rồng"), (3, "cầu rộng"), (7, "cầu rồng"), (1, "sông")]) as index:
        assert list(found(index, "cầu rồng")) == [7, 9, 3, 5]
        assert list(found(index, "cầu rồng", k=1).values()) == list(found(index, "cầu rồng").values())[:1]


@pytest.mark.parametrize(
    "question", ["Hoà Bình", "hòa bình", "hoa binh", "HÒA BÌNH", unicodedata.normalize("NFD", "hoà bình")]
)
def test_every_way_to_type_it_finds_it(question: str) -> None:
    with built([(1, "Thuỷ điện Hoà Bình"), (2, "Sông Đà")]) as index:
        assert list(found(index, question)) == [1]


def test_typed_diacritics_count() -> None:
    with built([(1, "ma"), (2, "má"), (3, "mã")]) as index:
        assert next(iter(found(index, "má"))) == 2
        assert set(found(index, "má")) == {1, 2, 3}


def test_neighbouring_words_count() -> None:
    with built([(1, "nội thành hà giang"), (2, "thành phố hà nội")]) as index:
        hits = found(index, "hà nội")
        assert hits[2] > hits[1]


@pytest.mark.parametrize("question", ["", "  ", "?!…", "😀", "không-có-gì"])
def test_nothing_is_found(question: str) -> None:
    with built([(1, "một hai")]) as index:
        hits = index.search(question, 5)
        ids, scores = hits.ids, hits.scores
        assert (len(ids), len(scores)) == (0, 0)
        assert ids.dtype == np.int64
        assert scores.dtype == np.float32
        assert index.scores(question, np.array([1], np.int64)).tolist() == [0.0]


def test_an_empty_index() -> None:
    with built([]) as index:
        assert index.chunk_count == 0
        assert found(index, "một") == {}
        assert index.scores("một", np.zeros(0, np.int64)).tolist() == []
        assert index.document_frequency("một", "words") == 0


@settings(max_examples=15)
@given(st.lists(texts.map(clean), min_size=1, max_size=20))
def test_any_text_finds_itself(held: list[str]) -> None:
    with built(enumerate(held)) as index:
        for place, text in enumerate(held):
            assert (place in found(index, text)) == bool(words(text))


def test_a_word_beyond_all_measure_does_not_matter() -> None:
    with built([(1, "x" * 70_000 + " cầu")]) as index:
        assert list(found(index, "cầu")) == [1]
        assert found(index, "x" * 70_000) == {}


def test_document_frequency() -> None:
    with built([(1, "Hà Nội Hà Nội"), (2, "hà nội"), (3, "Ha Noi")]) as index:
        assert index.document_frequency("hà", "words") == 2
        assert index.document_frequency("ha", "folded") == 3
        assert index.document_frequency("ha_noi", "folded") == 3
        assert index.document_frequency("Hà", "words") == 0


def test_an_opened_index_goes_on_while_the_next_one_is_written(tmp_path: Path) -> None:
    write(tmp_path / "a", [(1, "cầu"), (2, "rồng")])
    opened = LexicalIndex(tmp_path / "a")
    files = {file.name: file.read_bytes() for file in (tmp_path / "a").iterdir() if "lock" not in file.name}
    write(tmp_path / "b", [(3, "cầu")], removed=[1], previous=tmp_path / "a")
    assert list(found(opened, "cầu")) == [1]
    assert {file.name: file.read_bytes() for file in (tmp_path / "a").iterdir() if "lock" not in file.name} == files
    shutil.rmtree(tmp_path / "a")
    assert list(found(opened, "cầu")) == [1]
    assert list(found(LexicalIndex(tmp_path / "b"), "cầu")) == [3]


def test_writing_replaces_what_was_there(tmp_path: Path) -> None:
    write(tmp_path / "a", [(1, "cầu")])
    write(tmp_path / "a", [(2, "cầu")])
    assert list(found(LexicalIndex(tmp_path / "a"), "cầu")) == [2]


def test_files_that_cannot_be_linked_are_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr("rag.index.lexical.os.link", refuse)
    write(tmp_path / "a", [(1, "cầu")])
    write(tmp_path / "b", [(2, "cầu")], previous=tmp_path / "a")
    assert set(found(LexicalIndex(tmp_path / "b"), "cầu")) == {1, 2}


@pytest.mark.parametrize("damage", ["folder", "meta.json", "cut", "garbage"])
def test_a_missing_or_damaged_index_is_a_value_error(tmp_path: Path, damage: str) -> None:
    write(tmp_path / "a", [(1, "cầu")])
    meta = tmp_path / "a" / "meta.json"
    if damage == "folder":
        shutil.rmtree(tmp_path / "a")
    elif damage == "meta.json":
        meta.unlink()
    elif damage == "cut":
        for file in (tmp_path / "a").glob("*.term"):
            file.write_bytes(file.read_bytes()[:20])
    else:
        meta.write_bytes(b"{")
    with pytest.raises(ValueError, match=r"word index|corrupted|Failed to open"):
        LexicalIndex(tmp_path / "a")
