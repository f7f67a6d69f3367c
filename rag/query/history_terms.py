"""Terms of a question and of the turns before it: names and words that name something, and where they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.query.entities import QUESTION_WORDS, Entity, entities, with_kind
from rag.query.topic import subject_range
from rag.text.language import language_of
from rag.text.normalize import fold
from rag.text.words import FUNCTION_WORDS

# Scripts in which ICU parts a run of letters into words.
WITHOUT_BLANKS = frozenset(("zh", "ja", "th", "km", "lo"))
# The texts of so many turns are kept with their terms: each is read again for every question after it.
_KEPT = 1024
_RUN = re.compile(r"\w+(?:[.,]\d+)*")


@dataclass(frozen=True, slots=True)
class Term:
    """A name with the word for its kind, or a word; `text` is what stands in a text from `start` up to `end`.

    `key` is how it is compared: without diacritics, case and the s of plurals. `has_kind` says that a name begins with
    the word for its kind, `is_small` that a word asks or joins, `is_phrase` that it is the subject of a question.
    """

    text: str
    key: str
    start: int
    is_name: bool = False
    has_kind: bool = False
    is_small: bool = False
    is_phrase: bool = False

    @property
    def end(self) -> int:
        """The offset behind the last character."""
        return self.start + len(self.text)

    @property
    def keys(self) -> list[str]:
        """The keys of its words."""
        return self.key.split()


@lru_cache(_KEPT)
def terms_in(text: str, language: str, *, with_subject: bool = False) -> tuple[Term, ...]:
    """The names and words of a text in that language, in order; `with_subject` takes the words that open it as one.

    A syllable is no word: only a Vietnamese subject as a whole says what is spoken of.
    """
    small = QUESTION_WORDS | FUNCTION_WORDS.get(language, frozenset()) | FUNCTION_WORDS["en"]
    wholes = [_name(text, each) for each in entities(text)]
    if with_subject and (subject := _subject(text, wholes)):
        wholes.insert(0, subject)
    found: list[Term] = []
    place = 0
    for start, end in _word_ranges(text, language):
        while place < len(wholes) and wholes[place].end <= start:
            place += 1
        if place < len(wholes) and wholes[place].start <= start:
            if not found or found[-1].start < wholes[place].start:
                found.append(wholes[place])
        else:
            word = text[start:end]
            found.append(Term(word, _key(word), start, is_small=word.casefold() in small))
    return tuple(found)


def _subject(text: str, names: Sequence[Term]) -> Term | None:
    """The subject that opens a text, up to the first name; None if that stands first, or none can be told."""
    start, end = subject_range(text)
    end = min([end, *(name.start for name in names)])
    words = text[start:end].rstrip()
    return Term(words, _keys(words), start, is_phrase=True) if words else None


def keys_of(text: str) -> set[str]:
    """The keys of all words of a text."""
    return {key for term in terms_in(text, language_of(text)) for key in term.keys}


def _keys(text: str) -> str:
    return " ".join(map(_key, re.findall(r"\w+", text)))


def _key(word: str) -> str:
    plain = fold(word).casefold()
    return plain[:-1] if len(plain) > 3 and plain.endswith("s") and not plain.endswith("ss") else plain


def _name(text: str, name: Entity) -> Term:
    whole = with_kind(text, name)
    return Term(whole, _keys(whole), name.end - len(whole), is_name=True, has_kind=len(whole) > len(name.text))


def _word_ranges(text: str, language: str) -> Iterator[tuple[int, int]]:
    for match in _RUN.finditer(text):
        if language not in WITHOUT_BLANKS:
            yield match.span()
            continue
        from icu4py.breakers import WordBreaker

        start = match.start()
        for word in WordBreaker(match[0], "vi"):
            yield start, start + len(word)
            start += len(word)
