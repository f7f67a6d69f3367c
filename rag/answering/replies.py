"""What is said without an article to quote: the texts of `replies.toml`, by language."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic.dataclasses import dataclass

from rag.models.weights_file import STRICT

FILE = Path(__file__).parent / "replies.toml"


@dataclass(frozen=True, slots=True, config=STRICT)
class Replies:
    """The texts of one language; names in braces are filled in."""

    small_talk: str
    order: str
    examples: str
    about_article: str
    collection: str
    dates: str
    matching: str
    none: str
    nearest: str
    counted: str
    vague: str
    article_says: str
    unsure_of: str
    teaser: str
    language_names: Mapping[str, str]


def replies(language: str) -> Replies:
    """The texts of a language, English for one that has none."""
    known = _read()
    return known.get(language, known["en"])


@cache
def _read() -> dict[str, Replies]:
    tables: dict[str, dict[str, Any]] = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {language: Replies(**table) for language, table in tables.items()}
