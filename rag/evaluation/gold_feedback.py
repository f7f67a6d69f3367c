"""What readers said of answers -> gold questions that are proposed, for a person to correct and accept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from rag.answering.answer import Answer
from rag.conversations.conversation import Exchange, Feedback
from rag.evaluation.gold_import import digest, line_of
from rag.index.filter import Filter


def from_feedback(exchanges: Iterable[Exchange]) -> list[str]:
    """A draft for each answer of which something was said, in their order; of the same question the last word counts.

    A right answer proposes the articles that it cites, and its short answer; a wrong one what it should have said, and
    its own short answer as one that may not come; one that should have been refused proposes a refusal.
    """
    lines: dict[str, str] = {}
    for exchange in exchanges:
        if exchange.answer and exchange.feedback:
            name, line = _line(exchange.answer, exchange.feedback)
            lines.pop(name, None)
            lines[name] = line
    return list(lines.values())


def _line(answer: Answer, feedback: Feedback) -> tuple[str, str]:
    question = answer.standalone_question or answer.question
    name = f"feedback-{digest(question, str(answer.request.only))}"
    tags = {"source": "feedback", "verdict": feedback.verdict, "answer": answer.id}
    fields: dict[str, Any] = {"id": name, "question": question, **_expected(answer, feedback), "tags": tags}
    if answer.request.only:
        fields["filter"] = _filter(answer.request.only)
    return name, line_of({**fields, "today": answer.request.today.isoformat(), "draft": True})


def _expected(answer: Answer, feedback: Feedback) -> dict[str, Any]:
    # What a refusal quotes is said to answer nothing.
    answered = answer.status == "answered"
    cited = {citation.quote.article_id: 1 for citation in answer.citations} if answered else {}
    if feedback.verdict == "should_have_refused":
        return {"must_not": [answer.short] if answer.short else []}
    if feedback.verdict == "right":
        found = [feedback.correction, answer.short or ""]
        return {"articles": cited, "answers": [each for each in dict.fromkeys(found) if each]}
    corrected = [feedback.correction] if feedback.correction else []
    wrong = [answer.short] if feedback.verdict == "wrong" and answer.short and corrected else []
    # What was cited wrongly may be the wrong article.
    return {"articles": cited if feedback.verdict == "wrong" else {}, "answers": corrected, "must_not": wrong}


def _filter(only: Filter) -> dict[str, Any]:
    return {name: value for name, value in asdict(only).items() if value}
