"""E-mail (.eml): the message as an article, and each attachment of a format that is read as one of its own."""

from __future__ import annotations

import email
import email.policy
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from email.message import MIMEPart
from itertools import count
from pathlib import PurePosixPath
from typing import BinaryIO

from rag.documents.article import EMPTY, Article, article_from
from rag.documents.file_content import read_bytes, text_of
from rag.documents.legacy_encoding import DecodedText
from rag.documents.loader import Loader, loader_for
from rag.documents.xhtml import page_of_html
from rag.errors import DocumentError
from rag.text.normalize import clean

# Real mails nest a handful of parts; the library goes through each level for every line.
MAX_NESTED = 100
_MAX_NESTED_BYTES = 2**29
# Those of real mails take some kilobytes.
_MAX_HEADERS_BYTES = 2**20
# Longer headers take the library a time that grows with the square of their length.
MAX_HEADER_CHARS = 4000
_NESTING = re.compile(rb"boundary\s*=|message/rfc822", re.IGNORECASE)
_HEADERS_END = re.compile(rb"\r?\n\r?\n|\r\r")
_READ_HEADERS = {"subject", "from", "date", "content-type", "content-disposition", "content-transfer-encoding"}
_MAIL = "message/rfc822"
_UNSAFE = re.compile(r"[/\\\x00-\x1f]+")


class MailLoader:
    """Reads a .eml file, its attachments by the loaders of their formats.

    The id of an attachment is that of the mail and its own name below it.
    """

    suffixes = (".eml",)

    def __init__(self, loaders: Sequence[Loader]) -> None:
        self._loaders = loaders

    def load(self, content: BinaryIO, name: str) -> Iterator[Article | DocumentError]:
        """Yield the message, then its attachments; see `Loader.load`.

        The subject is the title, the sender the author, and the day of the mail that of its publication.
        """
        found = read_bytes(content, name)
        empty = True
        for result in self._articles(_parsed(found, name), name, name, count(1)):
            empty = False
            yield result
        if empty:
            raise DocumentError(name, EMPTY)

    def _articles(
        self, message: MIMEPart, article_id: str, name: str, numbers: Iterator[int]
    ) -> Iterator[Article | DocumentError]:
        """What a mail says, and what is attached to it; a mail in it is another below it."""
        if (body := _body(message, article_id, name)) is not None:
            yield body
        taken: Counter[str] = Counter()
        for part in filter(_is_attached, _leaves(message)):
            file, place = _unique(_file_name(part), taken), f"{name}:{next(numbers)}"
            if part.get_content_type() == _MAIL:
                for inner in part.iter_parts():
                    yield from self._articles(inner, f"{article_id}/{file}", name, numbers)
            else:
                yield from self._attached(part, f"{article_id}/{file}", place)

    def _attached(self, part: MIMEPart, path: str, place: str) -> Iterator[Article | DocumentError]:
        file = PurePosixPath(path).name
        loader = loader_for(file, self._loaders)
        if loader is None:
            if part.get_content_maintype() not in ("image", "audio", "video"):
                yield DocumentError(
                    place, f"its attachment {file!r} is of a format that is not read; save it as another"
                )
            return
        content = part.get_payload(decode=True)
        try:
            for result in loader.load(io.BytesIO(content if isinstance(content, bytes) else b""), path):
                if isinstance(result, Article):
                    yield result
                elif isinstance(result, DocumentError):
                    yield _of_attachment(file, result, place)
        except DocumentError as error:
            yield _of_attachment(file, error, place)


def _parsed(found: bytes, name: str) -> MIMEPart:
    """The mail. Raises `DocumentError` where its nesting or its headers would take long."""
    nested = sum(1 for _ in _NESTING.finditer(found))
    if nested > MAX_NESTED or nested * len(found) > _MAX_NESTED_BYTES:
        raise _too_deep(name)
    if len(found) > _MAX_HEADERS_BYTES and not _HEADERS_END.search(found, 0, _MAX_HEADERS_BYTES):
        raise DocumentError(name, "has no end of its headers in its first MiB; save it anew from its program")
    try:
        message = email.message_from_bytes(found, policy=email.policy.default)
        parts = list(message.walk())
    except RecursionError as error:
        raise _too_deep(name) from error
    for part in parts:
        for header, value in part.raw_items():
            if header.lower() in _READ_HEADERS and len(value) > MAX_HEADER_CHARS:
                raise DocumentError(name, f"has a header {header!r} that is too long to be read; shorten it")
    return message


def _body(message: MIMEPart, article_id: str, name: str) -> Article | None:
    """The article of what the mail says, plain text before HTML; None where it says nothing."""
    part = message.get_body(("plain", "html"))
    if part is None or _is_attached(part):
        return None
    decoded = _text(part, name)
    text = decoded.text
    if part.get_content_type() == "text/html":
        text = "\n".join(page_of_html(text).lines)
    if not any(map(str.isalnum, text)):
        return None
    sent = getattr(_header(message, "date"), "datetime", None)
    addresses = getattr(_header(message, "from"), "addresses", ())
    fields = {
        "text": text,
        "title": str(_header(message, "subject") or ""),
        "author": addresses[0].display_name or addresses[0].addr_spec if addresses else "",
        "published": sent.date().isoformat() if sent else None,
    }
    title = PurePosixPath(article_id).stem
    return article_from(fields, article_id, place=name, fallback_title=title, repair=decoded.repair)


def _text(part: MIMEPart, name: str) -> DecodedText:
    """The text of a part, by the encoding that it names; where that is wrong, as of any file."""
    content = part.get_payload(decode=True)
    found = content if isinstance(content, bytes) else b""
    charset = part.get_content_charset("utf-8")
    if charset not in ("utf-8", "us-ascii"):
        try:
            return DecodedText(clean(found.decode(charset)))
        except (LookupError, UnicodeError):
            pass
    return text_of(found, name)


def _header(message: MIMEPart, name: str) -> object:
    """A header, None where there is none or the library stumbles over it."""
    try:
        return message[name]
    except Exception:  # malformed headers raise what they like
        return None


def _leaves(message: MIMEPart) -> Iterator[MIMEPart]:
    """The parts that hold no others, in order; a mail in the mail is one."""
    if message.is_multipart() and message.get_content_type() != _MAIL:
        for part in message.iter_parts():
            yield from _leaves(part)
    else:
        yield message


def _is_attached(part: MIMEPart) -> bool:
    return part.get_content_type() == _MAIL or part.is_attachment() or bool(part.get_filename())


def _file_name(part: MIMEPart) -> str:
    given = clean(_UNSAFE.sub(" ", part.get_filename() or "")).strip(" .")
    return given or ("mail.eml" if part.get_content_type() == _MAIL else "attachment")


def _unique(file: str, taken: Counter[str]) -> str:
    """The name, numbered where another attachment has it."""
    taken[file] += 1
    if taken[file] == 1:
        return file
    path = PurePosixPath(file)
    return _unique(f"{path.stem} ({taken[file]}){path.suffix}", taken)


def _of_attachment(file: str, error: DocumentError, place: str) -> DocumentError:
    return DocumentError(place, f"its attachment {file!r} {error.reason}")


def _too_deep(name: str) -> DocumentError:
    return DocumentError(
        name, f"holds more than {MAX_NESTED} parts in parts, or very large ones; save its attachments by themselves"
    )
