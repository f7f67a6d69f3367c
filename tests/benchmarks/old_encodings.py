"""How surely Vietnamese from before Unicode is told, and whether another language is ever taken for it.

    python -m tests.benchmarks.old_encodings VIETNAMESE OTHERS

Both are files of articles (JSON Lines, packed or not); of OTHERS each has its `language`. A text is 1,500 characters,
letters that an encoding lacks left out. Told are texts that come back under the name of the encoding they were put in:
by the project, by it with the looser spelling that knows no marks, and by viparse's own detection.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import viparse  # type: ignore[import-untyped]

from rag.documents import legacy_encoding
from rag.query import entities
from tests.documents.test_legacy_encoding import legacy

CHARS, TEXTS = 1500, 60
NAMES = ("TCVN3", "VNI", "VISCII", "VPS", "windows-1258")
OTHERS = {
    "de": ("cp1252",), "es": ("cp1252",), "fr": ("cp1252",), "ro": ("cp1250", "iso8859-2"), "tr": ("cp1254",),
    "ru": ("koi8-r", "cp1251"), "el": ("cp1253",), "ar": ("cp1256",), "th": ("cp874",),
}  # fmt: skip


def coded(text: str, name: str) -> bytes:
    """A text in an encoding, without the letters that it lacks."""
    try:
        return legacy(text, name)
    except UnicodeEncodeError:
        return b"".join(map(lambda letter: _letter(letter, name), text))


def _letter(letter: str, name: str) -> bytes:
    try:
        return legacy(letter, name)
    except UnicodeEncodeError:
        return b""


def by_project(content: bytes) -> str | None:
    """The encoding that the project tells."""
    found = legacy_encoding.repaired(content)
    return found.repair.partition(" ")[0] if found and found.repair else None


def by_viparse(content: bytes) -> str | None:
    """The encoding that viparse tells from the letters of Windows."""
    found = viparse.detect_text_encoding(content.decode("cp1252", "replace"))
    return found.upper() if found else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("vietnamese", type=Path)
    parser.add_argument("others", type=Path)
    options = parser.parse_args()
    stories = [row["text"][:CHARS] for row in rows(options.vietnamese) if len(row["text"]) > CHARS]
    sample = random.Random(1).sample(stories, min(TEXTS, len(stories)))
    vietnamese = [(name, coded(text, name)) for text in sample for name in NAMES]
    others = [
        row["text"][:CHARS].encode(encoding, "ignore")
        for row in rows(options.others)
        for encoding in OTHERS.get(row["language"], ())
    ]
    show("the project", by_project, vietnamese, others)
    with patch.object(legacy_encoding, "is_syllable", entities.resembles_syllable):
        show("spelling without marks", by_project, vietnamese, others)
    show("viparse", by_viparse, vietnamese, others)


def rows(file: Path) -> list[dict[str, Any]]:
    """The articles of a file."""
    content = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    return [json.loads(line) for line in content.decode().splitlines()]


def show(
    way: str, told: Callable[[bytes], str | None], vietnamese: list[tuple[str, bytes]], others: list[bytes]
) -> None:
    """Print how many of the texts are told right and wrong, and how many of the others are taken for Vietnamese."""
    found = [(name, told(content)) for name, content in vietnamese]
    right = sum(name == each for name, each in found)
    wrong = sum(each not in (name, None) for name, each in found)
    taken = sum(told(content) is not None for content in others)
    print(f"{way:24} right {right}, wrong {wrong} of {len(found)}; taken {taken} of {len(others)}")


if __name__ == "__main__":
    main()
