"""Unicode text: one normal form, the fold without diacritics, sentences, and words for the lexical index."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any

Span = tuple[int, int]

_UNWANTED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\xad\u200b\u2060\ufeff\ufffe\uffff\ud800-\udfff]")
_LINE_ENDS = re.compile(r"\r\n?|[\u2028\u2029\x85]")
_TYPED_MARKS = re.compile(r"[\u0300-\u036f]")
_STROKES = str.maketrans("đĐðÐ", "dDdD")
_OPEN_SYLLABLE = re.compile(r"(?<!q)(o[ae]|uy)([\u0300\u0301\u0303\u0309\u0323])$")
# 7.345 and 7,345; 3.5 and 3,5; 7.345,5 and 7,345.5. Three digits behind the only mark are thousands.
_NUMBER = re.compile(
    r"(\d{1,3}(?:\.\d{3})+)(?:,(\d+))?|"
    r"(\d{1,3}(?:,\d{3})+)(?:\.(\d+))?|(\d+)[.,](\d+)"
)
_PADDED = re.compile(r"0\d")
# Runs without a blank that are kept with their words; a few thousand make up most of a language.
_KEPT_RUNS, _KEPT_LENGTH = 1 << 16, 24
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\"“.])(?:TS|ThS|GS|PGS|BS|CN|KS|LS|NSND|NSƯT|TP|Tp|TX|TT|Q|P|Dr|Mr|Mrs|Ms|Prof|St|No|Nr|vs|tr|([^\W\d_]))\.\s*$"
)
_VIETNAMESE_LETTERS = re.compile(r"[ăâđêôơưĂÂĐÊÔƠƯ\u1ea0-\u1ef9]")
# How sure py3langid must be against Vietnamese words without diacritics, or where there are no small words, and of how
# many words.
_SURE, _FEW = 0.9, 4
# Those of the Vietnamese letters that Romanian or French has too.
_SHARED = frozenset("ăâêô")
_NAME_WORD = re.compile(r"\w+(?:[.,/%]\w+)*%?")
# What a short answer neither begins nor ends with, and what stands in it in pairs.
_LOOSE = frozenset(" \t\n,;:–—、，；：。")
_PAIRS = {"(": ")", "[": "]", "“": "”", "«": "»", "「": "」", "『": "』", "《": "》", "（": "）", '"': '"'}
_PAIRS_BACK = {closing: opening for opening, closing in _PAIRS.items()}
_NAME_JOINS = re.compile(r" | ?[-–—] ?")
_SCRIPTS = (
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("ko", re.compile(r"[\uac00-\ud7af]")),
    ("zh", re.compile(r"[\u4e00-\u9fff]")),
    ("th", re.compile(r"[\u0e00-\u0e7f]")),
    ("km", re.compile(r"[\u1780-\u17ff]")),
    ("lo", re.compile(r"[\u0e80-\u0eff]")),
    ("hi", re.compile(r"[\u0900-\u097f]")),
    ("ar", re.compile(r"[\u0600-\u06ff]")),
    ("el", re.compile(r"[\u0370-\u03ff]")),
    ("ru", re.compile(r"[\u0400-\u04ff]")),
)


def clean(text: str) -> str:
    """Text in NFC with plain line ends and without control characters; what every stored offset refers to."""
    return unicodedata.normalize("NFC", _UNWANTED.sub("", _LINE_ENDS.sub("\n", text)))


def fold(text: str) -> str:
    """Text without typed diacritics and with đ as d, in NFC; letters of other scripts stay whole."""
    bare = _TYPED_MARKS.sub("", unicodedata.normalize("NFD", text))
    # The letter eth (ð) looks like đ in capitals, and is typed for it.
    return unicodedata.normalize("NFC", bare.translate(_STROKES))


# Words that ask or join and name nothing.
_WORD_LISTS = {
    "vi": "là gì của và có không được nào bao nhiêu ở đâu khi ai tại trong cho các những một người đến từ thế sao"
    " với này đó đã sẽ bị về vì con mấy thì như nhất nó hay ra vào trên dưới theo để mà rằng",
    "en": "the of and is was in to what who when where which how many did does do a an for by on with it that are from"
    " were be as at or has have had much why whose whom",
    "fr": "le la les l de des du d et est en un une que qu qui quel quelle quels quelles quand combien dans pour par"
    " sur au aux à où a il ce se y t on son sa ses",
    "de": "der die das und ist in von zu den mit wie viele was wer wann wo welche ein eine auf für im dem des wurde",
    "es": "el la los las de y es en un una que qué quién cuándo cuántos dónde cuál por para con del al fue se",
    "it": "il lo gli le di e è in un una che chi quando quanti dove quale per con del della nel al fu da",
    "pt": "o os as de e é em um uma que quem quando quantos onde qual por para com do da no na foi ao",
    "ro": "care este în și de la cu pe a al ale fost ce cine când câți câte unde cum din un o pentru sunt mai se",
    "tr": "ne hangi kim kaç nerede nasıl neden zaman ve bir bu ile için olarak olan oldu da de mi mı nedir kadar",
    "id": "yang dan di ke dari apa siapa kapan berapa mana bagaimana mengapa adalah itu ini untuk dengan pada",
    "nl": "de het een en van in is was wat wie wanneer hoeveel waar welke hoe op met voor door zijn werd aan bij dat",
    "pl": "co kto kiedy ile gdzie jak jaki jaka jakie który która które w na z do i jest był była się nie to",
}
FUNCTION_WORDS = {language: frozenset(known.split()) for language, known in _WORD_LISTS.items()}
_VIETNAMESE_BARE = frozenset(map(fold, FUNCTION_WORDS["vi"]))


def has_diacritics(text: str) -> bool:
    """Whether folding changes the text."""
    return fold(text) != unicodedata.normalize("NFC", text)


def words(text: str) -> list[str]:
    """Words in order, as the lexical index compares them.

    Word boundaries are ICU's: syllables in Vietnamese, dictionary words in Chinese, Japanese, Thai. Each word is NFC
    and case-folded, both placements of a tone mark are made one (hoà, hòa), 7.345 and 7,345 become 7345, and 3,5
    becomes 3.5.
    """
    # A blank always ends a word, so each run between blanks is cut by itself, and the common ones only once.
    return [
        word for run in text.split() for word in (_words_of_known(run) if len(run) <= _KEPT_LENGTH else _words_of(run))
    ]


def bigrams(tokens: list[str]) -> list[str]:
    """Neighbouring words joined by `_`, in order; one fewer than the words."""
    return [f"{left}_{right}" for left, right in pairwise(tokens)]


def content_words(tokens: list[str], language: str, *, bare: bool = False) -> list[str]:
    """The tokens that name something, in order; all if none does. `bare` says that they lost their diacritics.

    Only the small words of that language are left out: what joins in one language names something in another.
    """
    known = _VIETNAMESE_BARE if bare else FUNCTION_WORDS.get(language, frozenset())
    return [token for token in tokens if token not in known] or tokens


def names(question: str) -> list[str]:
    """Runs of capitalised words and numbers, in order; a capitalised word that only opens the question is none."""
    runs: list[list[int]] = []
    for match in _NAME_WORD.finditer(question):
        if not (match[0][0].isupper() or match[0][0].isdigit()):
            continue
        if runs and _NAME_JOINS.fullmatch(question, runs[-1][1], match.start()):
            runs[-1][1] = match.end()
        else:
            runs.append([match.start(), match.end()])
    found = [question[start:end] for start, end in runs]
    # The first word is capitalised for standing first; it belongs to a name only if it is an acronym or a number.
    if found and question.startswith(found[0]) and not (found[0][:2].isupper() or found[0][0].isdigit()):
        opening = _NAME_JOINS.split(found[0], maxsplit=1)
        found[:1] = opening[1:]
    return [name for name in found if len(name) > 1]


def sentences(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """Spans of the sentences of `text[start:end]`, in order, without the blank around them.

    Offsets are in `text`. Boundaries are ICU's, less those after a known abbreviation or an initial (TS. Nguyễn, TP. Hồ
    Chí Minh); a line end always ends a sentence. Every character that is not blank lies in exactly one span.
    """
    from icu4py.breakers import SentenceBreaker

    # ICU counts its offsets in UTF-16 units, so positions are summed from the pieces themselves.
    return list(_joined(text, SentenceBreaker(text[start:end], "vi"), start))


def language_of(text: str) -> str:
    """ISO 639-1 code guessed from the letters, the most frequent words and py3langid; `und` when none tells.

    Names tell no language where there are other words, and of a few words without small ones among them none is told.
    """
    letters = sum(map(str.isalpha, text)) or 1
    for language, script in _SCRIPTS:
        # Japanese is told by its few kana among many Chinese characters.
        if len(script.findall(text)) > letters * (0.1 if language == "ja" else 0.3):
            return language
    composed = unicodedata.normalize("NFC", text)
    written = re.findall(r"\w+", composed[:4000])
    if _vietnamese_letters("".join(word for word in written if not _capitalised(word))) - _SHARED:
        return "vi"
    plain = written[:1] + [word for word in written[1:] if not _capitalised(word)]
    # Vietnamese that has come this far has few diacritics, or none, and it is told by its own words.
    lists = {**FUNCTION_WORDS, "vi": FUNCTION_WORDS["vi"] | _VIETNAMESE_BARE}
    scores = {language: sum(word.casefold() in known for word in plain) for language, known in lists.items()}
    best = max(scores, key=lambda language: scores[language])
    found, sure = _identifier().classify(" ".join(plain))
    if found == "vi":
        found, sure = best, 0.0
    if scores[best] >= max(1, 0.15 * len(plain)):
        if best == "vi":
            return str(found) if sure > _SURE and scores[found] else "vi"
        return str(found) if sure > _SURE or scores[found] >= scores[best] else best
    if sure > _SURE and len(plain) >= _FEW:
        return str(found)
    return "vi" if _vietnamese_letters(composed) else "und"


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(FUNCTION_WORDS))
    return identifier


def _vietnamese_letters(text: str) -> set[str]:
    """The letters that Vietnamese has and English has not, if there are enough."""
    found = _VIETNAMESE_LETTERS.findall(text)
    return {*map(str.lower, found)} if len(found) > sum(map(str.isalpha, text)) * 0.04 else set()


def _capitalised(word: str) -> bool:
    return word[0].isupper() and not word.isupper()


def _words_of(run: str) -> tuple[str, ...]:
    from icu4py.breakers import WordBreaker

    # Folding the case first: it may leave NFC, which the boundaries are then found in.
    plain = unicodedata.normalize("NFC", unicodedata.normalize("NFC", run).casefold())
    return tuple(_canonical(word) for word in WordBreaker(plain, "vi") if any(map(str.isalnum, word)))


_words_of_known = lru_cache(_KEPT_RUNS)(_words_of)


def _canonical(word: str) -> str:
    if word.isascii():
        if match := _NUMBER.fullmatch(word):
            whole, *decimals = filter(None, match.groups())
            return ".".join((re.sub(r"[.,]", "", whole), *decimals))
        return word[1] if _PADDED.fullmatch(word) else word
    decomposed = unicodedata.normalize("NFD", word)
    moved = _OPEN_SYLLABLE.sub(lambda match: match[1][0] + match[2] + match[1][1], decomposed)
    return unicodedata.normalize("NFC", moved)


def _joined(text: str, pieces: Iterable[str], position: int) -> Iterator[Span]:
    begin = position
    for piece in pieces:
        position += len(piece)
        if not piece.endswith("\n") and _ends_abbreviated(piece):
            continue
        yield from _trimmed(text, begin, position)
        begin = position
    yield from _trimmed(text, begin, position)


def _ends_abbreviated(piece: str) -> bool:
    match = _ABBREVIATION.search(piece)
    # One letter is an initial when it is a capital; "ạ" and "ý" are words.
    return match is not None and (match[1] is None or match[1].isupper())


def _trimmed(text: str, start: int, end: int) -> Iterator[Span]:
    said = text[start:end]
    start += len(said) - len(said.lstrip())
    end -= len(said) - len(said.rstrip())
    if start < end:
        yield start, end


def tidied(text: str, start: int, end: int) -> Span:
    """A span of a text less what stands loose at its ends: white space, commas, a bracket without the other."""
    while start < end and (_is_loose(text, start) or _unpaired(text[start:end], 0)):
        start += 1
    while start < end and (text[end - 1] in _LOOSE or _unpaired(text[start:end], -1)):
        end -= 1
    return start, end


def _is_loose(text: str, place: int) -> bool:
    """Whether what stands there is no part of what follows, as the dash of a number below zero is."""
    return text[place] in _LOOSE and not (text[place] in "–—" and text[place + 1 : place + 2].isdigit())


def _unpaired(said: str, place: int) -> bool:
    """Whether the bracket or quotation mark there is not closed, or not opened, in what is said."""
    mark = said[place]
    other = _PAIRS.get(mark) or _PAIRS_BACK.get(mark)
    inches = mark == '"' and place == -1 and said[-2:-1].isdigit()
    if other is None or inches:
        return False
    return said.count(mark) == 1 if mark == other else said.count(mark) > said.count(other)
