"""Gold questions: read from files with one JSON object a line, and drawn from."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from rag.errors import GoldError, UsageError
from rag.index.filter import Filter
from rag.query.conversation import Turn
from rag.query.question_kind import QuestionKind
from rag.text.normalize import clean

# The day on which questions are asked that name none, so that no score drifts with the calendar.
TODAY = "2026-01-01"
_SEED = 7
_REPLIES: tuple[QuestionKind, ...] = ("collection", "vague", "small_talk", "order")
_FIELDS = frozenset(
    (
        "id",
        "question",
        "history",
        "articles",
        "answers",
        "match",
        "must_not",
        "today",
        "tags",
        "filter",
        "draft",
        "reply",
    )
)


@dataclass(frozen=True, slots=True)
class GoldQuestion:
    """A question with its relevant articles (id -> grade) and accepted answers; none of both means: to be refused.

    `every` says that all of the answers belong in a reply, as the items of a list do; else one is enough. `must_not`
    are texts that may not appear in it. `today` is the day on which it is asked, an ISO date; `only` the articles that
    are asked. `tags` (name -> value) group questions in a report. A `draft` was proposed by a program, not yet accepted
    by a person. `reply` is the kind of reply that is right where articles are not quoted for an answer: what the
    collection has, titles to choose from, or a word that it is no question.
    """

    id: str
    question: str
    history: tuple[Turn, ...] = ()
    qrels: Mapping[str, int] = field(default_factory=dict)
    answers: tuple[str, ...] = ()
    every: bool = False
    must_not: tuple[str, ...] = ()
    today: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    only: Filter = Filter()  # noqa: RUF009 - frozen
    draft: bool = False
    reply: QuestionKind | None = None

    @property
    def relevant(self) -> tuple[str, ...]:
        """The articles of a grade above 0."""
        return tuple(article for article, grade in self.qrels.items() if grade > 0)

    @property
    def answerable(self) -> bool:
        """Whether the collection holds an answer, or none is asked of it."""
        return bool(self.answers or self.relevant or self.reply)


def load_gold(path: Path) -> list[GoldQuestion]:
    """Read a file of gold questions, one JSON object a line. Raises `GoldError` naming the line."""
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise GoldError(f"{path}: cannot be read as UTF-8 text ({error}); give a file of gold questions") from error
    gold: dict[str, GoldQuestion] = {}
    for number, line in enumerate(lines, start=1):
        if line.strip():
            question = parse_line(f"{path}:{number}", line)
            if gold.setdefault(question.id, question) is not question:
                raise GoldError(f"{path}:{number}: the id {question.id!r} stands further up already; give it another")
    if not gold:
        raise GoldError(f"{path}: holds no questions")
    return list(gold.values())


def draw(gold: Sequence[GoldQuestion], limit: int | None) -> list[GoldQuestion]:
    """At most so many of the questions, the same ones each time, in their order: neighbours ask about one article."""
    if limit is None or limit >= len(gold):
        return list(gold)
    return [gold[place] for place in sorted(random.Random(_SEED).sample(range(len(gold)), limit))]


def parse_line(place: str, line: str) -> GoldQuestion:
    """The gold question that a line of JSON holds. Raises `GoldError`, which begins with the place."""
    try:
        fields: Any = json.loads(line)
        if unknown := sorted(set(fields) - _FIELDS):
            raise ValueError(f"unknown field {unknown[0]!r}; known are {', '.join(sorted(_FIELDS))}")
        return GoldQuestion(
            id=_text(fields["id"]),
            question=_text(fields["question"]),
            history=tuple(
                Turn(clean(turn["question"]), clean(turn["answer"])) for turn in _list(fields.get("history", []))
            ),
            qrels={str(article): int(grade) for article, grade in fields.get("articles", {}).items()},
            answers=_texts(fields.get("answers", [])),
            every=_choice(fields.get("match", "any"), ("any", "all")) == "all",
            must_not=_texts(fields.get("must_not", [])),
            today=date.fromisoformat(fields["today"]).isoformat() if "today" in fields else None,
            tags={str(name): _text(value) for name, value in fields.get("tags", {}).items()},
            only=Filter(**fields.get("filter", {})),
            draft=bool(fields.get("draft", False)),
            reply=_reply(fields["reply"]) if "reply" in fields else None,
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, UsageError) as error:
        raise GoldError(f"{place}: not a gold question ({type(error).__name__}: {error})") from error


def _reply(value: Any) -> QuestionKind:
    if value not in _REPLIES:
        raise ValueError(f"{value!r} is none of {', '.join(_REPLIES)}")
    return value  # type: ignore[no-any-return]


def _text(value: Any) -> str:
    if not isinstance(value, str) or not clean(value).strip():
        raise ValueError(f"{value!r} is not a text")
    return clean(value)


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(_text(each) for each in _list(value))


def _choice(value: Any, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise ValueError(f"{value!r} is none of {', '.join(allowed)}")
    return str(value)


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"{value!r} is not a list")
    return value
