"""Files and folders -> articles: each file is given to the loader of its format, and a broken one loses no other."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from rag.documents.archive import ArchiveLoader
from rag.documents.article import Article
from rag.documents.bounded_reading import message_of, read
from rag.documents.delimited import DelimitedLoader
from rag.documents.docx import DocxLoader
from rag.documents.epub import EpubLoader
from rag.documents.folder import files_below
from rag.documents.html import HtmlLoader
from rag.documents.jsonl import JsonLinesLoader
from rag.documents.loader import Loader, loader_for
from rag.documents.mail import MailLoader
from rag.documents.markdown import MarkdownLoader
from rag.documents.passed_over import PassedOver, by_format, instead_of
from rag.documents.paths import printable, unreadable
from rag.documents.pdf import PdfLoader
from rag.documents.plain_text import PlainTextLoader
from rag.documents.pptx import PptxLoader
from rag.documents.xlsx import XlsxLoader
from rag.errors import DocumentError
from rag.text.normalize import clean

_FILES: tuple[Loader, ...] = (
    PlainTextLoader(),
    MarkdownLoader(),
    HtmlLoader(),
    JsonLinesLoader(),
    DelimitedLoader(),
    PdfLoader(),
    DocxLoader(),
    PptxLoader(),
    XlsxLoader(),
    EpubLoader(),
)
_MAIL = MailLoader(_FILES)
LOADERS: tuple[Loader, ...] = (*_FILES, _MAIL, ArchiveLoader((*_FILES, _MAIL)))


@dataclass(frozen=True, slots=True)
class Loaded:
    """An article and the file (absolute path) or the address it came from."""

    article: Article
    origin: Path | str

    @property
    def part(self) -> str | None:
        """See `part_of`; of a teaser that of its page."""
        return part_of(self.article.teaser_of or self.article.id, self.origin)


@dataclass(frozen=True, slots=True)
class Unread:
    """A file, by its absolute path, that need not be read."""

    origin: Path


# Whether the file of an absolute path need not be read under a name, its path in the folder.
IsKnown = Callable[[Path, str], bool]
Result = Loaded | DocumentError | PassedOver | Unread


def load(path: Path, is_known: IsKnown = lambda *_: False) -> Iterator[Result]:
    """Read the articles of a file or, in path order, of every readable file below a folder; errors come as values.

    The place of an error is the path of the file, with `:line` where there is one. Unknown formats are passed over in a
    folder and told at the end; hidden files and folders are no part of it. A single file of unknown format, an empty or
    unreadable file, and a malformed line are errors. Of a file that `is_known` comes that it was not read, and no more.
    """
    try:
        if stat.S_ISREG(path.stat().st_mode):
            yield from _load_file(path, path.parent, is_known)
            return
    except (FileNotFoundError, NotADirectoryError):
        yield DocumentError(printable(path), "there is no such file or folder; check the path")
        return
    except (OSError, ValueError) as error:
        yield unreadable(printable(path), error)
        return
    found = list(files_below(path))
    passed_over = by_format(file for file in found if isinstance(file, Path) and not loader_of(file))
    articles = [file for file in found if isinstance(file, DocumentError) or loader_of(file)]
    if not articles:
        only = f", only {', '.join(each.count for each in passed_over)}" if passed_over else ""
        yield DocumentError(printable(path), f"the folder holds no articles{only}; {_known_formats()}")
    for file in articles:
        yield from (file,) if isinstance(file, DocumentError) else _load_file(file, path, is_known)
    yield from passed_over


def load_again(origin: Path, article_id: str) -> list[Loaded]:
    """Read one article of a file, under the id that it had; see `article_among`."""
    return article_among(_load_file(origin, _folder_read(origin, article_id)), printable(origin), article_id)


def article_among(results: Iterable[object], place: str, article_id: str) -> list[Loaded]:
    """The article of that id among what was read at a place, and the teasers on its page.

    Raises `DocumentError` when it is not there any more.
    """
    read_there = list(results)
    found = [each for each in read_there if isinstance(each, Loaded)]
    if any(each.article.id == article_id for each in found):
        return [each for each in found if article_id in (each.article.id, each.article.teaser_of)]
    for result in read_there:
        if isinstance(result, DocumentError) and result.place == place:
            raise result
    raise DocumentError(place, f"no longer holds the article {article_id!r}; put it back first")


def _folder_read(origin: Path, article_id: str) -> Path:
    """The folder below which a file was read that gave an article this id: the file's path, or one that begins so.

    Of several the outermost: an archive may lie in a folder of its own name.
    """
    parts, above = PurePosixPath(article_id).parts, len(origin.parents)
    depths = (
        depth
        for depth in range(1, min(len(parts), above) + 1)
        if tuple(map(clean, origin.parts[-depth:])) == parts[:depth]
    )
    return origin.parents[max(depths, default=min(len(parts), above)) - 1]


def part_of(article_id: str, origin: Path | str) -> str | None:
    """What follows the path of its file, or its address, in the id of an article; None where neither is in it.

    The place of a teaser on its page follows, too, as in "#more-1".
    """
    if isinstance(origin, str):
        return article_id.removeprefix(origin).lstrip("/") if article_id.startswith(origin) else None
    parts, name = PurePosixPath(article_id).parts, clean(origin.name)
    last = parts[-1] if parts else ""
    if last == name or last.startswith(f"{name}#"):
        return last.removeprefix(name)
    return "/".join(parts[parts.index(name) + 1 :]) if name in parts else None


def loader_of(file: Path) -> Loader | None:
    """The loader that reads files of this name, None where there is none."""
    return loader_for(file.name, LOADERS)


def read_here(content: BinaryIO, name: str) -> Iterator[bytes]:
    """What the loader of a file of this name yields of it, as messages: how a bounded process reads a file."""
    loader = loader_of(Path(name))
    for result in loader.load(content, name) if loader else ():
        yield message_of(result)


def _load_file(file: Path, folder: Path, is_known: IsKnown = lambda *_: False) -> Iterator[Result]:
    loader, origin = loader_of(file), file.resolve()
    if loader is None:
        yield DocumentError(printable(file), f"unknown format; {instead_of(file.suffix) or _known_formats()}")
        return
    if printable(origin) != str(origin):
        yield DocumentError(printable(file), "its path is not valid Unicode; rename it")
        return
    name = file.relative_to(folder).as_posix()
    if is_known(origin, name):
        yield Unread(origin)
        return
    try:
        with file.open("rb") as content:
            for result in read(loader, content, name, holds_files=isinstance(loader, ArchiveLoader)):
                yield Loaded(result, origin) if isinstance(result, Article) else _below(folder, result)
    except DocumentError as error:
        yield _below(folder, error)
    except OSError as error:
        yield unreadable(printable(file), error)


def _below(folder: Path, result: DocumentError | PassedOver) -> DocumentError | PassedOver:
    """The same with its place in the folder; an error without its cause, which may keep the whole file in memory."""
    if isinstance(result, PassedOver):
        return PassedOver(result.suffix, tuple(printable(folder / file) for file in result.files))
    return DocumentError(printable(folder / result.place), result.reason)


def _known_formats() -> str:
    return f"known formats are {', '.join(sorted(suffix for loader in LOADERS for suffix in loader.suffixes))}"
