"""The lexical leg: BM25 over two fields, words as typed and words without diacritics, derived from the store.

tantivy keeps k1 = 1.2 and b = 0.75. Both fields hold the terms of rag/terms.py.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.index.leg import Field
from rag.text.analyzer import index_terms

FIELDS: tuple[Field, ...] = ("words", "folded")
_LOCKS = ".tantivy-"


class LexicalIndex:
    """An opened index; it goes on with what it opened while another is written."""

    def __init__(self, folder: Path) -> None:
        """Open an index. Raises `ValueError` when it is missing or damaged."""
        import tantivy

        self._tantivy: Any = tantivy
        self._schema = _schema()
        index = tantivy.Index(self._schema, path=str(folder)) if (folder / "meta.json").is_file() else None
        if index is None:
            raise ValueError(f"{folder}: no readable word index")
        self._searcher = index.searcher()

    @property
    def chunk_count(self) -> int:
        """The number of chunks."""
        return int(self._searcher.num_docs)

    def search(
        self, question: str, k: int, among: NDArray[np.int64] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Ids and BM25 scores of the `k` best chunks that share a word with the question, best first, ties by id.

        With `among` only these chunks are searched.
        """
        query = self._query(question)
        if query is None or (among is not None and not len(among)):
            return _nothing()
        return self._run(query if among is None else self._within(query, among), k)

    def scores(self, question: str, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """BM25 scores (n,) of these chunks, in their order; 0 where no word is shared."""
        query = self._query(question)
        if query is None or not len(ids):
            return np.zeros(len(ids), dtype=np.float32)
        found, scores = self._run(self._within(query, ids), len(ids))
        known = dict(zip(found.tolist(), scores.tolist(), strict=True))
        return np.array([known.get(chunk, 0.0) for chunk in ids.tolist()], dtype=np.float32)

    def document_frequency(self, term: str, field: Field) -> int:
        """The number of chunks in which the term stands in that field; removed ones may count until they are merged."""
        return min(int(self._searcher.doc_freq(field, term)), self.chunk_count)

    def _query(self, question: str) -> Any | None:
        make = self._tantivy.Query
        wanted = [
            (self._tantivy.Occur.Should, make.term_query(self._schema, field, token, index_option="freq"))
            for field, tokens in zip(FIELDS, index_terms(question), strict=True)
            for token in dict.fromkeys(tokens)
        ]
        return make.boolean_query(wanted) if wanted else None

    def _within(self, query: Any, ids: NDArray[np.int64]) -> Any:
        """The query, of these chunks only and with the same scores."""
        make = self._tantivy.Query
        chosen = make.term_set_query(self._schema, "id", ids.tolist())
        return query.and_must_match(make.const_score_query(chosen, 0.0))

    def _run(self, query: Any, k: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        hits = self._searcher.search(query, limit=max(1, k), count=False).hits
        ids = np.array(self._searcher.fast_field_values("id", [place for _, place in hits]), dtype=np.int64)
        scores = np.array([score for score, _ in hits], dtype=np.float32)
        order = np.lexsort((ids, -scores))
        return ids[order], scores[order]


def write(
    folder: Path,
    added: Iterable[tuple[int, str]],
    *,
    removed: Iterable[int] = (),
    previous: Path | None = None,
) -> None:
    """Write an index of the chunks `added` (id, text) to a new folder.

    It stands on top of a `previous` one, less the chunks `removed`, if one is given.
    """
    import tantivy

    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if previous is not None:
        _link(previous, folder)
    index = tantivy.Index(_schema(), path=str(folder))
    index.register_tokenizer("spaces", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())
    writer = index.writer(heap_size=128_000_000, num_threads=1)
    # By query, not by term: a term made of a Python number is signed, and the field is not.
    writer.delete_documents_by_query(tantivy.Query.term_set_query(_schema(), "id", list(removed)))
    for chunk, text in added:
        typed, folded = index_terms(text)
        document = tantivy.Document(words=" ".join(typed), folded=" ".join(folded))
        document.add_unsigned("id", chunk)
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()


def indexed(folder: Path) -> int:
    """How many chunks weigh in the word statistics of an index: those in it, and removed ones not yet merged away."""
    return sum(segment["max_doc"] for segment in json.loads((folder / "meta.json").read_bytes())["segments"])


def _schema() -> Any:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("id", stored=False, indexed=True, fast=True)
    for field in FIELDS:
        builder.add_text_field(field, stored=False, tokenizer_name="spaces", index_option="freq")
    return builder.build()


def _link(previous: Path, folder: Path) -> None:
    """Share the unchanging segment files of the previous index; what tantivy rewrites it replaces, not changes."""
    for file in previous.iterdir():
        if file.is_file() and not file.name.startswith(_LOCKS):
            try:
                os.link(file, folder / file.name)
            except OSError:
                shutil.copyfile(file, folder / file.name)


def _nothing() -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
