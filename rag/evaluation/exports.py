"""A report and gold questions in the formats of others: TREC runs and judgements, JUnit XML."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath
from xml.etree import ElementTree

from rag.evaluation.gold import GoldQuestion
from rag.evaluation.outcome import Outcome
from rag.evaluation.report import Report

RUN_TAG = "hoidap"
_FORBIDDEN = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def trec_run(report: Report) -> str:
    """The rankings of a report as lines `question Q0 article rank score tag`, ids as `trec_id` writes them.

    The score is the number of articles from this one to the last: it falls by 1, so that no two tie.
    """
    lines = [
        f"{trec_id(outcome.id)} Q0 {trec_id(article)} {rank} {len(outcome.ranking) - rank + 1} {RUN_TAG}\n"
        for outcome in report.outcomes
        for rank, article in enumerate(outcome.ranking, start=1)
    ]
    return "".join(lines)


def qrels(gold: Sequence[GoldQuestion]) -> str:
    """The judged articles of questions as lines `question 0 article grade`, ids as `trec_id` writes them."""
    return "".join(
        f"{trec_id(question.id)} 0 {trec_id(article)} {grade}\n"
        for question in gold
        for article, grade in question.qrels.items()
    )


def trec_id(name: str) -> str:
    """An id without white space: that, `%` and what cannot be seen become `%` and the hexadecimal of their UTF-8.

    No two ids become the same, since `%` itself is written `%25`; an empty one becomes `%`.
    """
    return "".join(_percent(each) if each in "% " or not each.isprintable() else each for each in name) or "%"


def junit(report: Report) -> str:
    """A report as JUnit XML: each question a test case, which fails where the reply is wrong.

    Its class is the name of the gold file, with the tag `kind` where there is one; its failure has the fault as type.
    """
    outcomes = report.outcomes
    name = _plain(PurePath(report.name).stem)
    failed = sum(outcome.fault is not None for outcome in outcomes)
    counts = {"tests": str(len(outcomes)), "failures": str(failed)}
    root = ElementTree.Element("testsuites", counts)
    suite = ElementTree.SubElement(root, "testsuite", {"name": name, **counts, "errors": "0", "skipped": "0"})
    for outcome in outcomes:
        kind = outcome.tags.get("kind")
        case = {"classname": f"{name}.{_plain(kind)}" if kind else name, "name": _plain(outcome.id)}
        element = ElementTree.SubElement(suite, "testcase", case)
        if outcome.fault is not None:
            about = {"type": outcome.fault, "message": _plain(f"{outcome.fault}: {outcome.question}")}
            ElementTree.SubElement(element, "failure", about).text = _plain(_failure(outcome))
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _failure(outcome: Outcome) -> str:
    expected = " | ".join(outcome.expected) or ("any answer" if outcome.answerable else "a refusal")
    lines = [
        f"question: {outcome.question}",
        f"expected: {expected}",
        f"articles: {', '.join(outcome.relevant)}" if outcome.relevant else "",
        f"short: {outcome.short}" if outcome.short else "",
        f"got ({outcome.status}): {outcome.answer}",
    ]
    return "\n".join(line for line in lines if line)


def _percent(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogatepass"))


def _plain(text: str) -> str:
    """The text less the characters that XML forbids."""
    return _FORBIDDEN.sub("", text)
