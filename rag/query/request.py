"""The request: a question and all that the asker says with it, checked once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, get_args

from rag.config import AnswerSettings, Mode, confidence_of
from rag.errors import QuestionError, UsageError
from rag.index.filter import EVERYTHING, Filter
from rag.query.conversation import Turn
from rag.text.normalize import clean

# A turn, or its question, answer and perhaps the question as it was understood: in this order, or under their names.
TurnLike = Turn | Sequence[str | None] | Mapping[str, str | None]
MAX_QUESTION_CHARS = 2000
# A follow-up builds on the last six turns that were searched for; small talk may stand between them.
MAX_TURNS = 12


@dataclass(frozen=True, slots=True)
class Request:
    """A question and all that the asker says with it; made once, and kept whole with the answer.

    `question` is on one line; `history` are the last turns before it, in their order; `only` the articles that the
    filter lets through are searched. `today` is the day against which it is read (năm ngoái, latest). `mode` is how it
    is to be answered; `refuse_below` (0 to 1) the confidence under which there is no answer, None for that of the
    settings. `as_typed` says that no word of it is to be corrected.
    """

    question: str
    history: tuple[Turn, ...]
    only: Filter
    today: date
    mode: Mode
    refuse_below: float | None = None
    as_typed: bool = False

    @classmethod
    def of(
        cls,
        question: str,
        history: Iterable[TurnLike] = (),
        only: Filter = EVERYTHING,
        today: date | str | None = None,
        mode: Mode | None = None,
        refuse_below: float | str | None = None,
        as_typed: bool = False,
        *,
        settings: AnswerSettings | None = None,
    ) -> Request:
        """The request that a caller's words make; the mode is that of the settings when it is None.

        Raises `QuestionError` for what is no question, `UsageError` for the rest.
        """
        configured: Mode = settings.mode if settings else "extractive"
        return cls(
            question=question_of(question),
            history=turns_of(history)[-MAX_TURNS:],
            only=filter_of(only),
            today=day_of(today),
            mode=mode_of(mode, configured),
            refuse_below=threshold_of(refuse_below),
            as_typed=as_typed is True,
        )


def question_of(given: str) -> str:
    """The question on one line, without control characters. Raises `QuestionError` when it is none, or too long."""
    if not isinstance(given, str):
        raise QuestionError(f"a question is a text; {given!r} is not")
    asked = " ".join(clean(given).split())
    if not any(map(str.isalnum, asked)):
        raise QuestionError("the question is empty; ask something in words")
    if len(asked) > MAX_QUESTION_CHARS:
        raise QuestionError(f"the question has {len(asked):,} characters; at most {MAX_QUESTION_CHARS:,} are read")
    return asked


def mode_of(given: Mode | None, configured: Mode) -> Mode:
    """The mode asked for, by default the configured one. Raises `UsageError` for another than the two."""
    mode = configured if given is None else given
    if mode not in get_args(Mode):
        raise UsageError(f"mode is 'extractive' (quotes only) or 'generative' (a model phrases them); {given!r} is not")
    return mode


def threshold_of(given: float | str | None) -> float | None:
    """The confidence under which there is no answer, of a number or its name in `CAUTION`; None stays None.

    Raises `UsageError` for another name and for a number that is not from 0 to 1.
    """
    try:
        return None if given is None else confidence_of(given)
    except ValueError as error:
        raise UsageError(f"refuse_below: {error}") from error


def day_of(given: date | str | None) -> date:
    """A day, of a date or its text; that of today when it is None. Raises `UsageError` for what is none."""
    if isinstance(given, datetime):
        return given.date()
    try:
        return given if isinstance(given, date) else date.today() if given is None else date.fromisoformat(given)
    except (TypeError, ValueError) as error:
        raise UsageError(f"today is a date or its text such as '2024-09-07'; {given!r} is not") from error


def turns_of(given: Iterable[TurnLike]) -> tuple[Turn, ...]:
    """The earlier turns, the first one first. Raises `UsageError` for what has none of the three shapes."""
    try:
        if not isinstance(given, Iterable) or isinstance(given, str | bytes | Mapping):
            raise TypeError(repr(given))
        return tuple(_turn(each) for each in given)
    except TypeError as error:
        raise UsageError(
            "history is a list of earlier turns: Turn(question, answer), (question, answer) pairs or mappings with"
            f" exactly these two names, each with `standalone` as a third if that is known; {error} is none"
        ) from error


def _turn(given: Any) -> Turn:
    """The turn; `TypeError` with what is none."""
    turn = given
    if isinstance(given, Mapping) and {"question", "answer"} <= given.keys() <= {"question", "answer", "standalone"}:
        turn = Turn(**given)
    elif isinstance(given, list | tuple) and len(given) in (2, 3):
        turn = Turn(*given)
    if not isinstance(turn, Turn) or not isinstance(turn.question, str) or not isinstance(turn.answer, str):
        raise TypeError(repr(given))
    if not isinstance(turn.standalone, str | None):
        raise TypeError(repr(given))
    return turn


def filter_of(given: Filter) -> Filter:
    """The filter itself. Raises `UsageError` for what is none."""
    if not isinstance(given, Filter):
        raise UsageError(f"only is a filter such as Filter(languages='vi', since='2024'); {given!r} is not")
    return given


def count_of(given: int) -> int:
    """How many passages are wanted. Raises `UsageError` for what is no whole number from 1 on."""
    if not isinstance(given, int) or isinstance(given, bool) or given < 1:
        raise UsageError(f"top_n is a whole number from 1 on; {given!r} is not")
    return given
