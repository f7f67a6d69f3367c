"""How many mistyped words of questions are read as they were meant, and how many right ones are changed.

python tests/benchmarks/spelling.py GOLD --index DIR [--limit N] [--show]

Vietnamese questions over the collection in DIR are asked with two words mistyped: a letter doubled, left out, put in or
exchanged with the next, or the keys of a Vietnamese keyboard as they are typed (Telex). Compared without diacritics.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import unicodedata
from collections import Counter
from pathlib import Path
from string import ascii_lowercase

from rag.assistant import Assistant
from rag.evaluation.gold import draw, load_gold
from rag.index.snapshot import Collection
from rag.query.spelling import corrected
from rag.text.normalize import fold

_WORD = re.compile(r"[^\W\d_]+")
_TONES = {"\u0300": "f", "\u0301": "s", "\u0303": "x", "\u0309": "r", "\u0323": "j"}
_VOWELS = {"ă": "aw", "â": "aa", "ê": "ee", "ô": "oo", "ơ": "ow", "ư": "uw", "đ": "dd"}


def telex(word: str) -> str:
    """The keys that a word is typed with, the tone last."""
    decomposed = unicodedata.normalize("NFD", word.lower())
    tones = "".join(_TONES.get(letter, "") for letter in decomposed)
    bare = unicodedata.normalize("NFC", "".join(letter for letter in decomposed if letter not in _TONES))
    return "".join(_VOWELS.get(letter, letter) for letter in bare) + tones


def mistyped(word: str, rng: random.Random) -> str:
    """A word with one slip in it."""
    at = rng.randrange(len(word) - 1)
    ways = (
        word[: at + 1] + word[at:],
        word[:at] + word[at + 1 :],
        word[:at] + rng.choice(ascii_lowercase) + word[at:],
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        telex(word),
    )
    return rng.choice(ways)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", type=Path)
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=400)
    parser.add_argument("--show", action="store_true", help="print each question that is read otherwise than meant")
    arguments = parser.parse_args()
    assistant, rng = Assistant.open(arguments.index), random.Random(1)
    embedder = assistant.embedder
    statistics = Collection(arguments.index, embedder).snapshot().statistics
    counts: Counter[str] = Counter()
    for gold in draw(load_gold(arguments.gold), arguments.limit):
        question = gold.question
        meant = [match[0] for match in _WORD.finditer(question)]
        counts["words, well typed"] += len(meant)
        kept = [match[0] for match in _WORD.finditer(corrected(question, statistics, embedder))]
        counts["of these changed"] += sum(fold(a) != fold(b) for a, b in zip(meant, kept, strict=False))
        places = [place for place, word in enumerate(meant) if len(word) >= 3]
        chosen = {place: mistyped(meant[place], rng) for place in rng.sample(places, min(2, len(places)))}
        chosen = {place: word for place, word in chosen.items() if fold(word) != fold(meant[place])}
        matches = list(_WORD.finditer(question))
        typed = question
        for place in sorted(chosen, reverse=True):
            typed = typed[: matches[place].start()] + chosen[place] + typed[matches[place].end() :]
        read = corrected(typed, statistics, embedder)
        found = [match[0] for match in _WORD.finditer(read)]
        for place, word in chosen.items():
            got = fold(found[place]).casefold() if place < len(found) else ""
            right, same = got == fold(meant[place]).casefold(), got == fold(word).casefold()
            counts["mistyped, read as meant" if right else "left" if same else "read as another word"] += 1
        if arguments.show and fold(read).casefold() != fold(question).casefold():
            print(f"{question}\n  {typed}\n  {read}")
    for name, count in counts.items():
        print(f"{name}: {count}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
