"""How near the embedding model puts a question to any text, by the languages of both: what a cosine starts from."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

# Mean cosines of questions with sentences that have nothing to do with them, written by the script it names.
TABLE = Path(__file__).parents[1] / "weights" / "cosine_offsets.json"
REFERENCE = "vi"


@cache
def cosine_offset(question: str, passage: str) -> float:
    """What is added to the cosine of a question in one language and a passage in another; -0.05 to 0.07.

    With it, cosines can be compared whatever the languages: it is as if both were Vietnamese. Languages are ISO 639-1
    codes; where one of them is `und`, both are taken to be in the other.
    """
    if passage == "und":
        passage = question
    means, other, related = _table()
    own, _ = means.get(passage, other)
    _, across = means.get(question, other)
    mean = own if question in ("und", passage) else related.get((question, passage), across)
    return means[REFERENCE][0] - mean


@cache
def _table() -> tuple[dict[str, tuple[float, float]], tuple[float, float], dict[tuple[str, str], float]]:
    """The means in and across languages, those of a language that is not in the table, and those of related pairs."""
    table = json.loads(TABLE.read_text(encoding="utf-8"))
    means = {language: (mean["own"], mean["across"]) for language, mean in table["languages"].items()}
    related = {(pair["question"], pair["passage"]): pair["cosine"] for pair in table["related"]}
    return means, (table["other"]["own"], table["other"]["across"]), related
