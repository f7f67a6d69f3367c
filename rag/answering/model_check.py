"""The check of a claim by a language model, which also tells whether an answer is one to its question."""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass

from rag.answering.answer_check import Verdict
from rag.answering.quote import Quote
from rag.errors import GenerationError
from rag.models.llm import LanguageModel
from rag.prompts import neutral, render
from rag.text.language import language_of

_MAX_TOKENS = 48
_OBJECT = re.compile(r"\{[^{}]*\}")


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the model says of an answer; None where its reply could not be read.

    `faithful` when the answer says only what the quotes say, `relevant` when it answers the question.
    """

    faithful: bool | None
    relevant: bool | None


class ModelCheck:
    """The `AnswerCheck` by a language model, greedily decoded; the prompt is `prompts/judge.*.jinja`.

    It is shown each quote by itself, then all together: what only these bear out is so in part.
    """

    def __init__(self, llm: LanguageModel, timeout: float) -> None:
        """Ask this model; `timeout` are the seconds that one reply may take."""
        self._llm, self._timeout = llm, timeout

    def check(self, claim: str, quotes: Sequence[Quote], *, timeout: float = math.inf) -> Verdict:
        """See `AnswerCheck.check`; a reply that cannot be read bears nothing out."""
        ends = time.monotonic() + timeout
        unread = False
        for place, quote in enumerate(quotes):
            faithful = self.judge("", claim, [quote.text], timeout=ends - time.monotonic()).faithful
            unread = unread or faithful is None
            if faithful:
                return Verdict("supported", (place,), "the model finds it in this quote")
        if len(quotes) > 1:
            together = [quote.text for quote in quotes]
            if self.judge("", claim, together, timeout=ends - time.monotonic()).faithful:
                return Verdict("partly", tuple(range(len(quotes))), "the model finds it in the quotes together alone")
        reason = "a reply of the model could not be read" if unread else "the model does not find it in the quotes"
        return Verdict("unsupported", (), reason if quotes else "there is no quote")

    def judge(self, question: str, answer: str, quotes: Sequence[str], *, timeout: float = math.inf) -> Judgement:
        """What the model says of an answer to a question, "" for none, that rests on the texts of these quotes.

        Raises `GenerationError` when the model fails or does not reply in time.
        """
        left = min(timeout, self._timeout)
        if left <= 0:
            raise GenerationError("there was no time left to check what it said")
        values = {
            "question": neutral(question),
            "evidence": "\n".join(neutral(quote) for quote in quotes),
            "answer": neutral(answer),
        }
        messages = render("judge", language_of(question or answer), values)
        return _judgement("".join(self._llm.stream(messages, max_tokens=_MAX_TOKENS, timeout=left)))


def _judgement(reply: str) -> Judgement:
    match = _OBJECT.search(reply)
    try:
        fields = json.loads(match[0]) if match else {}
    except ValueError:
        fields = {}
    faithful, relevant = (
        value if isinstance(value := fields.get(name), bool) else None for name in ("faithful", "relevant")
    )
    return Judgement(faithful, relevant)
