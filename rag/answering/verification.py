"""The check of a sentence against the evidence for it: numbers, dates, units and names first, then the words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from itertools import groupby, pairwise
from typing import Literal

from rag.text.analyzer import terms
from rag.text.language import language_of
from rag.text.names import names
from rag.text.normalize import fold
from rag.text.quantities import is_unit, quantities
from rag.text.words import FUNCTION_WORDS, content_words, words

Support = Literal["supported", "partly", "unsupported"]

# Shares of words, and the cosine from which texts with fewer in common are taken for paraphrases: from UIT-ViQuAD, by
# tests/benchmarks/citations.py.
_ENOUGH_WORDS = 0.6
_SOME_WORDS = 0.5
_PARAPHRASE = 0.93
_NEGATIONS = frozenset({"không", "chưa", "chẳng", "chả", "not", "no", "never", "nor", "pas", "jamais", "nicht", "kein"})
_ABSENT = re.compile(
    r"không (?:tìm thấy|thấy|có|rõ|đủ|được (?:nêu|đề cập|nhắc|cung cấp|nói))(?: \w+)?"
    r" (?:thông tin|câu trả lời|trong (?:các )?(?:câu trích|trích dẫn|bài|văn bản|đoạn))"
    r"|không (?:tìm thấy|đề cập|được (?:nêu|đề cập|nhắc đến))|chưa có thông tin"
    r"|\b(?:not|never|\w+n't)(?: \w+)?"
    r" (?:mention|mentioned|state|stated|specify|specified|given|provide|provided|say|found)\b"
    r"|\bno (?:information|mention|answer|data)\b|\bpas (?:d'information|mentionné|indiqué|précisé)",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"https?:|\bwww\.|\b[\w-]+\.(?:com|net|org|vn|example)\b", re.IGNORECASE)
_CODE = re.compile(r"(?=.*\d)(?=.*[^\W\d_])")
_PLAIN_NUMBER = re.compile(r"\d+(?:[.,]\d+)*[^\W\d_]{1,3}[²³]?\d?")
_DASHES = re.compile(r" ?[-–—] ?")
# A sentence may open with one of these and a given name; other words that open one are no part of a name.
_SURNAMES = frozenset(
    {
        *(
            "nguyễn",
            "trần",
            "lê",
            "phạm",
            "hoàng",
            "huỳnh",
            "phan",
            "vũ",
            "võ",
            "đặng",
            "bùi",
            "đỗ",
            "hồ",
            "ngô",
            "dương",
        ),
        *(
            "lý",
            "đào",
            "đoàn",
            "vương",
            "trịnh",
            "trương",
            "đinh",
            "lâm",
            "phùng",
            "mai",
            "tô",
            "hà",
            "cao",
            "châu",
            "tạ",
        ),
        *("thái", "lương", "lưu", "quách", "triệu", "tống", "kiều", "giáp"),
    }
)


def check(
    sentence: str, evidence: str, *, title: str = "", translated: bool = False, cosine: float | None = None
) -> Support:
    """Whether the evidence bears out a sentence: all of its figures and names must stand there, and most of its words.

    Names and words may stand in the title above the evidence, figures may not. A number of another thing than in the
    evidence, a negation in only one of the two, or two names that changed places are borne out in part. So are, by
    figures and names alone, the words of a `translated` sentence, which cannot be compared. `cosine` is that of the two
    texts: where the words differ, it says whether one may paraphrase the other.
    """
    if _ADDRESS.search(sentence) or (denies(sentence) and not denies(evidence)):
        return "unsupported"
    said, held = words(sentence), words(evidence)
    numbers, known, named = quantities(sentence), quantities(evidence), list(_names(sentence))
    codes = {word for word in said if _CODE.match(word) and not _PLAIN_NUMBER.fullmatch(word)}
    if not numbers.borne_out(known) or not codes <= set(held) or not _named(named, evidence, title):
        return "unsupported"
    if translated:
        return "partly" if numbers or named else "unsupported"
    language = language_of(sentence)
    worded = _worded(_share(sentence, numbers.rest, f"{title}\n{evidence}"), cosine)
    alike = (
        numbers.things(language) <= known.things(language)
        and not _NEGATIONS & set(said) ^ _NEGATIONS & set(held)
        and not _changed_places(sentence, evidence, language)
    )
    return "partly" if worded == "supported" and not alike else worded


def denies(text: str) -> bool:
    """Whether a text says that the information is not there."""
    return _ABSENT.search(text) is not None


def _worded(share: float, cosine: float | None) -> Support:
    """What the share of common words says of a sentence, and where they are few the cosine, if it is known."""
    near = cosine is not None and cosine >= _PARAPHRASE
    if share >= _ENOUGH_WORDS or (share >= _SOME_WORDS and near):
        return "supported"
    return "partly" if share >= _SOME_WORDS or near else "unsupported"


def _share(sentence: str, rest: str, evidence: str) -> float:
    """The share of the words of a sentence, less its figures, that the evidence holds: of all, or of those in no name.

    The smaller counts: names alone, which stand in much that is about them, bear nothing out (X là vợ của Y).
    """
    held = {fold(word) for word in terms(evidence)}
    said = [word for word in terms(rest) if not word[:1].isdigit()]
    named = {word for name in names(sentence) for word in terms(name)}
    plain = [word for word in content_words(said, language_of(sentence)) if word not in named]
    return min(sum(fold(word) in held for word in some) / len(some) if some else 1.0 for some in (said, plain))


def _names(text: str) -> Iterator[tuple[str, ...]]:
    """The words of each name, as they are typed; a surname that opens the sentence belongs to what follows it."""
    opening = re.match(r"\W*(\w+) (?=(\w))", text)
    for name in names(text):
        for part in _DASHES.split(name):
            parts = [word for word in terms(part) if not word[:1].isdigit() and not is_unit(word)]
            if (
                opening
                and opening[2].isupper()
                and text[opening.end() :].startswith(name)
                and _is_named(opening[1], text)
            ):
                parts.insert(0, *words(opening[1]))
                opening = None
            if parts:
                yield tuple(parts)


def _is_named(opening: str, text: str) -> bool:
    """Whether the word that opens a text is a part of the name behind it."""
    word = opening.casefold()
    language = language_of(text)
    return word in _SURNAMES if language in ("vi", "und") else word not in FUNCTION_WORDS.get(language, ())


def _named(wanted: Iterable[tuple[str, ...]], evidence: str, title: str) -> bool:
    """Whether each name stands, its words side by side, in the evidence or the title, or is made of whole names."""
    texts = [terms(evidence), terms(title)]
    whole = {name for text in (evidence, title) for name in _names(text)}
    return all(any(_stands(name, text) for text in texts) or _is_made_of(name, whole) for name in wanted)


def _stands(name: tuple[str, ...], held: Sequence[str]) -> bool:
    """Whether the words of a name stand side by side; without diacritics, and in one word, if it is typed so."""
    bare = all(fold(word) == word for word in name)
    wanted, tokens = "".join(name), [fold(word) for word in held] if bare else held
    for start in range(len(tokens)):
        joined = ""
        for token in tokens[start:]:
            joined += token
            if len(joined) >= len(wanted):
                break
        if joined == wanted:
            return True
    return False


def _is_made_of(name: tuple[str, ...], whole: set[tuple[str, ...]]) -> bool:
    """Whether a name is several names of the evidence, one behind the other (Hanoi Metro Vũ Hồng Trường)."""
    return not name or any(name[:end] in whole and _is_made_of(name[end:], whole) for end in range(1, len(name) + 1))


def _changed_places(sentence: str, evidence: str, language: str) -> bool:
    """Whether a name stands where the evidence has another: on the other side of a verb, or beside the same word.

    Bình thắng Nam, where it says that Nam thắng Bình; quận Hà Nội, where it says quận Hoàng Mai and the title Hà Nội.
    """
    capitals = {word for text in (sentence, evidence) for name in _names(text) for word in name}
    said, held = _runs(sentence, capitals), _runs(evidence, capitals)
    known = FUNCTION_WORDS.get(language, frozenset())
    between = _between(held, known)
    if any(
        (right, word, left) in between and (left, word, right) not in between
        for left, word, right in _between(said, known)
    ):
        return True
    beside = _beside(held, known)
    places = {place for place, _ in beside}
    return any(place in places and (place, name) not in beside for place, name in _beside(said, known))


_Runs = list[tuple[bool, list[str]]]


def _runs(text: str, capitals: set[str]) -> _Runs:
    """The words of a text in order, those of names together, and the others together."""
    return [(is_name, list(run)) for is_name, run in groupby(words(text), key=capitals.__contains__)]


def _between(runs: _Runs, known: Set[str]) -> set[tuple[str, str, str]]:
    """Each content word between two names, with the last words of the names."""
    return {
        (left[-1], word, right[-1])
        for (_, left), (is_name, middle), (_, right) in zip(runs, runs[1:], runs[2:], strict=False)
        if not is_name
        for word in middle
        if word not in known and left[-1] != right[-1]
    }


def _beside(runs: _Runs, known: Set[str]) -> set[tuple[tuple[str, str], str]]:
    """The content words right before and right behind each name, with that word of the name which they stand beside."""
    found = set()
    for (is_name, left), (_, right) in pairwise(runs):
        word, side, name = (right[0], "behind", left[-1]) if is_name else (left[-1], "before", right[0])
        if word not in known:
            found.add(((word, side), name))
    return found
