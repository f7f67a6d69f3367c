"""The sets of gold questions on which each hand-written rule is measured, see `ablation.py`."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag import Turn
from rag.assistant import Assistant
from rag.config import load_config
from rag.evaluation.gold import GoldQuestion
from tests.quality.gold_sets import GoldSet, ingested

SEED = 11


@dataclass(frozen=True)
class Asked:
    """A set of questions as it is asked here."""

    name: str
    gold: list[GoldQuestion]
    index: Path
    caution: str
    about: str


def drawn(questions: list[GoldQuestion], limit: int) -> list[GoldQuestion]:
    """At most `limit` of the questions, the same ones each time, in their order."""
    if len(questions) <= limit:
        return questions
    kept = set(random.Random(SEED).sample(range(len(questions)), limit))
    return [each for place, each in enumerate(questions) if place in kept]


def lines_of(file: Path) -> list[dict[str, Any]]:
    """The objects of a gzipped file, one a line."""
    return [json.loads(line) for line in gzip.decompress(file.read_bytes()).decode().splitlines()]


def of_set(each: GoldSet, data: Path, indexes: Path, limit: int) -> Asked:
    """A set of tests/quality/sets."""
    return Asked(each.name, drawn(each.questions(data), limit), ingested(each, data, indexes), each.caution, each.about)


def of_conversations(data: Path, indexes: Path, limit: int) -> Asked:
    """Vietnamese conversations about health news, each question over all passages: nothing was made on these."""
    return _of_rows("vicoqa", data / "more/vicoqa/dev.jsonl.gz", indexes, limit, lambda row: bool(row["history"]))


def of_news(data: Path, indexes: Path, limit: int) -> Asked:
    """Vietnamese questions about health news: nothing was made on these."""
    return _of_rows("vinewsqa", data / "more/vinewsqa/dev.jsonl.gz", indexes, limit, lambda row: True)


def _of_rows(name: str, file: Path, indexes: Path, limit: int, wanted: Callable[[dict[str, Any]], bool]) -> Asked:
    rows = lines_of(file)
    passages = list(dict.fromkeys(row["passage_id"] for row in rows))
    chosen = set(random.Random(SEED).sample(passages, min(len(passages), 2 * limit)))
    rows = [row for row in rows if row["passage_id"] in chosen]
    # A passage stands with the first of its questions alone.
    articles = {
        row["passage_id"]: {"id": row["passage_id"], "title": row["title"], "text": row["passage"], "language": "vi"}
        for row in rows
        if row["passage"]
    }
    folder = indexes / f"{name}-articles"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "articles.jsonl").write_text(
        "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in articles.values()), encoding="utf-8"
    )
    report = Assistant.open(load_config(overrides={"index": indexes / name})).ingest([folder / "articles.jsonl"])
    assert not report.failed, report.failed
    gold = [
        GoldQuestion(
            id=row["id"],
            question=row["question"],
            history=tuple(Turn(each["question"], each["answer"]) for each in row.get("history", ())),
            qrels={row["passage_id"]: 1},
            answers=tuple(row["answers"]),
        )
        for row in rows
        if wanted(row) and all(answer.strip() for answer in row["answers"])
    ]
    return Asked(name, drawn(gold, limit), indexes / name, "always_try", str(file.name))
