"""The turns of a conversation."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Turn:
    """One question of a conversation and its answer.

    `question` is as it was typed; `standalone` as it was understood, with what it referred to in the turns before it
    (`Answer.standalone_question`). Where that is None the rules for follow-ups find it again.
    """

    question: str
    answer: str
    standalone: str | None = None
