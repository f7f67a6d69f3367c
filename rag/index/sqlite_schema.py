"""The tables of a store, and the SHA-256 of what stands in them, by which it is known again.

The key of a chunk is the hash of its header and text. Articles, their origins, vectors and the manifest have theirs in
columns of their own, which collections of earlier versions get with their next change; what was written before that has
none, and counts as whole.
"""

from __future__ import annotations

import hashlib
import sqlite3
from dataclasses import dataclass, replace
from pathlib import Path

from rag.index.sqlite_file import SqliteFile

# Made with the first of them: collections from before have none.
SENTENCES = """
CREATE TABLE IF NOT EXISTS sentences (key TEXT NOT NULL UNIQUE, packed BLOB NOT NULL, sha256 TEXT NOT NULL)
"""
_SCHEMA = """
CREATE TABLE collection (manifest TEXT NOT NULL, sha256 TEXT);
CREATE TABLE articles (
    row INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    source TEXT NOT NULL,
    published TEXT,
    language TEXT NOT NULL,
    origin TEXT NOT NULL,
    text TEXT NOT NULL,
    metadata_sha256 TEXT,
    text_sha256 TEXT,
    details TEXT,
    boxes TEXT,
    origin_sha256 TEXT
);
CREATE INDEX articles_by_origin ON articles (origin, id);
CREATE INDEX articles_by_language ON articles (language);
CREATE TABLE chunks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    article INTEGER NOT NULL REFERENCES articles (row) ON DELETE CASCADE,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    head TEXT NOT NULL,
    key TEXT NOT NULL
);
CREATE INDEX chunks_by_article ON chunks (article);
CREATE INDEX chunks_by_key ON chunks (key);
CREATE TABLE vectors (key TEXT NOT NULL UNIQUE, vector BLOB NOT NULL, sha256 TEXT);
"""
_HASHES = (("articles", "metadata_sha256"), ("articles", "text_sha256"), ("vectors", "sha256"))
_DETAILS = (("articles", "details"), ("articles", "boxes"))
_SEALS = (("articles", "origin_sha256"), ("collection", "sha256"))

# Of bytes, for which a text need not be one any more.
_METADATA = "quote(articles.id) || quote(title) || quote(source) || quote(published) || quote(language)"
_EARLIER = (f"sha256(CAST({_METADATA} AS BLOB))", "sha256(CAST(text AS BLOB))")
METADATA_SHA256 = f"sha256(CAST({_METADATA} || coalesce(char(10) || details, '') AS BLOB))"
TEXT_SHA256 = "sha256(CAST(text || coalesce(boxes, '') AS BLOB))"
ORIGIN_SHA256 = "sha256(CAST(origin AS BLOB))"
MANIFEST_SHA256 = "sha256(CAST(manifest AS BLOB))"
WHOLE_SENTENCES = "sentences.sha256 IS sha256(CAST(packed AS BLOB))"
VECTOR_SHA256 = "sha256(CAST(vector AS BLOB))"
_CHUNK_SHA256 = 'sha256(CAST(head || char(10) || substr(text, start + 1, "end" - start) AS BLOB))'


@dataclass(frozen=True, slots=True)
class Whole:
    """Conditions in SQL: the metadata, text and origin of an article, a chunk, a vector are those that were written.

    `details` and `boxes` are the columns of those names, or NULL where there are none.
    """

    metadata: str = "TRUE"
    text: str = "TRUE"
    origin: str = "TRUE"
    chunk: str = f"chunks.key IS {_CHUNK_SHA256}"
    vector: str = "TRUE"
    details: str = "NULL"
    boxes: str = "NULL"


def _with_hashes(metadata: str, text: str, details: str = "NULL", boxes: str = "NULL") -> Whole:
    return Whole(
        metadata=f"(metadata_sha256 IS NULL OR metadata_sha256 IS {metadata})",
        text=f"(text_sha256 IS NULL OR text_sha256 IS {text})",
        vector=f"(vectors.sha256 IS NULL OR vectors.sha256 IS {VECTOR_SHA256})",
        details=details,
        boxes=boxes,
    )


_DETAILED = _with_hashes(METADATA_SHA256, TEXT_SHA256, "details", "boxes")
_PRESENT = replace(_DETAILED, origin=f"(origin_sha256 IS NULL OR origin_sha256 IS {ORIGIN_SHA256})")


def whole(file: SqliteFile) -> Whole:
    """The conditions for a database, by the columns that it has."""
    if has_column(file, "articles", "origin_sha256"):
        return _PRESENT
    if has_column(file, "articles", "boxes"):
        return _DETAILED
    return _with_hashes(*_EARLIER) if has_column(file, "vectors", "sha256") else Whole()


def whole_manifest(file: SqliteFile) -> str:
    """The condition in SQL that the manifest is the one that was written."""
    return f"sha256 IS NULL OR sha256 IS {MANIFEST_SHA256}" if has_column(file, "collection", "sha256") else "TRUE"


def add_columns(file: SqliteFile) -> Whole:
    """Give a database of an earlier version the columns that it lacks, which are empty there; the conditions for it."""
    missing = [added for added in _HASHES + _DETAILS + _SEALS if not has_column(file, *added)]
    if missing:
        with file.transaction():
            for table, column in missing:
                file.run(f"ALTER TABLE {table} ADD COLUMN {column} TEXT")
    return _PRESENT


def has_column(file: SqliteFile, table: str, column: str) -> bool:
    """Whether a table of a database has a column of that name; earlier versions made fewer."""
    return bool(file.rows("SELECT 1 FROM pragma_table_info(?) WHERE name = ?", (table, column)))


def has_table(file: SqliteFile, name: str) -> bool:
    """Whether a database has a table of that name; earlier versions made fewer."""
    return bool(file.rows("SELECT 1 FROM sqlite_schema WHERE name = ?", (name,)))


def damaged_articles(file: SqliteFile, article_id: str | None = None) -> list[str]:
    """The ids of the articles of which anything is not as it was written, in order; of that one alone, if given."""
    are = whole(file)
    chunks = "articles JOIN chunks ON chunks.article = articles.row"
    queries = [
        f"articles WHERE NOT ({are.metadata} AND {are.text} AND {are.origin})",
        f"{chunks} WHERE NOT ({are.chunk})",
        f"{chunks} LEFT JOIN vectors ON vectors.key = chunks.key WHERE NOT (vectors.key IS NOT NULL AND {are.vector})",
    ]
    if has_table(file, "sentences"):
        queries.append(f"{chunks} JOIN sentences ON sentences.key = chunks.key WHERE NOT ({WHOLE_SENTENCES})")
    one, values = ("", ()) if article_id is None else (" AND articles.id = ?", (article_id,))
    rows = [file.rows(f"SELECT DISTINCT CAST(articles.id AS BLOB) FROM {query}{one}", values) for query in queries]
    return sorted({bytes(row[0]).decode(errors="backslashreplace") for found in rows for row in found})


def count_without_hashes(file: SqliteFile) -> int:
    """How many articles were written by an earlier version, which kept no hashes of them."""
    where = " WHERE metadata_sha256 IS NULL" if has_column(file, "vectors", "sha256") else ""
    return int(file.rows(f"SELECT count(*) FROM articles{where}")[0][0])


def write_empty(path: Path, manifest: str) -> None:
    """Make a database with no article and that manifest. Raises `sqlite3.Error`."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("BEGIN IMMEDIATE")
        for statement in _SCHEMA.split(";"):
            connection.execute(statement)
        digest = hashlib.sha256(manifest.encode()).hexdigest()
        connection.execute("INSERT INTO collection VALUES (?, ?)", (manifest, digest))
        connection.execute("COMMIT")
        # Closing moves the log into the file too, but tells nobody when the disk is full: the file would lack it all.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()
