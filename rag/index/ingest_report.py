"""What an ingestion did."""

from __future__ import annotations

from dataclasses import dataclass

from rag.documents.passed_over import PassedOver
from rag.errors import DocumentError


@dataclass(frozen=True, slots=True)
class Repair:
    """An article whose letters had to be repaired to be read, and how, as in "TCVN3 -> Unicode"."""

    article_id: str
    what: str


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What an ingestion did, as article ids in the order of reading, those of `unchanged` in their own.

    `failed` is what could not be read, and why; `passed_over` are files of folders in formats that are not read;
    `left_out` was removed by its id before, and is still there: `restore` brings it back. `repaired` are those of the
    added and updated articles whose letters were not Unicode.
    """

    added: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    failed: tuple[DocumentError, ...] = ()
    passed_over: tuple[PassedOver, ...] = ()
    left_out: tuple[str, ...] = ()
    repaired: tuple[Repair, ...] = ()
