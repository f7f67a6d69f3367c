"""Files and folders -> articles, one loader per format; a broken file is reported and the others go in."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from rag.errors import DocumentError
from rag.text import clean, language_of

MAX_FILE_BYTES = 64 * 1024 * 1024
MAX_COLLECTION_BYTES = 2 * 1024 * 1024 * 1024
_FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)
_MARKDOWN_MARKS = (
    (re.compile(r"!\[([^\]]*)\]\([^)]*\)"), r"\1"),
    (re.compile(r"\[([^\]]*)\]\([^)]*\)"), r"\1"),
    (re.compile(r"^(?:#{1,6}|>|[*+-]) +", re.MULTILINE), ""),
    (re.compile(r"(\*\*|__|`)(?=\S)(.+?)(?<=\S)\1"), r"\2"),
)
_PUBLISHED_META = re.compile(
    rb"""<meta\b[^>]*["']article:published_time["'][^>]*content=["'](\d{4}-\d\d-\d\d)|"""
    rb"""<meta\b[^>]*content=["'](\d{4}-\d\d-\d\d)[^"']*["'][^>]*["']article:published_time["']""",
    re.IGNORECASE,
)


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


def load(path: Path) -> Iterator[Loaded | DocumentError]:
    """Read the articles of a file or, in path order, of every readable file below a folder; errors come as values.

    Hidden files and folders and unknown formats are passed over in a folder. A single file of unknown format, an empty
    or unreadable file, and a malformed line are errors.
    """
    if not path.exists():
        yield DocumentError(str(path), "there is no such file or folder")
        return
    if path.is_file():
        yield from _load_file(path, path.parent)
        return
    try:
        files = list(article_files(path))
    except OSError as error:
        yield DocumentError(str(path), f"the folder cannot be read ({error.strerror})")
        return
    if not files:
        yield DocumentError(str(path), f"the folder holds no articles; known formats are {', '.join(sorted(LOADERS))}")
    for file in files:
        yield from _load_file(file, path)


def article_files(folder: Path) -> Iterator[Path]:
    """The files below a folder whose format is known, in path order; links that lead out of the folder are left out."""
    root = folder.resolve()
    for file in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
        if not hidden and file.is_file() and _loader_of(file) and file.resolve().is_relative_to(root):
            yield file


def _loader_of(file: Path) -> Callable[[Path, str], Iterator[Article | DocumentError]] | None:
    name = file.name.lower()
    return next((loader for suffix, loader in LOADERS.items() if name.endswith(suffix)), None)


def _load_file(file: Path, root: Path) -> Iterator[Loaded | DocumentError]:
    loader = _loader_of(file)
    if loader is None:
        yield DocumentError(str(file), f"unknown format; known formats are {', '.join(sorted(LOADERS))}")
        return
    try:
        for result in loader(file, file.relative_to(root).as_posix()):
            yield result if isinstance(result, DocumentError) else Loaded(result, file.resolve())
    except DocumentError as error:
        yield error
    except (OSError, EOFError, zlib.error) as error:
        yield DocumentError(str(file), f"cannot be read ({getattr(error, 'strerror', None) or error})")
    except RecursionError:
        yield DocumentError(str(file), "is nested too deeply to be read")


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
    title = fields.get("title") or (heading[1] if heading else "")
    if heading and heading[1].strip() == str(title).strip():
        text = text[: heading.start()] + text[heading.end() :]
    for mark, kept in _MARKDOWN_MARKS:
        text = mark.sub(kept, text)
    yield _article(file, name, {**fields, "title": title, "text": text})


def _front_matter(file: Path, block: str) -> Mapping[str, Any]:
    import yaml

    try:
        fields = yaml.safe_load(block)
    except (yaml.YAMLError, ValueError) as error:
        raise DocumentError(str(file), "the front matter between the --- lines is not valid YAML") from error
    if not isinstance(fields, dict):
        raise DocumentError(str(file), "the front matter between the --- lines is not a list of `name: value`")
    return fields


def _load_html(file: Path, name: str) -> Iterator[Article]:
    import trafilatura

    page = _bytes(file)
    found = trafilatura.bare_extraction(page, include_comments=False, with_metadata=True)
    text = (found.text or "").strip() if found else ""
    if not found or not text:
        raise DocumentError(str(file), "no article text was found in the page")
    # The lead often stands outside the article's own element, where the extraction does not see it.
    lead = (found.description or "").strip()
    if lead and not lead.endswith(("…", "...")) and lead not in text:
        text = f"{lead}\n{text}"
    stamp = _PUBLISHED_META.search(page)
    published = (stamp[1] or stamp[2]).decode("ascii") if stamp else found.date
    fields = {"title": found.title, "text": text, "source": found.url, "published": published}
    yield _article(file, name, {**fields, "language": found.language})


def _load_jsonl(file: Path, name: str) -> Iterator[Article | DocumentError]:
    del name
    opened = gzip.open(file, "rb") if file.name.endswith(".gz") else file.open("rb")
    read = 0
    with opened as stream:
        for number, line in enumerate(stream, start=1):
            read += len(line)
            if read > MAX_COLLECTION_BYTES:
                raise DocumentError(str(file), "is larger than 2 GiB unpacked; split it")
            place = f"{file}:{number}"
            try:
                if line.strip():
                    yield _json_article(file, place, line)
            except DocumentError as error:
                yield error


def _json_article(file: Path, place: str, line: bytes) -> Article:
    try:
        fields = json.loads(line.decode("utf-8-sig"))
    except ValueError as error:
        raise DocumentError(place, "the line is not valid JSON in UTF-8") from error
    if not isinstance(fields, dict) or not isinstance(fields.get("text"), str):
        raise DocumentError(place, "the line is not an object with a `text`")
    if not isinstance(fields.get("id"), str | int) or not str(fields["id"]).strip():
        raise DocumentError(place, "the article has no `id`")
    return _article(file, str(fields["id"]).strip(), fields, place)


LOADERS: dict[str, Callable[[Path, str], Iterator[Article | DocumentError]]] = {
    ".txt": _load_text,
    ".md": _load_markdown,
    ".html": _load_html,
    ".htm": _load_html,
    ".jsonl": _load_jsonl,
    ".jsonl.gz": _load_jsonl,
}


def _article(file: Path, name: str, fields: Mapping[str, Any], place: str | None = None) -> Article:
    text = clean(str(fields.get("text") or "")).strip()
    if not any(map(str.isalnum, text)):
        raise DocumentError(place or str(file), "is empty: there is no text in it")
    title = " ".join(clean(str(fields.get("title") or "")).split()) or file.stem
    language = str(fields.get("language") or "").strip().lower().replace("_", "-").split("-")[0]
    return Article(
        id=clean(name),
        title=title,
        text=text,
        source=clean(str(fields.get("source") or name)).strip(),
        published=_iso_date(fields.get("published"), place or str(file)),
        language=language if re.fullmatch("[a-z]{2,3}", language) else language_of(text),
    )


def _iso_date(value: Any, place: str) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, date):
        return value.isoformat()[:10]
    try:
        return datetime.fromisoformat(str(value).strip()).date().isoformat()
    except ValueError as error:
        raise DocumentError(place, f"`published` is not an ISO date: {str(value)[:40]!r}") from error


def _bytes(file: Path) -> bytes:
    size = file.stat().st_size
    if size > MAX_FILE_BYTES:
        raise DocumentError(str(file), f"is larger than {MAX_FILE_BYTES // 2**20} MiB; split it")
    if size == 0:
        raise DocumentError(str(file), "is empty: there is no text in it")
    return file.read_bytes()


def _decoded(file: Path) -> str:
    content = _bytes(file)
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise DocumentError(str(file), f"is not UTF-8 text (byte {error.start}); save it as UTF-8") from error
    if "\x00" in text:
        raise DocumentError(str(file), "is not text (it holds NUL bytes)")
    return clean(text)
