"""A kept answer asked for again under what holds now, and what has changed since."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rag.answering.answer_log import KeptCitation, KeptPassage, LoggedAnswer, logged_answer
from rag.assistant import Assistant

_CONFIDENCE_DECIMALS = 3  # sums of floats differ in the last places from one machine to the next


@dataclass(frozen=True, slots=True)
class Moved:
    """A passage that is found again at another rank (from 1), or at another place of its article."""

    before: KeptPassage
    after: KeptPassage
    rank_before: int
    rank_after: int


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs between two answers to a question.

    `values` are fingerprints, settings, status and confidence by name, each as it was and as it is; `text` the lines of
    a diff.
    """

    values: Mapping[str, tuple[Any, Any]]
    passages_gained: tuple[KeptPassage, ...]
    passages_lost: tuple[KeptPassage, ...]
    passages_moved: tuple[Moved, ...]
    quotes_gained: tuple[KeptCitation, ...]
    quotes_lost: tuple[KeptCitation, ...]
    text: tuple[str, ...]

    def __bool__(self) -> bool:
        return any(getattr(self, name) for name in Changes.__slots__)


def replay(assistant: Assistant, record: LoggedAnswer) -> LoggedAnswer:
    """The answer to the same request, with its day, as it is now."""
    return logged_answer(assistant.answer(record.request), assistant.config)


def changes(before: LoggedAnswer, after: LoggedAnswer) -> Changes:
    """What has changed from one answer to the other."""
    old, new = _values(before), _values(after)
    gained, lost, moved = _passages(before.passages, after.passages)
    return Changes(
        values={
            name: (old.get(name), new.get(name))
            for name in dict.fromkeys((*old, *new))
            if old.get(name) != new.get(name)
        },
        passages_gained=gained,
        passages_lost=lost,
        passages_moved=moved,
        quotes_gained=tuple(each for each in after.citations if each not in before.citations),
        quotes_lost=tuple(each for each in before.citations if each not in after.citations),
        text=tuple(difflib.unified_diff(before.text.splitlines(), after.text.splitlines(), lineterm="", n=0))[2:],
    )


def lines(found: Changes) -> Iterator[str]:
    """The changes as lines for a reader."""
    if not found:
        yield "nothing changed"
    for name, (old, new) in found.values.items():
        yield f"{name}: {old} -> {new}"
    for each in found.passages_lost:
        yield f"passage lost: {_place(each)}"
    for each in found.passages_gained:
        yield f"passage gained: {_place(each)}"
    for moved in found.passages_moved:
        place = "" if moved.before == moved.after else f", now {_place(moved.after)}"
        yield f"passage moved: {_place(moved.before)}, rank {moved.rank_before} -> {moved.rank_after}{place}"
    for quote in found.quotes_lost:
        yield f"quote lost: {_place(quote)}, {quote.support}: “{quote.text}”"
    for quote in found.quotes_gained:
        yield f"quote gained: {_place(quote)}, {quote.support}: “{quote.text}”"
    if found.text:
        yield "text:"
    yield from (line for line in found.text if not line.startswith("@@"))


def _values(record: LoggedAnswer) -> dict[str, Any]:
    return {
        **asdict(record.fingerprint),
        **record.settings,
        "standalone question": record.standalone_question,
        "status": record.status,
        "confidence": round(record.confidence, _CONFIDENCE_DECIMALS),
    }


def _passages(
    before: Sequence[KeptPassage], after: Sequence[KeptPassage]
) -> tuple[tuple[KeptPassage, ...], tuple[KeptPassage, ...], tuple[Moved, ...]]:
    """Those gained, lost and moved; a passage is the same when its article and its words are."""
    old = {(each.article_id, each.sha256): (rank, each) for rank, each in enumerate(before, start=1)}
    new = {(each.article_id, each.sha256): (rank, each) for rank, each in enumerate(after, start=1)}
    gained = tuple(each for key, (_, each) in new.items() if key not in old)
    lost = tuple(each for key, (_, each) in old.items() if key not in new)
    moved = (Moved(old[key][1], new[key][1], old[key][0], new[key][0]) for key in old if key in new)
    return (
        gained,
        lost,
        tuple(each for each in moved if (each.before, each.rank_before) != (each.after, each.rank_after)),
    )


def _place(each: KeptPassage | KeptCitation) -> str:
    return f"{each.article_id}, characters {each.start}-{each.end}"
