"""SQuAD's JSON and CSV -> lines of gold questions, and the contexts of SQuAD as articles; what is bad stays out."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.errors import GoldError
from rag.evaluation.gold import parse_line
from rag.evaluation.gold_check import MARK
from rag.evaluation.metrics import contains
from rag.text.normalize import clean

# What parts several values in a cell of a CSV file, and names from values in its tags.
PARTED, NAMED = "|", "="
_DELIMITERS = ",;\t"
# The columns of a CSV file, by the field of a gold question that each is of; the first name of a field is its own.
_COLUMNS = {
    "id": "id",
    "question": "question",
    "answers": "answers",
    "answer": "answers",
    "articles": "articles",
    "article": "articles",
    "history": "history",
    "tags": "tags",
    "match": "match",
    "must_not": "must_not",
    "today": "today",
}
_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Imported:
    """Lines of JSON, without their ends: gold questions, articles as `hoidap ingest` reads them; and what was bad.

    `passed_over` says of each row or question that was left out where it stands and why.
    """

    gold: tuple[str, ...]
    articles: tuple[str, ...]
    passed_over: tuple[str, ...]


def read_foreign(file: Path, language: str | None = None) -> Imported:
    """Read a file of questions: SQuAD 1.1 or 2.0 (`.json`), or `.csv` and `.tsv` with a row of column names.

    `language` is that of the articles and, as a tag, of the questions. Raises `GoldError` when nothing can be read.
    """
    readers: Mapping[str, Callable[[Path, str, str | None], Imported]] = {
        ".json": _squad,
        ".csv": _table,
        ".tsv": _table,
    }
    reader = readers.get(file.suffix.lower())
    if reader is None:
        raise GoldError(f"{file}: unknown format; known are {', '.join(readers)}")
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise GoldError(f"{file}: cannot be read as UTF-8 text ({error}); save it as UTF-8") from error
    found = reader(file, text, language)
    if not found.gold:
        first = f", the first of them: {found.passed_over[0]}" if found.passed_over else ""
        raise GoldError(f"{file}: holds no question that can be read{first}")
    return found


def check_new(file: Path) -> None:
    """Raise `GoldError` when a file is there already: gold is work of hands, and never written over."""
    if file.exists():
        raise GoldError(f"{file}: is there already; name another file, or remove it first")


def write_lines(file: Path, lines: Sequence[str]) -> None:
    """Write lines to a new file. Raises `GoldError` when it is there already, or cannot be written."""
    check_new(file)
    try:
        with file.open("x", encoding="utf-8") as opened:
            opened.writelines(f"{line}\n" for line in lines)
    except OSError as error:
        raise GoldError(f"{file}: cannot be written ({error.strerror}); name another file") from error


def line_of(fields: Mapping[str, Any]) -> str:
    """A line of JSON, less the fields that say nothing."""
    return json.dumps({name: value for name, value in fields.items() if value}, ensure_ascii=False)


def digest(*texts: str) -> str:
    """A short name for texts, the same each time: the first digits of their SHA-256."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:_DIGITS]


class _Gathered:
    """What was read so far; questions with an id that was there before are bad."""

    def __init__(self, language: str | None) -> None:
        self._language = language
        self._gold: dict[str, str] = {}
        self._bad: list[str] = []
        self.articles: dict[str, str] = {}

    def add(self, place: str, fields: Mapping[str, Any]) -> None:
        """Take a question in, by the rules of gold files, or say why not."""
        tags = {**({"language": self._language} if self._language else {}), **fields.get("tags", {})}
        line = line_of({**fields, "tags": tags})
        try:
            name = parse_line(place, line).id
        except GoldError as error:
            self._bad.append(str(error))
            return
        if name in self._gold:
            self.pass_over(place, f"the id {name!r} was there before")
        self._gold.setdefault(name, line)

    def pass_over(self, place: str, why: str) -> None:
        """Leave something out."""
        self._bad.append(f"{place}: {why}")

    def imported(self) -> Imported:
        """All of it."""
        return Imported(tuple(self._gold.values()), tuple(self.articles.values()), tuple(self._bad))


# SQuAD


def _squad(file: Path, text: str, language: str | None) -> Imported:
    try:
        data: Any = json.loads(text)["data"]
        if not isinstance(data, list):
            raise TypeError("`data` is not a list")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise GoldError(
            f"{file}: is not SQuAD's JSON, an object with `data` ({type(error).__name__}: {error})"
        ) from error
    gathered = _Gathered(language)
    for number, titled in enumerate(data):
        place = f"{file}: data[{number}]"
        try:
            title = " ".join(clean(str(titled.get("title") or "")).replace("_", " ").split())
            paragraphs = list(enumerate(titled["paragraphs"]))
        except (KeyError, TypeError, AttributeError) as error:
            gathered.pass_over(place, f"is not an article with `paragraphs` ({type(error).__name__}: {error})")
            continue
        for at, paragraph in paragraphs:
            _paragraph(gathered, f"{place}.paragraphs[{at}]", title, paragraph, language)
    return gathered.imported()


def _paragraph(gathered: _Gathered, place: str, title: str, paragraph: Any, language: str | None) -> None:
    """A context, which is an article, and its questions."""
    try:
        context = clean(paragraph["context"]).strip()
        asked = list(enumerate(paragraph["qas"]))
    except (KeyError, TypeError, AttributeError) as error:
        gathered.pass_over(place, f"is no paragraph with `context` and `qas` ({type(error).__name__}: {error})")
        return
    if not context:
        gathered.pass_over(place, "its context is empty")
        return
    article = f"squad-{digest(context)}"
    fields = {"id": article, "title": title, "text": context, "language": language}
    gathered.articles.setdefault(article, line_of(fields))
    for at, each in asked:
        try:
            gathered.add(f"{place}.qas[{at}]", _question(each, context, article))
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            gathered.pass_over(f"{place}.qas[{at}]", f"{type(error).__name__}: {error}")


def _question(each: Any, context: str, article: str) -> dict[str, Any]:
    """The fields of a question; one that its context does not answer is to be refused."""
    fields = {"id": str(each["id"]), "question": each["question"]}
    if each.get("is_impossible"):
        return {**fields, "tags": {"source": "squad", MARK[0]: MARK[1]}}
    given = dict.fromkeys(clean(answer["text"]).strip() for answer in each["answers"])
    answers = [answer for answer in given if answer and contains(context, [answer])]
    if not answers:
        raise ValueError("no answer stands in its context, and it is not marked `is_impossible`")
    return {**fields, "articles": {article: 1}, "answers": answers, "tags": {"source": "squad"}}


# CSV


def _table(file: Path, text: str, language: str | None) -> Imported:
    delimiter, columns = _header(file, text)
    gathered = _Gathered(language)
    rows = _rows(text, delimiter)
    next(rows)
    for number, row in rows:
        place = f"{file}:{number}"
        if isinstance(row, csv.Error):
            gathered.pass_over(place, f"is no row of CSV ({row})")
        elif len(row) > len(columns) and any(row[len(columns) :]):
            gathered.pass_over(place, f"has {len(row)} cells for {len(columns)} columns; put quotes round the texts")
        elif any(cell.strip() for cell in row):
            cells = {field: cell.strip() for field, cell in zip(columns, row, strict=False) if cell.strip()}
            try:
                gathered.add(place, _fields(cells))
            except ValueError as error:
                gathered.pass_over(place, str(error))
    return gathered.imported()


def _header(file: Path, text: str) -> tuple[str, list[str]]:
    """What parts the cells, and the field of each column. The header decides: texts hold marks of every kind."""
    headers: list[tuple[str, list[str]]] = []
    for delimiter in _DELIMITERS:
        _, row = next(_rows(text, delimiter), (0, []))
        headers.append((delimiter, [] if isinstance(row, csv.Error) else [cell.strip().lower() for cell in row]))
    delimiter, names = max(headers, key=lambda header: sum(name in _COLUMNS for name in header[1]))
    while names and not names[-1]:
        names.pop()
    if unknown := [name for name in names if name not in _COLUMNS]:
        raise GoldError(f"{file}:1: unknown column {unknown[0]!r}; known are {', '.join(_COLUMNS)}")
    fields = [_COLUMNS[name] for name in names]
    if "question" not in fields or len(set(fields)) < len(fields):
        raise GoldError(
            f"{file}:1: needs a column `question`, and each column once; it has {', '.join(names) or 'none'}"
        )
    return delimiter, fields


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str] | csv.Error]]:
    """The rows, each with the line that it begins at; a row that cannot be read is its error."""
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    while True:
        begins = reader.line_num + 1
        try:
            yield begins, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield begins, error


def _fields(cells: Mapping[str, str]) -> dict[str, Any]:
    """The fields of a gold question from the cells of a row, which are not empty. Raises `ValueError`."""
    fields: dict[str, Any] = dict(cells)
    for name in ("answers", "must_not"):
        fields[name] = _parts(cells.get(name, ""))
    fields["articles"] = dict.fromkeys(_parts(cells.get("articles", "")), 1)
    turns = [part.strip() for part in cells["history"].split(PARTED)] if "history" in cells else []
    if len(turns) % 2 or not all(turns):
        raise ValueError(f"`history` is not question{PARTED}answer, for each turn: {cells['history']!r}")
    fields["history"] = [{"question": q, "answer": a} for q, a in zip(turns[::2], turns[1::2], strict=True)]
    tags = [part.partition(NAMED) for part in _parts(cells.get("tags", ""))]
    if not all(name.strip() and value.strip() for name, _, value in tags):
        raise ValueError(f"`tags` are not name{NAMED}value, parted by {PARTED}: {cells['tags']!r}")
    fields["tags"] = {name.strip(): value.strip() for name, _, value in tags}
    fields.setdefault("id", f"row-{digest(cells.get('question', ''), cells.get('history', ''))}")
    return fields


def _parts(cell: str) -> list[str]:
    return [part for each in cell.split(PARTED) if (part := each.strip())]
