"""The check of a sentence against the evidence for it: numbers, dates, units and names first, then the words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from itertools import accumulate, groupby, pairwise
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
_ADDRESS = re.compile(r"https?:|\bwww\.|[\w-]\.(?:com|net|org|vn|example)\b", re.IGNORECASE)
_CODE = re.compile(r"(?=.*\d)(?=.*[^\W\d_])")
_PLAIN_NUMBER = re.compile(r"\d+(?:[.,]\d+)*[^\W\d_]{1,3}[²³]?\d?")
_LONGEST_NAME = 12  # words, of a name that stands right before or behind another
_DASHES = re.compile(r" ?[-–—] ?")
_BETWEEN_CLAUSES = re.compile(
    r" ?[,;] ?(?:(?:và|còn|nhưng|and|but|while|et|mais|und|aber|y|pero) )?"
    r"| (?:và|còn|nhưng|trong khi|and|but|while|whereas|et|mais|und|aber|y|pero) ",
    re.IGNORECASE,
)
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
    numbers, known = quantities(sentence), quantities(evidence)
    if not numbers.borne_out(known) or not _named(sentence, evidence, title):
        return "unsupported"
    if translated:
        return "partly" if numbers or any(_names(sentence)) else "unsupported"
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


def check_together(sentence: str, evidence: Sequence[tuple[str, str]]) -> Support:
    """Whether texts, each with its title, together bear out in part a sentence that none of them does alone.

    All of its words may stand in any of them, but the names of a clause must stand in one, and a clause with a number
    must be borne out by one: otherwise the name would come from one text and the number from another.
    """
    texts, titles = ("\n".join(parts) for parts in zip(*evidence, strict=True))
    for clause in _clauses(sentence):
        if quantities(clause):
            borne_out = any(check(clause, text, title=title) != "unsupported" for text, title in evidence)
        else:
            borne_out = any(_named(clause, text, title) for text, title in evidence)
        if not borne_out:
            return "unsupported"
    return "unsupported" if check(sentence, texts, title=titles) == "unsupported" else "partly"


def _clauses(sentence: str) -> list[str]:
    """The clauses of a sentence that say the same of several names: Cầu A dài 450 m và cầu B dài 300 m.

    Others, such as those without a subject of their own, are left in one. So is what comes before a number.
    """
    sentence = " ".join(sentence.split())
    counts = bool(quantities(sentence))
    clauses = [""]
    starts = [0, *(match.start() for match in _BETWEEN_CLAUSES.finditer(sentence)), len(sentence)]
    for start, end in pairwise(starts):
        part = sentence[start:end]
        heads = [_before_name(text) for text in (clauses[-1], part)]
        whole = all(head is not None for head in heads) and (heads[1] == [] or heads[0] == heads[1])
        if whole and (not counts or (quantities(clauses[-1]) and quantities(part))):
            clauses.append(part)
        else:
            clauses[-1] += part
    return clauses


def _before_name(clause: str) -> list[str] | None:
    """The words of a clause before its first name, less what joins it to the clause before; None without a name."""
    found = [name for name in names(clause) if not name[0].isdigit()]
    if not found:
        return None
    joined = _BETWEEN_CLAUSES.match(clause)
    return words(clause[joined.end() if joined else 0 : clause.index(found[0])])


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
    found = names(text)
    before: list[str] = []
    if opening and found and text.startswith(found[0], opening.end()) and opening[2].isupper():
        # In scripts without capitals nothing tells a name from what precedes it.
        before = words(opening[1]) if opening[1][0].isupper() and _is_named(opening[1], text) else []
    for name in found:
        for part in _DASHES.split(name):
            parts = [*before, *(word for word in terms(part) if not word[:1].isdigit() and not is_unit(word))]
            before = []
            if parts:
                yield tuple(parts)


def _is_named(opening: str, text: str) -> bool:
    """Whether the word that opens a text is a part of the name behind it."""
    word = opening.casefold()
    language = language_of(text)
    return word in _SURNAMES if language in ("vi", "und") else word not in FUNCTION_WORDS.get(language, ())


def _named(sentence: str, evidence: str, title: str) -> bool:
    """Whether each name of a sentence stands, its words side by side, in the evidence or the title, or is made of such.

    So must the codes, in the evidence alone.
    """
    codes = {word for word in words(sentence) if _CODE.match(word) and not _PLAIN_NUMBER.fullmatch(word)}
    if not codes <= set(words(evidence)):
        return False
    texts = [_Joined(terms(text)) for text in (evidence, title)]
    whole = {name for text in (evidence, title) for name in _names(text)}
    wanted = dict.fromkeys(_names(sentence))
    return all(any(text.holds(name) for text in texts) or _is_made_of(name, whole) for name in wanted)


class _Joined:
    """The words of a text written together, as they are typed and without diacritics, to find names in."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self._typed = _written_together(tokens)
        self._bare = _written_together([fold(token) for token in tokens])

    def holds(self, name: tuple[str, ...]) -> bool:
        """Whether the words of a name stand side by side; without diacritics, and in one word, if it is typed so."""
        text, starts = self._bare if all(fold(word) == word for word in name) else self._typed
        wanted = "".join(name)
        return any(text.startswith(wanted, start) and start + len(wanted) in starts for start in starts)


def _written_together(tokens: Sequence[str]) -> tuple[str, dict[int, None]]:
    """The tokens in one word, and where in it each of them begins, the end among them."""
    return "".join(tokens), dict.fromkeys(accumulate(map(len, tokens), initial=0))


def _is_made_of(name: tuple[str, ...], whole: set[tuple[str, ...]]) -> bool:
    """Whether a name is several names of the evidence, one behind the other (Hanoi Metro Vũ Hồng Trường)."""
    reached = {0}  # places up to which the name is made of such
    for start in range(len(name)):
        if start in reached:
            reached |= {end for end in range(start + 1, start + 1 + _LONGEST_NAME) if name[start:end] in whole}
    return len(name) in reached


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
