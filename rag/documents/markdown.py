"""Markdown files, with or without YAML front matter."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, BinaryIO

from rag.documents.article import Article, article_from, field_text
from rag.documents.file_content import read_text
from rag.documents.saved_story import stories
from rag.documents.table import cells_between_bars, table_lines
from rag.errors import DocumentError

_FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)
# More than any front matter holds, and few enough to be read at once: YAML takes the length times the depth.
_LONGEST_FRONT, _DEEPEST_FRONT = 20_000, 20
_TABLE_RULE = re.compile(r" {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*")
_HEADING = re.compile(r"^# +(.+)$", re.MULTILINE)
# Links and images, marks that open a line, and emphasis, each with what stays of it. The lengths are bounded so that a
# file full of opening marks takes no quadratic time.
_MARKUP = (
    (re.compile(r"!?\[([^\[\]]{0,1000})\]\([^()]{0,2000}\)"), r"\1"),
    (re.compile(r"^(?:#{1,6}|>|[*+-]) +", re.MULTILINE), ""),
    (re.compile(r"(\*\*|__|`)(?=\S)(.{1,1000}?)(?<=\S)\1"), r"\2"),
)


class MarkdownLoader:
    """Reads a .md file as one article, its text without the markup, a line for each row of a table."""

    suffixes = (".md",)

    def load(self, content: BinaryIO, name: str) -> Iterator[Article]:
        """Yield the article; see `Loader.load`. The title is that of the front matter, else the first heading."""
        decoded = read_text(content, name)
        text = decoded.text
        fields: Mapping[str, Any] = {}
        if front := _FRONT_MATTER.match(text):
            fields, text = _front_matter(front[1], name), text[front.end() :]
        heading = _HEADING.search(text)
        title = field_text(fields, "title", name) or (heading[1] if heading else "")
        if heading and heading[1].strip() == title:
            text = text[: heading.start()] + text[heading.end() :]
        text = "\n".join(_with_rows(text.split("\n")))
        for markup, kept in _MARKUP:
            text = markup.sub(kept, text)
        fields = {**fields, "title": title, "text": text}
        stem = PurePosixPath(name).stem
        yield from stories(article_from(fields, name, place=name, fallback_title=stem, repair=decoded.repair))


def _with_rows(lines: Sequence[str]) -> Iterator[str]:
    """The lines, those of a table with the headings of its columns in place of its marks."""
    place = 0
    while place < len(lines):
        end = place
        if "|" in lines[place] and _TABLE_RULE.fullmatch("".join(lines[place + 1 : place + 2])):
            end = next((row for row in range(place + 2, len(lines)) if "|" not in lines[row]), len(lines))
            rows = (lines[row] for row in range(place, end) if row != place + 1)
            yield from table_lines([*map(cells_between_bars, rows)], 1)
        else:
            yield lines[place]
        place = max(place + 1, end)


def _front_matter(block: str, name: str) -> Mapping[str, Any]:
    import yaml

    where = "the front matter between the --- lines"
    if len(block) > _LONGEST_FRONT:
        raise DocumentError(name, f"{where} has more than {_LONGEST_FRONT:,} characters; shorten it")
    if _depth(block) > _DEEPEST_FRONT:
        raise DocumentError(name, f"{where} is nested too deeply to be read; simplify it")
    try:
        # Everything stays as it was typed: to YAML itself `no` is false and not Norwegian, and 1.10 is 1.1.
        fields = yaml.load(block, Loader=yaml.BaseLoader)
    except yaml.YAMLError as error:
        raise DocumentError(name, f"{where} is not valid YAML; correct it") from error
    except RecursionError as error:
        raise DocumentError(name, f"{where} is nested too deeply to be read; simplify it") from error
    if not isinstance(fields, dict):
        raise DocumentError(name, f"{where} is not lines of `name: value`; correct it")
    return {key: None if value in ("~", "null") else value for key, value in fields.items()}


def _depth(block: str) -> int:
    """How many brackets stand open at once."""
    depth = deepest = 0
    for mark in re.findall(r"[][{}]", block):
        depth = depth + 1 if mark in "[{" else max(0, depth - 1)
        deepest = max(deepest, depth)
    return deepest
