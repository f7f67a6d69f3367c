"""What an address answered, and the articles in it."""

from __future__ import annotations

import io
import mimetypes
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from rag.documents.article import Article
from rag.documents.bounded_reading import read
from rag.documents.formats import Loaded, loader_of
from rag.documents.loader import Loader
from rag.documents.passed_over import PassedOver
from rag.errors import DocumentError
from rag.text.normalize import clean

_SUFFIXES = {"application/xhtml+xml": ".html"}
# What servers say of a file that they do not know: then its name says more.
_VAGUE = ("", "text/plain", "application/octet-stream", "binary/octet-stream")


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server asks to be shown again, so that it need not send what has not changed (RFC 9110, 13.1)."""

    etag: str = ""
    modified: str = ""


UNKNOWN = Validators()


@dataclass(frozen=True, slots=True)
class Page:
    """What an address holds; `content` is unpacked, `content_type` in small letters without parameters."""

    address: str
    content: bytes
    content_type: str
    validators: Validators = UNKNOWN


@dataclass(frozen=True, slots=True)
class Unmodified:
    """An address that holds what it held when its validators were given (304)."""

    address: str


@dataclass(frozen=True, slots=True)
class Gone:
    """An address that holds nothing any more (404 or 410)."""

    address: str


Answer = Page | Unmodified | Gone


def articles_of(answer: Answer) -> Iterator[Loaded | DocumentError | Unmodified | Gone]:
    """The articles of a page, their origin the address, which is the id and the source of an only one; else the answer.

    No link in a page is followed.
    """
    if not isinstance(answer, Page):
        yield answer
        return
    address = answer.address
    suffix, loader = _format(answer)
    if loader is None:
        kind = answer.content_type[:60] or "a format that is not named"
        advice = "`hoidap sources add` reads what a feed lists" if "xml" in kind else "save its text as .txt or .md"
        yield DocumentError(address, f"holds {kind}, which is not read; {advice}")
        return
    # Loaders go by the ending of a name, too.
    name = address if address.lower().endswith(loader.suffixes) else address + suffix
    try:
        for result in read(loader, io.BytesIO(answer.content), name):
            if isinstance(result, Article):
                yield Loaded(_at(address, name, result), address)
            elif isinstance(result, PassedOver):
                yield DocumentError(address, str(result))
            else:
                yield _placed(address, name, result)
    except DocumentError as error:
        yield _placed(address, name, error)


def _at(address: str, name: str, article: Article) -> Article:
    """An article that its page names, under the address that was asked, whatever the page calls itself."""
    own = clean(name)
    if not article.id.startswith(own):
        return article
    whole = article.teaser_of and article.teaser_of.replace(own, address, 1)
    return replace(article, id=address + article.id.removeprefix(own), source=address, teaser_of=whole)


def _placed(address: str, name: str, error: DocumentError) -> DocumentError:
    return DocumentError(address + error.place.removeprefix(name), error.reason)


def _format(page: Page) -> tuple[str, Loader | None]:
    """The suffix and the loader for a page: by what the server says that it is, else by its path."""
    path = PurePosixPath(urlsplit(page.address).path)
    by_path = "".join(path.suffixes[-2:]) if path.name.lower().endswith(".gz") else path.suffix
    by_type = [_SUFFIXES.get(page.content_type, ""), *sorted(mimetypes.guess_all_extensions(page.content_type))]
    suffixes = [by_path, *by_type] if page.content_type in _VAGUE else [*by_type, by_path]
    for suffix in suffixes:
        if suffix and (loader := loader_of(Path(f"a{suffix}"))):
            return suffix, loader
    return "", None
