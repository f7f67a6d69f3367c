"""Reading sets -> examples that a reader learns from: questions with the words that answer, and texts that do not.

A reading set has a JSON object a line: `question`, `context` (or `article`, the id of one in a file of articles),
`answers` with their `answer_starts`, `language`; no answers means that the context does not answer.
"""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from rag.errors import GoldError
from rag.models.tokenizer import normalise
from rag.text.names import names
from rag.text.normalize import clean, fold
from rag.text.ranges import TextRange

# A title stands before the text in some sets.
TITLE_MARK = " [SEP] "
# What the id of a question ends in that is put before a text in another language.
ACROSS = "-across"
# How alike two contexts are, in their names and figures, that say the same in two languages.
_SAME = 0.25

T = TypeVar("T")
Titled = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Question:
    """A question, and the text in which `answers` are the spans that answer it; none when the text does not."""

    id: str
    question: str
    title: str
    text: str
    answers: tuple[TextRange, ...]
    language: str


def load_reading(path: Path, articles: Mapping[str, Titled], held_back: frozenset[str]) -> list[Question]:
    """The questions of a reading set (`.jsonl`, `.jsonl.gz`) in order, without those over texts that are held back.

    `articles` are titles and texts by id; `held_back` holds ids of questions and texts, as `kept_apart` makes it.
    Raises `GoldError` naming the line.
    """
    read = list(_lines(path, lambda fields: (_question(fields, articles), fields.get("article", ""))))
    apart = {
        each.text
        for each, article in read
        if not held_back.isdisjoint((each.id, original(each.id), article, _bare(each.text)))
    }
    return [each for each, _ in read if each.text not in apart]


def load_articles(path: Path) -> dict[str, Titled]:
    """Title and text by id, of a file with an article a line. Raises `GoldError` naming the line."""
    return dict(_lines(path, lambda each: (each["id"], (clean(each["title"]), clean(each["text"])))))


def kept_apart(files: Iterable[Path]) -> frozenset[str]:
    """What a reader may not learn from: ids of questions and articles, and texts, of the files it is measured on.

    What parallel and translated sets add to the id of a question, of two letters for the language, is no part of it.
    Raises `GoldError` naming the line.
    """
    return frozenset(each for path in files for said in _lines(path, _apart) for each in said)


def _apart(fields: Any) -> list[str]:
    own = [fields["id"], _bare(fields["text"])] if "text" in fields else [original(fields["id"])]
    return [*own, *fields.get("articles", ())]


def _lines(path: Path, made: Callable[[Any], T]) -> Iterator[T]:
    """What is made of the object in each line of a file. Raises `GoldError` naming the line."""
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield _made(f"{path}:{number}", line, made)
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise GoldError(f"{path}: cannot be read as UTF-8 text ({error})") from error


def _made(place: str, line: str, made: Callable[[Any], T]) -> T:
    try:
        return made(json.loads(line))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise GoldError(f"{place}: not what is read here ({type(error).__name__}: {error})") from error


def original(question: str) -> str:
    """The id of a question without what parallel and translated sets add to it."""
    return re.sub(rf"^[a-z]{{2}}-|(?:{ACROSS})?(?:-[a-z]{{2}})?$", "", question)


def _bare(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()


def _question(fields: Any, articles: Mapping[str, Titled]) -> Question:
    if "article" in fields:
        title, text = articles[fields["article"]]
    else:
        title, _, text = fields["context"].rpartition(TITLE_MARK)
    cut = len(fields.get("context", "")) - len(text) if "context" in fields else 0
    text = clean(text)
    spans = (
        _place(text, clean(answer), start - cut)
        for answer, start in zip(fields["answers"], fields["answer_starts"], strict=True)
    )
    answers = tuple(dict.fromkeys(span for span in spans if span))
    if fields["answers"] and not answers and not any(answer in title for answer in fields["answers"]):
        raise ValueError("no answer stands in the text")
    return Question(fields["id"], clean(fields["question"]), clean(title), text, answers, fields["language"])


def _place(text: str, answer: str, start: int) -> TextRange | None:
    """Where the answer stands that is nearest to where it is said to be, for normal forms move it."""
    places = [match.start() for match in re.finditer(re.escape(answer), text)]
    if not normalise(answer) or not places:
        return None
    nearest = min(places, key=lambda place: abs(place - start))
    return nearest, nearest + len(answer)


def without_answer(question: Question, others: Iterable[Titled]) -> list[Question]:
    """The question before those of the texts that hold none of its answers."""
    said = [fold(question.text[start:end]).casefold() for start, end in question.answers]
    return [
        replace(question, title=title, text=text, answers=())
        for title, text in others
        if text != question.text and not any(answer in fold(text).casefold() for answer in said)
    ]


def neighbours(questions: Sequence[Question]) -> dict[str, list[Titled]]:
    """For each text those next to it in its set, which are mostly of the same article."""
    texts = list(dict.fromkeys((each.title, each.text) for each in questions))
    return {text: [*texts[max(0, i - 2) : i], *texts[i + 1 : i + 3]] for i, (_, text) in enumerate(texts)}


def across(questions: Sequence[Question], texts: Iterable[str]) -> Iterator[Question]:
    """Questions before a text in another language that says the same, where the answer stands in it as it is.

    Two texts say the same when most of their names and figures are the same.
    """
    marks = {text: set(_marks(text)) for text in dict.fromkeys(texts)}
    holding: defaultdict[str, list[str]] = defaultdict(list)
    for text, held in marks.items():
        for mark in held:
            holding[mark].append(text)
    pairs: dict[str, str | None] = {}
    for each in questions:
        if each.text not in pairs:
            pairs[each.text] = _same(set(_marks(each.text)), marks, holding)
        other = pairs[each.text]
        if other is None:
            continue
        said = dict.fromkeys(each.text[start:end] for start, end in each.answers)
        spans = [_place(other, answer, 0) for answer in said if re.search(r"[A-Z0-9]", answer)]
        answers = tuple(span for span in spans if span)
        if answers:
            yield replace(each, id=each.id + ACROSS, title="", text=other, answers=answers)


def _marks(text: str) -> Iterator[str]:
    return (word for name in names(text) for word in re.findall(r"\w+", name) if len(word) > 1)


def _same(held: set[str], marks: Mapping[str, set[str]], holding: Mapping[str, list[str]]) -> str | None:
    # Sorted, so that ties fall the same way each time.
    shared = Counter(text for mark in sorted(held) if len(holding[mark]) < 50 for text in holding[mark])
    for text, _ in shared.most_common(1):
        if len(held & marks[text]) >= _SAME * len(held | marks[text]):
            return text
    return None
