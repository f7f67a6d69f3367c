"""Files that tests write, and what is read from them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rag.documents import formats
from rag.documents.article import Article
from rag.documents.formats import Loaded, load
from rag.errors import DocumentError


def articles(path: Path) -> list[Article]:
    return [each.article for each in load(path) if isinstance(each, Loaded)]


def errors(path: Path) -> list[DocumentError]:
    return [each for each in load(path) if isinstance(each, DocumentError)]


def read_in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read risky formats here too, where their limits can be changed."""
    monkeypatch.setattr(formats, "read", lambda loader, content, name, **_: loader.load(content, name))


def written(folder: Path, name: str, content: str | bytes) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def only(folder: Path, name: str, content: str | bytes) -> Article:
    """The one article of a file, read by itself."""
    (found,) = load(written(folder, name, content))
    assert isinstance(found, Loaded), found
    assert found.origin == (folder / name).resolve()
    return found.article


def line(**fields: Any) -> str:
    return json.dumps(fields, ensure_ascii=False) + "\n"
