"""The texts that are said without an article: whole, and alike, in every language."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields
from pathlib import Path
from string import Formatter

import pytest

from rag.answering import replies as module
from rag.answering.generation import notice
from rag.answering.replies import FILE, Replies, replies

LANGUAGES = tuple(tomllib.loads(FILE.read_text(encoding="utf-8")))
TEXTS = tuple(each.name for each in fields(Replies) if each.name != "language_names")


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", TEXTS)
def test_a_text_is_filled_in_as_in_vietnamese(language: str, name: str) -> None:
    text = getattr(replies(language), name)
    wanted = placeholders(getattr(replies("vi"), name))
    assert text.strip()
    assert placeholders(text) == wanted
    filled = text.format(**{each: f"<{each}>" for each in wanted})
    assert all(filled.count(f"<{each}>") == 1 for each in wanted)


@pytest.mark.parametrize("language", LANGUAGES)
def test_languages_are_named_in_every_language(language: str) -> None:
    names = replies(language).language_names
    assert {*names} == {*LANGUAGES, "und"}
    assert all(map(str.strip, names.values()))
    assert len({*names.values()}) == len(names)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_texts_of_its_own(language: str) -> None:
    others = [replies(other) for other in LANGUAGES if other != language]
    assert replies(language).small_talk not in {each.small_talk for each in others}
    assert replies(language).order not in {each.order for each in others}


def test_every_language_that_notices_are_given_in_has_replies() -> None:
    codes = ("vi", "en", "fr", "de", "es", "zh", "ja", "ko", "und")
    given = {code for code in codes if code == "en" or notice(code, "") != notice("en", "")}
    assert {*LANGUAGES} == given


@pytest.mark.parametrize("language", ["und", "fi", "", "VI"])
def test_a_language_without_texts_has_those_of_english(language: str) -> None:
    assert replies(language) == replies("en")


@pytest.mark.parametrize("damage", ["missing", "spare"])
def test_a_text_that_is_missing_or_unknown_is_no_reply(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    whole = FILE.read_text(encoding="utf-8")
    instead = "" if damage == "missing" else 'spare = "?"\n\\g<0>'
    damaged, count = re.subn(r"^article_says = .*\n", instead, whole, count=1, flags=re.MULTILINE)
    assert count == 1
    (tmp_path / "replies.toml").write_text(damaged, encoding="utf-8")
    monkeypatch.setattr(module, "FILE", tmp_path / "replies.toml")
    with pytest.raises((TypeError, ValueError), match="article_says" if damage == "missing" else "spare"):
        module._read.__wrapped__()
