"""The files of a report: a page to look at, values for programs, and the forms that other tools of the field read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rag.evaluation.exports import junit, qrels, trec_run
from rag.evaluation.gold import GoldQuestion
from rag.evaluation.page import render
from rag.evaluation.report import REPORT, TIMINGS, Report, as_json, timings

PAGE, TREC_RUN, TREC_QRELS, JUNIT = "report.html", "run.trec", "qrels.trec", "junit.xml"


def write(report: Report, gold: Sequence[GoldQuestion], out: Path) -> None:
    """Write the page, `report.json`, `timings.json`, a TREC run and qrels, and JUnit XML into a folder."""
    out.mkdir(parents=True, exist_ok=True)
    values, times = as_json(report), timings(report)
    write_json(values, out / REPORT)
    write_json(times, out / TIMINGS)
    (out / PAGE).write_text(render(values, times), encoding="utf-8")
    (out / TREC_RUN).write_text(trec_run(report), encoding="utf-8")
    (out / TREC_QRELS).write_text(qrels(gold), encoding="utf-8")
    (out / JUNIT).write_text(junit(report), encoding="utf-8")


def write_json(values: Any, file: Path) -> None:
    """Write plain values as JSON, the same for the same values."""
    file.write_text(json.dumps(values, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
