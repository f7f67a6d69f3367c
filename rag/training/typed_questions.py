"""Questions as people type them in a chat, made of well-written ones: slips, short forms, small words."""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from rag.text.normalize import clean
from rag.training.qa_dataset import lines

# Of how many words one is written otherwise where that is known of it, and one is mistyped.
SLIP_SHARE, MISTYPED_SHARE = 0.15, 0.02
# The shares of questions before and behind which something stands that asks nothing.
OPENED_SHARE, ENDED_SHARE = 0.2, 0.35
_OPENINGS = ("cho mình hỏi ", "cho hỏi ", "ad ơi ", "mình muốn biết ", "em hỏi chút, ", "bạn ơi ", "hỏi tí ")
_ENDINGS = (" vậy", " thế", " ạ", " nhỉ", " vậy ạ", " vậy bạn", " ta", " thế nhỉ", " ấy nhỉ", " dạ", " với")
_WORDS = re.compile(r"\w+")

Slips = Mapping[str, Sequence[str]]


def learn_slips(paths: Iterable[Path]) -> Slips:
    """How people write each word otherwise, each way as often as it was seen, in pairs of texts.

    The files have a JSON object a line, `error` as it was typed and `correct` as it was meant. Words are lower case;
    only those are compared that stand alone between words that are the same. Raises `GoldError` naming the line.
    """
    seen: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for path in paths:
        for typed, meant in lines(path, _pair):
            for own, other in _exchanged(meant, typed):
                seen[own][other] += 1
    return {word: [*ways.elements()] for word, ways in seen.items()}


def _pair(fields: Any) -> tuple[list[str], list[str]]:
    typed, meant = (_WORDS.findall(clean(fields[name]).casefold()) for name in ("error", "correct"))
    return typed, meant


def _exchanged(meant: Sequence[str], typed: Sequence[str]) -> Iterable[tuple[str, str]]:
    for what, at, to, start, end in SequenceMatcher(None, meant, typed, autojunk=False).get_opcodes():
        if what == "replace" and to - at == end - start == 1:
            yield meant[at], typed[start]


def typed_question(question: str, slips: Slips, rng: random.Random) -> str:
    """A Vietnamese question as somebody types it in a hurry; its first letter may be small, its mark may lack."""
    text = _WORDS.sub(lambda match: _typed(match[0], slips, rng), question.strip())
    text = text.rstrip("?. ") if rng.random() < 0.5 else text
    if rng.random() < 0.5:
        text = text[:1].lower() + text[1:]
    if rng.random() < OPENED_SHARE:
        text = rng.choice(_OPENINGS) + text
    if rng.random() < ENDED_SHARE:
        mark = "?" if text.endswith("?") else ""
        text = text.rstrip("? ") + rng.choice(_ENDINGS) + mark
    return text


def _typed(word: str, slips: Slips, rng: random.Random) -> str:
    if word.isdigit():
        return word
    ways = slips.get(word.casefold())
    if ways and rng.random() < SLIP_SHARE:
        return rng.choice(ways)
    return _mistyped(word, rng) if len(word) > 2 and rng.random() < MISTYPED_SHARE else word


def _mistyped(word: str, rng: random.Random) -> str:
    """A word with a letter left out, typed twice, or changed round with the next."""
    at = rng.randrange(len(word) - 1)
    return rng.choice(
        (
            word[:at] + word[at + 1 :],
            word[: at + 1] + word[at:],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        )
    )
