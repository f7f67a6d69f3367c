"""Question answering data sets: questions, the text that each is asked of, and the spans of it that answer.

A data set has a JSON object a line: `question`, `context` (or `article`, the id of one in a file of articles),
`answers` with their `answer_starts`, `language`; no answers means that the context does not answer. That is SQuAD's
layout (Rajpurkar et al., 2016), flat.
"""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from rag.errors import GoldError
from rag.models.tokenizer import normalise
from rag.text.names import names
from rag.text.normalize import clean, fold
from rag.text.ranges import TextRange

# What stands between a title and the text in the contexts of some data sets.
TITLE_MARK = " [SEP] "
# What is added to the id of a question that is put before a parallel text in another language.
PARALLEL_SUFFIX = "-across"
# Two texts in two languages are parallel from this overlap (intersection over union, 0 to 1) of the words in their
# names and numbers on; set by eye on SQuAD-it beside SQuAD.
_LEAST_OVERLAP = 0.25
# Words that stand in so many texts tell none of them apart.
_TOO_COMMON = 50

T = TypeVar("T")


class Context(NamedTuple):
    """A text that questions are asked of, and its title ("" for none)."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class QaRecord:
    """A question and its context; `answers` are the spans of `text` that answer it, none when the text does not."""

    id: str
    question: str
    title: str
    text: str
    answers: tuple[TextRange, ...]
    language: str


def load_qa_dataset(path: Path, articles: Mapping[str, Context], held_out: frozenset[str]) -> list[QaRecord]:
    """The records of a data set (`.jsonl`, `.jsonl.gz`) in order, without those over contexts that are held out.

    `articles` are contexts by id; `held_out` is what `held_out_keys` makes. A context is held out with all of its
    questions as soon as one of them is. Raises `GoldError` naming the line.
    """
    records = list(lines(path, lambda fields: (_record(fields, articles), fields.get("article", ""))))
    excluded = {
        each.text
        for each, article in records
        if not held_out.isdisjoint((each.id, source_id(each.id), article, letters(each.text)))
    }
    return [each for each, _ in records if each.text not in excluded]


def load_articles(path: Path) -> dict[str, Context]:
    """Contexts by id, of a file with an article a line. Raises `GoldError` naming the line."""
    return dict(lines(path, lambda each: (each["id"], Context(clean(each["title"]), clean(each["text"])))))


def held_out_keys(files: Iterable[Path]) -> frozenset[str]:
    """What marks the held-out material: ids of questions and articles, and texts, of the files to measure on.

    The files hold gold questions or articles, one a line. Ids are compared as `source_id`s, so that translations of a
    held-out question are held out too. Raises `GoldError` naming the line.
    """
    return frozenset(key for path in files for keys in lines(path, _keys) for key in keys)


def _keys(fields: Any) -> list[str]:
    own = [fields["id"], letters(fields["text"])] if "text" in fields else [source_id(fields["id"])]
    return [*own, *fields.get("articles", ())]


def lines(path: Path, parse: Callable[[Any], T]) -> Iterator[T]:
    """What is made of the object in each line of a file. Raises `GoldError` naming the line."""
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield _parsed(f"{path}:{number}", line, parse)
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise GoldError(f"{path}: cannot be read as UTF-8 text ({error})") from error


def _parsed(place: str, line: str, parse: Callable[[Any], T]) -> T:
    try:
        return parse(json.loads(line))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise GoldError(f"{place}: not in the layout expected ({type(error).__name__}: {error})") from error


def json_line(record: QaRecord) -> str:
    """The line of a data set that holds a record, as `load_qa_dataset` reads it."""
    head = record.title + TITLE_MARK if record.title else ""
    fields = {
        "id": record.id,
        "question": record.question,
        "context": head + record.text,
        "answers": [record.text[start:end] for start, end in record.answers],
        "answer_starts": [len(head) + start for start, _ in record.answers],
        "language": record.language,
    }
    return json.dumps(fields, ensure_ascii=False) + "\n"


def source_id(question_id: str) -> str:
    """The id of the question that one was translated from, or itself: without the languages that were added to it."""
    return re.sub(rf"^[a-z]{{2}}-|(?:{PARALLEL_SUFFIX})?(?:-[a-z]{{2}})?$", "", question_id)


def letters(text: str) -> str:
    """A text's letters and digits, lower case: the same for texts that differ in spaces and punctuation alone."""
    return "".join(filter(str.isalnum, text)).casefold()


def _record(fields: Any, articles: Mapping[str, Context]) -> QaRecord:
    if "article" in fields:
        title, text = articles[fields["article"]]
    else:
        title, _, text = fields["context"].rpartition(TITLE_MARK)
    cut = len(fields.get("context", "")) - len(text) if "context" in fields else 0
    text = clean(text)
    spans = (
        _nearest_span(text, clean(answer), start - cut)
        for answer, start in zip(fields["answers"], fields["answer_starts"], strict=True)
    )
    answers = tuple(dict.fromkeys(span for span in spans if span))
    if fields["answers"] and not answers and not any(answer in title for answer in fields["answers"]):
        raise ValueError("no answer stands in the text")
    return QaRecord(fields["id"], clean(fields["question"]), clean(title), text, answers, fields["language"])


def _nearest_span(text: str, answer: str, start: int) -> TextRange | None:
    """The occurrence of the answer nearest to `start`: normalisation may have moved it."""
    places = [match.start() for match in re.finditer(re.escape(answer), text)]
    if not normalise(answer) or not places:
        return None
    nearest = min(places, key=lambda place: abs(place - start))
    return nearest, nearest + len(answer)


def without_answer(record: QaRecord, contexts: Iterable[Context]) -> list[QaRecord]:
    """The question before each of the contexts that contains none of its answers: unanswerable records."""
    answers = [fold(record.text[start:end]).casefold() for start, end in record.answers]
    return [
        replace(record, title=title, text=text, answers=())
        for title, text in contexts
        if text != record.text and not any(answer in fold(text).casefold() for answer in answers)
    ]


def neighbouring_contexts(records: Sequence[QaRecord]) -> dict[str, list[Context]]:
    """For each text the two contexts before and after it in its data set, which are mostly of the same article."""
    contexts = list(dict.fromkeys(Context(each.title, each.text) for each in records))
    return {text: [*contexts[max(0, i - 2) : i], *contexts[i + 1 : i + 3]] for i, (_, text) in enumerate(contexts)}


def on_parallel_texts(records: Sequence[QaRecord], texts: Iterable[str]) -> Iterator[QaRecord]:
    """Questions before a parallel text in another language, where an answer with a name or number stands in it too.

    Texts count as parallel when enough of the words in their names and numbers are the same.
    """
    words_of = {text: set(_name_words(text)) for text in dict.fromkeys(texts)}
    texts_with: defaultdict[str, list[str]] = defaultdict(list)
    for text, words in words_of.items():
        for word in words:
            texts_with[word].append(text)
    parallel: dict[str, str | None] = {}
    for each in records:
        if each.text not in parallel:
            parallel[each.text] = _parallel_text(set(_name_words(each.text)), words_of, texts_with)
        other = parallel[each.text]
        if other is None:
            continue
        answers = dict.fromkeys(each.text[start:end] for start, end in each.answers)
        found = [_nearest_span(other, answer, 0) for answer in answers if re.search(r"[A-Z0-9]", answer)]
        spans = tuple(span for span in found if span)
        if spans:
            yield replace(each, id=each.id + PARALLEL_SUFFIX, title="", text=other, answers=spans)


def _name_words(text: str) -> Iterator[str]:
    return (word for name in names(text) for word in re.findall(r"\w+", name) if len(word) > 1)


def _parallel_text(
    words: set[str], words_of: Mapping[str, set[str]], texts_with: Mapping[str, list[str]]
) -> str | None:
    """The text that shares most words, if it shares enough."""
    # Sorted, so that ties fall the same way each time.
    shared = Counter(text for word in sorted(words) if len(texts_with[word]) < _TOO_COMMON for text in texts_with[word])
    for text, _ in shared.most_common(1):
        if len(words & words_of[text]) >= _LEAST_OVERLAP * len(words | words_of[text]):
            return text
    return None
