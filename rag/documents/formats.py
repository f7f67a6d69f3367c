"""Files and folders -> articles: each file is given to the loader of its format, and a broken one loses no other."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from rag.documents.article import Article
from rag.documents.folder import files_below
from rag.documents.html import HtmlLoader
from rag.documents.jsonl import JsonLinesLoader
from rag.documents.loader import Loader
from rag.documents.markdown import MarkdownLoader
from rag.documents.passed_over import PassedOver, by_format
from rag.documents.paths import printable, unreadable
from rag.documents.plain_text import PlainTextLoader
from rag.errors import DocumentError
from rag.text.normalize import clean

LOADERS: tuple[Loader, ...] = (PlainTextLoader(), MarkdownLoader(), HtmlLoader(), JsonLinesLoader())


@dataclass(frozen=True, slots=True)
class Loaded:
    """An article and the file it came from (absolute path)."""

    article: Article
    origin: Path

    @property
    def named_by_path(self) -> bool:
        """Whether its id, or that of its page, is its path in the folder; its file holds that page and its teasers."""
        return (self.article.teaser_of or self.article.id).endswith(clean(self.origin.name))


def load(path: Path) -> Iterator[Loaded | DocumentError | PassedOver]:
    """Read the articles of a file or, in path order, of every readable file below a folder; errors come as values.

    The place of an error is the path of the file, with `:line` where there is one. Unknown formats are passed over in a
    folder and told at the end; hidden files and folders are no part of it. A single file of unknown format, an empty or
    unreadable file, and a malformed line are errors.
    """
    try:
        if stat.S_ISREG(path.stat().st_mode):
            yield from _load_file(path, path.parent)
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
        yield from (file,) if isinstance(file, DocumentError) else _load_file(file, path)
    yield from passed_over


def load_again(origin: Path, article_id: str) -> list[Loaded]:
    """Read one article of a file, under the id that it had, and the teasers on its page.

    Raises `DocumentError` when it is not there any more.
    """
    depth = min(len(PurePosixPath(article_id).parts), len(origin.parents))
    results = list(_load_file(origin, origin.parents[depth - 1]))
    found = [each for each in results if isinstance(each, Loaded)]
    if any(each.article.id == article_id for each in found):
        return [each for each in found if article_id in (each.article.id, each.article.teaser_of)]
    for result in results:
        if isinstance(result, DocumentError) and result.place == printable(origin):
            raise result
    raise DocumentError(printable(origin), f"no longer holds the article {article_id!r}; put it back first")


def loader_of(file: Path) -> Loader | None:
    """The loader that reads files of this name, None where there is none."""
    name = file.name.lower()
    return next((loader for loader in LOADERS if name.endswith(loader.suffixes)), None)


def _load_file(file: Path, folder: Path) -> Iterator[Loaded | DocumentError]:
    loader, origin = loader_of(file), file.resolve()
    if loader is None:
        yield DocumentError(printable(file), f"unknown format; {_known_formats()}")
        return
    if printable(origin) != str(origin):
        yield DocumentError(printable(file), "its path is not valid Unicode; rename it")
        return
    name = file.relative_to(folder).as_posix()
    try:
        with file.open("rb") as content:
            for result in loader.load(content, name):
                yield Loaded(result, origin) if isinstance(result, Article) else _below(folder, result)
    except DocumentError as error:
        yield _below(folder, error)
    except OSError as error:
        yield unreadable(printable(file), error)


def _below(folder: Path, error: DocumentError) -> DocumentError:
    """The error with its place in the folder; without its cause, which may keep the whole file in memory."""
    return DocumentError(printable(folder / error.place), error.reason)


def _known_formats() -> str:
    return f"known formats are {', '.join(sorted(suffix for loader in LOADERS for suffix in loader.suffixes))}"
