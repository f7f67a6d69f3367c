"""The unigram tokenizer (SentencePiece) of the embedding model and the reader: text -> numbers of tokens.

The `tokenizers` library gives the same tokens (the tests hold the two equal) but needs 1.2 s of processor time to load
the 250,000 of this vocabulary, this module .24 s; 150 Vietnamese passages of XQuAD take the library .13 s, this module
.18 s, and .03 s once it knows their words. (Medians of three runs in turn on two busy cores.)
"""

from __future__ import annotations

import json
import re
import threading
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from math import inf
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

WORD_MARK = "▁"
UNKNOWN_PENALTY = 10.0
CACHED_WORDS = 1 << 15
CACHED_RUNS = 1 << 14
CACHED_LENGTH = 32

# What SentencePiece's map for this vocabulary does beyond NFKC: it drops control characters, and takes zero-width
# marks, the word mark itself and the replacement character for white space.
CONTROL = "[\x01-\x08\x0b\x0e-\x1f\x7f\x8f\x9f]"
SPACE = "[\\s\u200b-\u200f\u2581\ufeff\ufffd]+"

_control = re.compile(CONTROL)
# Some of the control characters, which are no part of the normal form, count as white space in a pattern.
_run = re.compile("(?:[^\\s\u200b-\u200f\u2581\ufeff\ufffd]|[\x0b\x1c-\x1f])+")
_space = re.compile(SPACE)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Pieces in the order of their numbers, their log probabilities, and the numbers of the special ones."""

    pieces: list[str]
    scores: list[float]
    bos: int
    eos: int
    pad: int
    unknown: int


def normalise(text: str) -> str:
    """Bring to NFKC, without control characters, each run of white space one space, none at the ends."""
    return _space.sub(" ", _control.sub("", unicodedata.normalize("NFKC", text))).strip(" ")


def tokenizer_json(vocabulary: Vocabulary) -> dict[str, Any]:
    """Return the content of `tokenizer.json`: NFKC, white space folded, unigram pieces, `<s> text </s>`."""
    pieces = vocabulary.pieces
    first, last = pieces[vocabulary.bos], pieces[vocabulary.eos]
    special = sorted({vocabulary.bos, vocabulary.eos, vocabulary.pad, vocabulary.unknown})
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    metaspace = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [{"id": number, "content": pieces[number], **flags} for number in special],
        "normalizer": {
            "type": "Sequence",
            "normalizers": [
                {"type": "NFKC"},
                {"type": "Replace", "pattern": {"Regex": CONTROL}, "content": ""},
                {"type": "Replace", "pattern": {"Regex": SPACE}, "content": " "},
                {"type": "Strip", "strip_left": True, "strip_right": True},
            ],
        },
        "pre_tokenizer": metaspace,
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [_special(first), {"Sequence": {"id": "A", "type_id": 0}}, _special(last)],
            "pair": [_special(first), {"Sequence": {"id": "A", "type_id": 0}}, _special(last)],
            "special_tokens": {
                piece: {"id": piece, "ids": [number], "tokens": [piece]}
                for piece, number in ((first, vocabulary.bos), (last, vocabulary.eos))
            },
        },
        "decoder": metaspace,
        "model": {
            "type": "Unigram",
            "unk_id": vocabulary.unknown,
            "vocab": [[piece, round(score, 6)] for piece, score in zip(pieces, vocabulary.scores, strict=True)],
            "byte_fallback": False,
        },
    }


def _special(piece: str) -> dict[str, Any]:
    return {"SpecialToken": {"id": piece, "type_id": 0}}


def save_vocabulary(tokenizer: Path, folder: Path) -> None:
    """Write the vocabulary of a unigram `tokenizer.json` as `pieces.txt` and `scores.npy` (float64) into `folder`.

    Raises `ValueError` when the tokenizer is of another kind.
    """
    model = json.loads(tokenizer.read_text(encoding="utf-8"))["model"]
    if model.get("type") != "Unigram" or model.get("byte_fallback"):
        raise ValueError(f"a {model.get('type')} tokenizer, not a plain Unigram one")
    pieces = [piece for piece, _ in model["vocab"]]
    if any(not piece or "\n" in piece for piece in pieces):
        raise ValueError("a piece is empty or holds the end of a line")
    (folder / "pieces.txt").write_text("\n".join(pieces), encoding="utf-8", newline="\n")
    np.save(folder / "scores.npy", np.array([score for _, score in model["vocab"]], np.float64))


def shared_tokenizer(folder: Path) -> UnigramTokenizer:
    """The tokenizer of a folder, one for all that use it at a time: its 250,000 pieces take some 50 MB.

    Raises what `UnigramTokenizer` raises.
    """
    found = (folder / "pieces.txt").stat()
    key = (str(folder.resolve()), found.st_ino, found.st_mtime_ns)
    with _sharing:
        tokenizer = _in_use.get(key)
        if tokenizer is None:
            tokenizer = _in_use[key] = UnigramTokenizer(folder)
        return tokenizer


_sharing = threading.Lock()
_in_use: WeakValueDictionary[tuple[str, int, int], UnigramTokenizer] = WeakValueDictionary()


class UnigramTokenizer:
    """A unigram vocabulary of pieces with log probabilities; safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        pieces = (folder / "pieces.txt").read_text(encoding="utf-8").split("\n")
        self._scores: list[float] = np.load(folder / "scores.npy", allow_pickle=False).tolist()
        if len(self._scores) != len(pieces):
            raise ValueError(f"{len(pieces)} pieces with {len(self._scores)} scores")
        self.ids = dict(zip(pieces, range(len(pieces)), strict=True))
        self.bos, self.eos, self.unk = (self.ids[piece] for piece in ("<s>", "</s>", "<unk>"))
        self._lengths = list(map(len, pieces))
        self._longest = max(self._lengths)
        self._unknown_score = min(self._scores) - UNKNOWN_PENALTY
        # Their score is 0, above every real piece: text that spells them must not become them.
        for piece in ("<s>", "</s>", "<unk>", "<pad>", "<mask>"):
            self.ids.pop(piece, None)
        self._cached = lru_cache(CACHED_WORDS)(self._segment)
        self._cached_run = lru_cache(CACHED_RUNS)(self._of_run)

    def encode(self, text: str, limit: int | None = None) -> list[int]:
        """Return the most probable pieces of `text`, the first `limit` of them, without `<s>` and `</s>`."""
        numbers: list[int] = []
        for word in normalise(text).split(" "):
            if not word:
                continue
            numbers += self._word(word)
            if limit is not None and len(numbers) >= limit:
                return numbers[:limit]
        return numbers

    def encode_with_ranges(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """Return all pieces of `text`, those of `encode`, and the offsets in `text` of what each stands for.

        A piece of a word that is written otherwise in its normal form stands for its letters where each of them has a
        normal form by itself, else for the whole word.
        """
        numbers: list[int] = []
        spans: list[tuple[int, int]] = []
        for match in _run.finditer(text):
            run, at = match[0], match.start()
            found, stretches = (self._cached_run if len(run) <= CACHED_LENGTH else self._of_run)(run)
            numbers += found
            spans += [(at + start, at + end) for start, end in stretches]
        return numbers, spans

    def _of_run(self, run: str) -> tuple[Sequence[int], Sequence[tuple[int, int]]]:
        """The pieces of a run without white space, and the offsets in it of what each stands for."""
        word = normalise(run)
        found = [number for part in word.split(" ") for number in self._word(part)] if word else []
        return found, self._stretches(run, word, found)

    def _stretches(self, run: str, word: str, found: list[int]) -> list[tuple[int, int]]:
        origins = _origins(run, word)
        if origins is None or " " in word:
            return [(0, len(run))] * len(found)
        stretches = []
        at = -1  # the word mark, which stands for no letter
        for number in found:
            start, at = max(at, 0), at + (self._lengths[number] if number != self.unk else self._strange(word, at))
            stretches.append((origins[start], origins[at - 1] + 1 if at > start else origins[start]))
        return stretches

    def _strange(self, word: str, start: int) -> int:
        """How many letters stand from `start` on that no piece has, and are one unknown piece together."""
        return sum(1 for _ in takewhile(lambda letter: letter not in self.ids, word[start:]))

    def with_special_tokens(self, text: str, max_tokens: int) -> list[int]:
        """Return `<s> text </s>`, at most `max_tokens` in all; what is too long loses its end."""
        return [self.bos, *self.encode(text, max_tokens - 2), self.eos]

    def _word(self, word: str) -> list[int]:
        return (self._cached if len(word) <= CACHED_LENGTH else self._segment)(word)

    def _segment(self, word: str) -> list[int]:
        """Find the best path through one word (Viterbi); on a tie the earlier start, neighbouring unknowns made one."""
        marked = WORD_MARK + word
        length, longest = len(marked), self._longest
        number_of, scores = self.ids.get, self._scores
        best = [-inf] * (length + 1)
        best[0] = 0.0
        steps = [(0, self.unk)] * (length + 1)
        for start in range(length):
            here = best[start]
            if number_of(marked[start : start + 1]) is None and here + self._unknown_score > best[start + 1]:
                best[start + 1] = here + self._unknown_score
                steps[start + 1] = (start, self.unk)
            for end in range(start + 1, min(start + longest, length) + 1):
                number = number_of(marked[start:end])
                if number is not None and here + scores[number] > best[end]:
                    best[end] = here + scores[number]
                    steps[end] = (start, number)
        return self._walk_back(steps)

    def _walk_back(self, steps: list[tuple[int, int]]) -> list[int]:
        numbers: list[int] = []
        end = len(steps) - 1
        while end:
            end, number = steps[end]
            if number != self.unk or not numbers or numbers[-1] != self.unk:
                numbers.append(number)
        return numbers[::-1]


def _origins(run: str, word: str) -> list[int] | None:
    """Where in `run` each letter of its normal form comes from, and its end; None when that cannot be told."""
    if run == word:
        return list(range(len(run) + 1))
    forms = [unicodedata.normalize("NFKC", letter) for letter in run]
    if "".join(forms) != word:
        return None
    return [place for place, form in enumerate(forms) for _ in form] + [len(run)]
