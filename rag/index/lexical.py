"""The lexical index: BM25 (Robertson et al., TREC-3) in tantivy over two fields, as typed and without diacritics.

k1 = 1.2 and b = 0.75, which tantivy has fixed. Both fields hold the terms of `rag.text.analyzer.index_terms`: words,
pairs of neighbouring words, and dates. A chunk's score is the sum over both fields.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from rag.index.leg import Field, Hits, Ids, Scores
from rag.text.analyzer import index_terms

FIELDS: tuple[Field, ...] = ("words", "folded")
_LOCKS = ".tantivy-"


class LexicalIndex:
    """The terms of chunks, by chunk id, of one state: it stays as it was opened while another is written."""

    def __init__(self, folder: Path) -> None:
        """Open the index in a folder. Raises `ValueError` when it is missing or damaged."""
        import tantivy

        self._tantivy: Any = tantivy
        self._schema = _schema()
        if not (folder / "meta.json").is_file():
            raise ValueError(f"{folder}: no readable word index")
        with _where_locks_can_be(folder) as path:
            self._searcher = tantivy.Index(self._schema, path=str(path)).searcher()

    @property
    def chunk_count(self) -> int:
        """The number of chunks."""
        return int(self._searcher.num_docs)

    def search(self, query: str, limit: int, among: Ids | None = None) -> Hits:
        """Return the `limit` best chunks that share a term with the query, with their BM25 scores, the best first.

        With `among` only these chunks are searched.
        """
        wanted = self._query(query)
        if wanted is None or (among is not None and not len(among)):
            return Hits(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32))
        return self._run(wanted if among is None else self._within(wanted, among), limit)

    def scores(self, query: str, ids: Ids) -> Scores:
        """Return the BM25 scores (n,) of these chunks, in their order; 0 where no term is shared."""
        wanted = self._query(query)
        if wanted is None or not len(ids):
            return np.zeros(len(ids), dtype=np.float32)
        hits = self._run(self._within(wanted, ids), len(ids))
        known = dict(zip(hits.ids.tolist(), hits.scores.tolist(), strict=True))
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

    def _within(self, query: Any, ids: Ids) -> Any:
        """The query, of these chunks only and with the same scores."""
        make = self._tantivy.Query
        chosen = make.term_set_query(self._schema, "id", ids.tolist())
        return query.and_must_match(make.const_score_query(chosen, 0.0))

    def _run(self, query: Any, limit: int) -> Hits:
        hits = self._searcher.search(query, limit=max(1, limit), count=False).hits
        ids = np.array(self._searcher.fast_field_values("id", [place for _, place in hits]), dtype=np.int64)
        scores = np.array([score for score, _ in hits], dtype=np.float32)
        order = np.lexsort((ids, -scores))
        return Hits(ids[order][:limit], scores[order][:limit])


@contextmanager
def _where_locks_can_be(folder: Path) -> Iterator[Path]:
    """The folder of an index, or one of links to its files: to open it the library locks a file beside them."""
    if os.access(folder, os.W_OK):
        yield folder
        return
    with tempfile.TemporaryDirectory() as links:
        for file in folder.iterdir():
            if not file.name.startswith(_LOCKS):
                Path(links, file.name).symlink_to(file.absolute())
        yield Path(links)


def write(
    folder: Path,
    added: Iterable[tuple[int, str]],
    *,
    removed: Iterable[int] = (),
    previous: Path | None = None,
) -> None:
    """Write an index of the chunks `added` (id, text) to a new folder. Raises `OSError` when it cannot be written.

    It stands on top of a `previous` one, less the chunks `removed`, if one is given.
    """
    import tantivy

    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if previous is not None:
        _link(previous, folder)
    with _written():
        index = tantivy.Index(_schema(), path=str(folder))
        writer = index.writer(heap_size=128_000_000, num_threads=1)
    index.register_tokenizer("spaces", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())
    # By query, not by term: a term made of a Python number is signed, and the field is not.
    writer.delete_documents_by_query(tantivy.Query.term_set_query(_schema(), "id", list(removed)))
    for chunk, text in added:
        typed, folded = index_terms(text)
        document = tantivy.Document(words=" ".join(typed), folded=" ".join(folded))
        document.add_unsigned("id", chunk)
        with _written():
            writer.add_document(document)
    with _written():
        writer.commit()
        writer.wait_merging_threads()


@contextmanager
def _written() -> Iterator[None]:
    """Whatever the library cannot write it tells by a `ValueError`."""
    try:
        yield
    except ValueError as error:
        raise OSError(str(error)) from error


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
