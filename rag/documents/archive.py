"""Archives: each file in them is read by the loader of its format, and a broken one loses no other."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from rag.documents.archive_members import Member, members_of
from rag.documents.article import Article
from rag.documents.bounded_reading import read
from rag.documents.file_content import read_bytes
from rag.documents.loader import Loader, loader_for
from rag.documents.passed_over import PassedOver, by_format
from rag.documents.paths import unreadable
from rag.errors import DocumentError

# So many files that cannot be read are named; of the others their count is given.
MAX_NAMED_MEMBERS = 10
_Result = Article | DocumentError | PassedOver


class ArchiveLoader:
    """Reads the files in a .zip or .tar file, packed or not; nothing of it is written to where its names say.

    The id of an article is the path of the archive, a slash and the path in it. Hidden files are left out.
    """

    suffixes = (".zip", ".tar", ".tar.gz", ".tgz")

    def __init__(self, loaders: Sequence[Loader]) -> None:
        """`loaders` read the files in it."""
        self._loaders = loaders

    def load(self, content: BinaryIO, name: str) -> Iterator[_Result]:
        """Yield the articles of the files, in their order, and last what no loader reads; see `Loader.load`."""
        if name.lower().endswith(".zip") and not content.seekable():
            content = io.BytesIO(read_bytes(content, name))
        found = broken = 0
        passed_over: list[Path] = []
        for result in self._results(members_of(content, name), name, passed_over):
            found += 1
            if isinstance(result, DocumentError):
                broken += 1
            if not isinstance(result, DocumentError) or broken <= MAX_NAMED_MEMBERS:
                yield result
        if broken > MAX_NAMED_MEMBERS:
            yield DocumentError(name, f"{broken - MAX_NAMED_MEMBERS:,} more of its files cannot be read; correct them")
        yield from by_format(passed_over)
        if not found:
            raise DocumentError(name, "holds no articles in a format that is read; put some in, or take it out")

    def _results(self, members: Iterable[Member], name: str, passed_over: list[Path]) -> Iterator[_Result]:
        for member in members:
            place = f"{name}/{member.name}"
            loader = loader_for(member.name, self._loaders)
            if member.refused:
                yield DocumentError(place, member.refused)
            elif _is_hidden(member.name):
                continue
            elif member.name.lower().endswith(self.suffixes):
                yield DocumentError(place, "is an archive in an archive; unpack the outer one first")
            elif loader is None:
                passed_over.append(Path(place))
            else:
                try:
                    yield from read(loader, member.content, place)
                except DocumentError as error:
                    yield DocumentError(error.place, error.reason)
                except OSError as error:
                    yield unreadable(place, error)


def _is_hidden(name: str) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in PurePosixPath(name).parts)
