"""A data set in the layout in which `hoidap train weights` reads it: questions, each with the text that it is asked of.

    python -m tests.benchmarks.training_set QUESTIONS.jsonl(.gz) OUT.jsonl [--articles ARTICLES.jsonl] [--asked FILE]

Questions either name their `passage_id`, whose `passage` stands with the first of them, or, with `--articles`, are
gold questions over these articles. `--asked` puts the questions of a parallel file in place of their own. Questions
whose answer does not stand in their text are left out.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rag.text.normalize import clean
from rag.training.qa_dataset import TITLE_MARK, lines


def rows_of(path: Path) -> list[dict[str, Any]]:
    """The objects of a file, one a line."""
    return list(lines(path, dict))


def _number(question_id: str) -> str:
    return question_id.partition("-")[2]


def records(rows: list[dict[str, Any]], articles: dict[str, Any], asked: dict[str, str]) -> Iterator[dict[str, Any]]:
    """A record for each question with an answer that stands in its text."""
    passages = dict(articles)
    for row in rows:
        if row.get("passage"):
            passages[row["passage_id"]] = {**row, "text": row["passage"]}
    for row in rows:
        place = next(iter(row["articles"])) if articles else row["passage_id"]
        about = passages[place]
        text = clean(about["text"])
        answers = [answer for each in row["answers"] if (answer := clean(each)) and answer in text]
        if answers:
            head = clean(about["title"]) + TITLE_MARK
            yield {
                "id": row["id"],
                "question": asked.get(_number(row["id"]), row["question"]),
                "context": head + text,
                "answers": answers,
                "answer_starts": [len(head) + text.index(answer) for answer in answers],
                "language": about["language"],
            }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("questions", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--articles", type=Path)
    parser.add_argument("--asked", type=Path)
    options = parser.parse_args()
    articles = {row["id"]: row for row in rows_of(options.articles)} if options.articles else {}
    asked = {_number(row["id"]): row["question"] for row in rows_of(options.asked)} if options.asked else {}
    made = [json.dumps(each, ensure_ascii=False) for each in records(rows_of(options.questions), articles, asked)]
    options.out.write_text("".join(f"{line}\n" for line in made), encoding="utf-8")
    print(f"{len(made)} questions")


if __name__ == "__main__":
    main()
