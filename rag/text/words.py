"""Words of a text as the lexical index compares them, their pairs, and the small words of each language."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise

from rag.text.normalize import fold

_OPEN_SYLLABLE = re.compile(r"(?<!q)(o[ae]|uy)([\u0300\u0301\u0303\u0309\u0323])$")
# 7.345 and 7,345; 3.5 and 3,5; 7.345,5 and 7,345.5. Three digits behind the only mark are thousands.
_NUMBER = re.compile(
    r"(\d{1,3}(?:\.\d{3})+)(?:,(\d+))?|"
    r"(\d{1,3}(?:,\d{3})+)(?:\.(\d+))?|(\d+)[.,](\d+)"
)
_PADDED = re.compile(r"0\d")
# Runs without a blank that are kept with their words; a few thousand make up most of a language.
_KEPT_RUNS, _KEPT_LENGTH = 1 << 16, 24

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
