"""The seam for file formats: what a loader takes and what it gives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO, Protocol

from rag.documents.article import Article
from rag.documents.passed_over import PassedOver
from rag.errors import DocumentError


class Loader(Protocol):
    """Reads the files of one format.

    To add a format, write a class like this in a module of its own and put it among `rag.documents.formats.LOADERS`;
    `tests/contracts/test_loader.py` then checks every promise made here.
    """

    @property
    def suffixes(self) -> tuple[str, ...]:
        """The endings of the file names that it reads, in small letters, as in ".jsonl.gz"."""

    def load(self, content: BinaryIO, name: str) -> Iterator[Article | DocumentError | PassedOver]:
        """Yield the articles of a file in their order, and an error for each part of it that cannot be read.

        Last come the files in it, if it holds files, that no loader reads.

        `name` is the path of the file below the folder that is read, with slashes: the id of an article to which the
        file gives none; where it holds several, their ids begin with it and a slash. The same bytes under the same name
        give equal articles. The place of an error is `name`, or `name:line` or the number of a part (from 1), or
        `name/path` of a file in it, and its reason says, after a semicolon, what to do about it. A part that cannot be
        read loses nothing of the others. Memory is bounded whatever the bytes are, packed ones too. Raises
        `DocumentError` when nothing more of the file can be read, and an `OSError` only where reading `content` raises
        one.
        """


def loader_for(name: str, loaders: Iterable[Loader]) -> Loader | None:
    """The first of the loaders that reads files of this name, None where there is none."""
    name = name.lower()
    return next((loader for loader in loaders if name.endswith(loader.suffixes)), None)
