"""How many sentences that differ between copies of one story count as the same, and some of them for a person to judge.

python -m tests.benchmarks.near_duplicates FILE... [--show N] [--seed N]

Two articles are *copies* of one story when three sentences of one stand in the other word for word. Counted are the
sentences of the one that do not, and those of them that `rag.answering.duplicates` puts together with such a sentence
of the other, each pair of texts once. Shown are N of these pairs, drawn at random, by the words in which they differ.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from pathlib import Path

from rag.answering.duplicates import grouped
from rag.documents.article import Article
from rag.documents.formats import Loaded, load
from rag.text.sentences import sentences
from rag.text.words import words

# What stands in more articles than this is a formula, and what has fewer words says too little to tell a story by.
MAX_ARTICLES, MIN_WORDS, SHARED = 20, 6, 3
Story = dict[tuple[str, ...], str]


def story_of(article: Article) -> Story:
    """The sentences of an article by their words."""
    found = {tuple(words(article.text[start:end])): article.text[start:end] for start, end in sentences(article.text)}
    return {key: text for key, text in found.items() if len(key) >= MIN_WORDS}


def copies(stories: Sequence[Story]) -> Iterator[tuple[Story, Story]]:
    """The pairs of copies."""
    where: dict[tuple[str, ...], list[int]] = {}
    for number, story in enumerate(stories):
        for key in story:
            where.setdefault(key, []).append(number)
    shared: Counter[tuple[int, int]] = Counter()
    for numbers in where.values():
        if len(numbers) <= MAX_ARTICLES:
            shared.update((one, other) for place, one in enumerate(numbers) for other in numbers[place + 1 :])
    for (one, other), count in shared.items():
        if count >= SHARED:
            yield stories[one], stories[other]


def difference(one: str, other: str) -> str:
    """The words in which two sentences differ."""
    first, second = one.split(), other.split()
    changed = [each for each in SequenceMatcher(None, first, second, False).get_opcodes() if each[0] != "equal"]
    return "; ".join(f"{' '.join(first[a:b]) or '-'} | {' '.join(second[c:d]) or '-'}" for _, a, b, c, d in changed)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="articles")
    parser.add_argument("--show", type=int, default=0, metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    read = [story_of(each.article) for file in given.files for each in load(file) if isinstance(each, Loaded)]
    pairs = differing = 0
    same: dict[tuple[str, str], None] = {}
    for one, other in copies(read):
        pairs += 1
        own = [text for key, text in one.items() if key not in other]
        others = [text for key, text in other.items() if key not in one]
        differing += len(own)
        for text in own:
            if partner := next((each for each in others if len(grouped([text, each])) == 1), None):
                same[text, partner] = None
    print(f"{len(read):,} articles, {pairs:,} pairs of copies")
    print(f"{differing:,} sentences differ, {len(same):,} of them count as the same")
    for text, partner in random.Random(given.seed).sample(list(same), min(given.show, len(same))):
        print(difference(text, partner))


if __name__ == "__main__":
    main()
