"""How near the sentences chosen for a summary come to what an editor wrote, for weights of place and lead.

    python tests/benchmarks/summaries.py summaries.jsonl.gz --limit 300

A line of the file has `title`, `text` and `summary`. Printed are the recall and F1 of the summary's words (ROUGE-1:
Lin, 2004) in five sentences, for the first five of the article, for those nearest to its mean, and for mixtures.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections import Counter
from pathlib import Path

import numpy as np

from rag.answering import summary
from rag.assistant import Assistant
from rag.config import load_config
from rag.documents.article import Article
from rag.models.text_vectors import TextVectors
from rag.text.words import words

# Lead and place; the first is none of either, the last the place alone.
GRID = (
    (0.0, 0.0),
    (0.05, 0.0),
    (0.0, 0.05),
    (0.05, 0.05),
    (0.05, 0.1),
    (0.0, 0.1),
    (0.05, 0.2),
    (0.05, 0.4),
    (0.0, 9.0),
)


def overlap(said: str, wanted: str) -> tuple[float, float]:
    """The recall and F1 (0 to 1) of the words of a text in another."""
    own, gold = Counter(words(said)), Counter(words(wanted))
    common = (own & gold).total()
    recall, precision = common / max(1, gold.total()), common / max(1, own.total())
    return recall, 2 * recall * precision / max(1e-9, recall + precision)


def main() -> None:
    """Print a line for each mixture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--limit", type=int, default=300)
    options = parser.parse_args()
    with gzip.open(options.file, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line, _ in zip(lines, range(options.limit), strict=False)]
    vectors = TextVectors(Assistant(load_config(overrides={"llm": {"model": "none"}})).embedder)
    for lead, early in GRID:
        summary.LEAD, summary.EARLY = lead, early
        found = []
        for row in rows:
            article = Article("", row["title"], row["text"], "", None, "vi")
            chosen = summary.central_sentences(article, vectors, summary.SENTENCES)
            text = " ".join(article.text[each.start : each.end] for each in chosen)
            found.append(overlap(text, row["summary"]))
        recall, f1 = np.mean(found, axis=0)
        print(f"lead {lead:.2f} early {early:.2f}: recall {recall:.3f}, F1 {f1:.3f}")


if __name__ == "__main__":
    main()
