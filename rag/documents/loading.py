"""Files and folders -> articles, one loader per format; a broken file is reported and the others go in."""

from __future__ import annotations

import gzip
import json
import re
import stat
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from rag.documents.files import PassedOver, by_format, files_below, place_of, unreadable
from rag.errors import DocumentError
from rag.text.language import language_of
from rag.text.normalize import clean

MAX_FILE_BYTES = 64 * 1024 * 1024
MAX_COLLECTION_BYTES = 2 * 1024 * 1024 * 1024
_EMPTY = "is empty: there is no text in it; write some, or remove it"
_FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)
# The lengths are bounded so that a file full of opening marks takes no quadratic time.
_MARKDOWN_MARKS = (
    (re.compile(r"!?\[([^\[\]]{0,1000})\]\([^()]{0,2000}\)"), r"\1"),
    (re.compile(r"^(?:#{1,6}|>|[*+-]) +", re.MULTILINE), ""),
    (re.compile(r"(\*\*|__|`)(?=\S)(.{1,1000}?)(?<=\S)\1"), r"\2"),
)
_DAY_FIRST = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})")
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class Article:
    """One article as it is stored: `text` is NFC with plain line ends, `published` an ISO date or None."""

    id: str
    title: str
    text: str
    source: str
    published: str | None
    language: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """An article and the file it came from (absolute path)."""

    article: Article
    origin: Path

    @property
    def named_by_path(self) -> bool:
        """Whether its id is its path in the folder that was read; its file then holds no other article."""
        return self.article.id.endswith(clean(self.origin.name))


def load(path: Path) -> Iterator[Loaded | DocumentError | PassedOver]:
    """Read the articles of a file or, in path order, of every readable file below a folder; errors come as values.

    Unknown formats are passed over in a folder and told at the end; hidden files and folders are no part of it. A
    single file of unknown format, an empty or unreadable file, and a malformed line are errors.
    """
    try:
        if stat.S_ISREG(path.stat().st_mode):
            yield from _load_file(path, path.parent)
            return
    except (FileNotFoundError, NotADirectoryError):
        yield DocumentError(place_of(path), "there is no such file or folder; check the path")
        return
    except (OSError, ValueError) as error:
        yield unreadable(path, error)
        return
    found = list(files_below(path))
    passed_over = by_format(file for file in found if isinstance(file, Path) and not _loader_of(file))
    articles = [file for file in found if isinstance(file, DocumentError) or _loader_of(file)]
    if not articles:
        only = f", only {', '.join(each.count for each in passed_over)}" if passed_over else ""
        yield DocumentError(place_of(path), f"the folder holds no articles{only}; {_known_formats()}")
    for file in articles:
        yield from (file,) if isinstance(file, DocumentError) else _load_file(file, path)
    yield from passed_over


def load_again(origin: Path, article_id: str) -> Loaded:
    """Read one article of a file, under the id that it had. Raises `DocumentError` when it is not there any more."""
    depth = min(len(PurePosixPath(article_id).parts), len(origin.parents))
    results = list(_load_file(origin, origin.parents[depth - 1]))
    for result in results:
        if isinstance(result, Loaded) and result.article.id == article_id:
            return result
    for result in results:
        if isinstance(result, DocumentError) and result.place == place_of(origin):
            raise result
    raise DocumentError(place_of(origin), f"no longer holds the article {article_id!r}; put it back first")


def _loader_of(file: Path) -> Callable[[Path, str], Iterator[Article | DocumentError]] | None:
    name = file.name.lower()
    return next((loader for suffix, loader in LOADERS.items() if name.endswith(suffix)), None)


def _load_file(file: Path, root: Path) -> Iterator[Loaded | DocumentError]:
    loader = _loader_of(file)
    if loader is None:
        yield DocumentError(place_of(file), f"unknown format; {_known_formats()}")
        return
    if place_of(file.resolve()) != str(file.resolve()):
        yield DocumentError(place_of(file), "its path is not valid Unicode; rename it")
        return
    try:
        for result in loader(file, file.relative_to(root).as_posix()):
            yield result if isinstance(result, DocumentError) else Loaded(result, file.resolve())
    except DocumentError as error:
        yield error
    except (OSError, EOFError, zlib.error) as error:
        yield unreadable(file, error)
    except RecursionError:
        yield DocumentError(str(file), "is nested too deeply to be read; simplify it")


def _known_formats() -> str:
    return f"known formats are {', '.join(sorted(LOADERS))}"


def _load_text(file: Path, name: str) -> Iterator[Article]:
    lines = _decoded(file).strip().split("\n", 1)
    title, body = lines[0].strip(), lines[1].strip() if len(lines) > 1 else ""
    # A first line as long as a paragraph is no headline: it belongs to the text.
    if not body or len(title) > 250:
        body = "\n".join(lines)
    yield _article(file, name, {"title": title[:250], "text": body})


def _load_markdown(file: Path, name: str) -> Iterator[Article]:
    text = _decoded(file)
    fields: Mapping[str, Any] = {}
    if front := _FRONT_MATTER.match(text):
        fields, text = _front_matter(file, front[1]), text[front.end() :]
    heading = re.search(r"^# +(.+)$", text, re.MULTILINE)
    title = _plain(fields, "title", str(file)) or (heading[1] if heading else "")
    if heading and heading[1].strip() == title:
        text = text[: heading.start()] + text[heading.end() :]
    for mark, kept in _MARKDOWN_MARKS:
        text = mark.sub(kept, text)
    yield _article(file, name, {**fields, "title": title, "text": text})


def _front_matter(file: Path, block: str) -> Mapping[str, Any]:
    import yaml

    try:
        # Everything stays as it was typed: to YAML itself `no` is false and not Norwegian, and 1.10 is 1.1.
        fields = yaml.load(block, Loader=yaml.BaseLoader)
    except yaml.YAMLError as error:
        raise DocumentError(
            str(file), "the front matter between the --- lines is not valid YAML; correct it"
        ) from error
    if not isinstance(fields, dict):
        raise DocumentError(
            str(file), "the front matter between the --- lines is not lines of `name: value`; correct it"
        )
    return {name: None if value in ("~", "null") else value for name, value in fields.items()}


def _load_html(file: Path, name: str) -> Iterator[Article]:
    import trafilatura

    page: Any = trafilatura.load_html(_bytes(file))
    stamps = page.xpath('//meta[@property="article:published_time"]/@content') if page is not None else []
    found: Any = trafilatura.bare_extraction(page, include_comments=False, with_metadata=True)
    text = (found.text or "").strip() if found else ""
    if not found or not text:
        raise DocumentError(str(file), "no article text was found in the page; save the article as .txt or .md")
    # The lead often stands outside the article's own element, where the extraction does not see it.
    lead = (found.description or "").strip()
    if lead and not lead.endswith(("…", "...")) and lead not in text:
        text = f"{lead}\n{text}"
    # The page says its day in its own time zone; the date found by the library may be another stamp's.
    stamp = _ISO_DATE.match(stamps[0].strip()) if stamps else None
    published = stamp[0] if stamp else found.date
    fields = {"title": found.title, "text": text, "source": found.url, "published": published}
    yield _article(file, name, {**fields, "language": found.language})


def _load_jsonl(file: Path, name: str) -> Iterator[Article | DocumentError]:
    del name
    read, empty = 0, True
    with gzip.open(file, "rb") if file.name.lower().endswith(".gz") else file.open("rb") as stream:
        # A line is not read further than it may be long: unpacked, it could fill the memory.
        for number, line in enumerate(iter(lambda: stream.readline(MAX_FILE_BYTES + 1), b""), start=1):
            read += len(line)
            if len(line) > MAX_FILE_BYTES or read > MAX_COLLECTION_BYTES:
                raise DocumentError(str(file), "is larger than 2 GiB unpacked, or a line than 64 MiB; split it")
            if not line.strip():
                continue
            empty = False
            try:
                yield _json_article(file, f"{file}:{number}", line)
            except DocumentError as error:
                yield error
    if empty:
        raise DocumentError(str(file), _EMPTY)


def _json_article(file: Path, place: str, line: bytes) -> Article:
    try:
        fields = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise DocumentError(place, "the line is not valid JSON in UTF-8; correct it") from error
    if not isinstance(fields, dict) or not isinstance(fields.get("text"), str):
        raise DocumentError(place, "the line is not an object with a `text`; add one")
    name = clean(_plain(fields, "id", place)).strip()
    if not name:
        raise DocumentError(place, "the article has no `id`; add one")
    return _article(file, name, fields, place)


LOADERS: dict[str, Callable[[Path, str], Iterator[Article | DocumentError]]] = {
    ".txt": _load_text,
    ".md": _load_markdown,
    ".html": _load_html,
    ".htm": _load_html,
    ".jsonl": _load_jsonl,
    ".jsonl.gz": _load_jsonl,
}


def _article(file: Path, name: str, fields: Mapping[str, Any], place: str | None = None) -> Article:
    place = place or str(file)
    text = clean(_plain(fields, "text", place)).strip()
    if not any(map(str.isalnum, text)):
        raise DocumentError(place, _EMPTY)
    title = " ".join((clean(_plain(fields, "title", place)).strip() or clean(file.stem)).split())
    language = _plain(fields, "language", place).lower().replace("_", "-").split("-")[0]
    return Article(
        id=clean(name),
        title=title,
        text=text,
        source=clean(_plain(fields, "source", place) or name).strip(),
        published=_iso_date(_plain(fields, "published", place), place),
        language=language if re.fullmatch("[a-z]{2,3}", language) else language_of(text),
    )


def _plain(fields: Mapping[str, Any], name: str, place: str) -> str:
    value = fields.get(name)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise DocumentError(place, f"`{name}` is neither text nor a number; correct it")
    return str(value).strip()


def _iso_date(value: str, place: str) -> str | None:
    if day_first := _DAY_FIRST.fullmatch(value):
        day, month, year = day_first.groups()
        value = f"{year}-{month:0>2}-{day:0>2}"
    try:
        return datetime.fromisoformat(value).date().isoformat() if value else None
    except ValueError as error:
        raise DocumentError(place, f"`published` is not a date such as 2024-09-07: {value[:40]!r}") from error


def _bytes(file: Path) -> bytes:
    size = file.stat().st_size
    if size > MAX_FILE_BYTES:
        raise DocumentError(str(file), f"is larger than {MAX_FILE_BYTES // 2**20} MiB; split it")
    if size == 0:
        raise DocumentError(str(file), _EMPTY)
    return file.read_bytes()


def _decoded(file: Path) -> str:
    content = _bytes(file)
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise DocumentError(str(file), f"is not UTF-8 text (byte {error.start}); save it as UTF-8") from error
    if "\x00" in text:
        raise DocumentError(str(file), "is not text (it holds NUL bytes); save it as UTF-8 text")
    return clean(text)
