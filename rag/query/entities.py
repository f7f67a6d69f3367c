"""Names and numbers in a text, where they stand, and what kind of thing the word before them says they are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.text.language import language_of
from rag.text.names import name_ranges
from rag.text.normalize import fold, has_diacritics
from rag.text.words import FUNCTION_WORDS

# Words for kinds of things and places: "tuyến Cát Linh" is a name with its kind, "tuyến này" a reference to one.
THINGS = (
    "đường sắt đô thị|đường sắt|đường cao tốc|cao tốc|đường|nhà máy thủy điện|nhà máy|thủy điện|vườn quốc gia|hội nghị"
    "|nghị quyết|quyết định|nghị định|đề án|dự án|luật|tuyến|metro|cầu|hang|động|núi|đỉnh|sông|công ty|tập đoàn|cơn bão"
    "|bão|cáp treo|lễ hội|hội|tờ|giải|trường|viện|ga|chùa|đảo|dãy|khu|đoạn|trận|công trình|hãng|báo|pont|ligne"
)
PLACES = "thành phố|thủ đô|thị trấn|thị xã|tỉnh|huyện|quận|xã|phường|làng|thôn|vịnh"
# Behind one of these a name is that of a place.
BEFORE_PLACES = (
    r"[Ởở]|[Tt]ại|[Ii]n|[Aa]t|[Nn]ear|[Àà]|[Tt]hành phố|[Tt]hủ đô|[Tt]ỉnh|[Hh]uyện|[Qq]uận|[Xx]ã|[Tt]hị trấn|[Ll]àng"
)
TITLES = (
    "ông|anh|chú|mr|monsieur|bà|chị|cô|mrs|ms|mme|madame|đồng chí|kỹ sư|giáo sư|tiến sĩ|bác sĩ|chủ tịch|bí thư"
    "|thủ tướng|bộ trưởng|cục trưởng|giám đốc|tổng thống|president|minister|professor|architect"
    "|gouverneur|président|docteur"
)
# Syllables that are often capitalised without being a name.
_COMMON_SYLLABLES = frozenset(
    f"{THINGS}|{PLACES}|{TITLES}|phó|dân|tổng|trung|quốc|chính|ủy|ban|thường".replace("|", " ").split()
)
_YEAR = re.compile(r"(?<![\d.,])(1[5-9]\d\d|20\d\d)(?![\d%]|[.,]\d)")
_NUMBER_THEN_NAME = re.compile(r"(?<=\d) (?=[^\W\d_])")
_NUMBER = re.compile(r"(?:số )?\d(?:[\w/.-]*\w)?")
_WORD = re.compile(r"\S+")
_PUNCTUATION = "?,.;:!()“”\"'"
# Characters before a name in which the word for its kind is looked for, and those of a name: longer than any.
BEFORE_CHARS, _NAME_CHARS = 40, 120
# English words that open a question, or say how it is asked: no part of what it is about.
_QUESTION_WORDS = (
    "tell me more about describe explain give some can could should would will you i we my your please say let"
    " talk also there this these those they them their he she him her his its us what's how's where's who's not"
    " no any good most best main different types type kinds kind if other first happens happen"
    " happened cause causes work works become mean"
)
QUESTION_WORDS = frozenset(_QUESTION_WORDS.split())
# Words that name nothing wherever they are capitalised.
_NEVER_NAMES = QUESTION_WORDS | FUNCTION_WORDS["en"] | {"yes", "wow", "ok", "oh"}


@dataclass(frozen=True, slots=True)
class Entity:
    """A name or a number as it stands in a text: `text` is what stands there from `start` up to `end`."""

    text: str
    start: int

    @property
    def end(self) -> int:
        """The offset behind the last character."""
        return self.start + len(self.text)

    @property
    def is_number(self) -> bool:
        """Whether it begins with a digit."""
        return self.text[0].isdigit()


def entities(text: str) -> list[Entity]:
    """The names and numbers of a text in order, with a first word that is itself a part of a name."""
    found = []
    for start, end in name_ranges(text):
        for part in _NUMBER_THEN_NAME.split(text[start:end]):
            found.append(Entity(part, start))
            start += len(part) + 1
    found = [name for name in found if not _is_common(name, text)]
    opening = _opening_name(text)
    if opening is None:
        return found
    # What both found is one name.
    end = max((name.end for name in found if name.start < opening.end), default=opening.end)
    rest = [name for name in found if name.start >= opening.end]
    return [Entity(text[opening.start : max(end, opening.end)], opening.start), *rest]


def _is_common(name: Entity, text: str) -> bool:
    """Whether a capital only opens a sentence, or a common word of several syllables, as in "Đề án" or "Tỉnh ủy"."""
    if name.text.casefold() in _NEVER_NAMES:
        return True
    if " " in name.text or name.text.casefold() not in _COMMON_SYLLABLES:
        return False
    after = text[name.end : name.end + 2]
    return after[:1] == " " and after[1:].islower()


def _opening_name(text: str) -> Entity | None:
    """The run of capitals that opens a text, unless its first word only asks or is a word for a kind of thing."""
    run = _capital_run(text)
    if run is None:
        return None
    first, *rest = run.text.split()
    if run.text == text.strip() and first.casefold() not in _COMMON_SYLLABLES:
        return run
    language = language_of(text)
    small = QUESTION_WORDS | FUNCTION_WORDS["en"] | FUNCTION_WORDS.get(language, FUNCTION_WORDS["vi"])
    if first.casefold() in _COMMON_SYLLABLES | small or len(first) < 2:
        return None
    foreign = language == "vi" and len(first) > 3 and not resembles_syllable(first)
    return run if rest or foreign else None


def _capital_run(text: str) -> Entity | None:
    """The capitalised words that open a text, up to the first bracket, quotation mark or other mark beside them."""
    start = end = -1
    for match in _WORD.finditer(text):
        word = match[0].lstrip(_PUNCTUATION)
        begin, plain = match.end() - len(word), word.rstrip(_PUNCTUATION)
        if not plain[:1].isupper() or (start >= 0 and begin > match.start()):
            break
        start, end = (begin if start < 0 else start), begin + len(plain)
        if end < match.end():
            break
    return Entity(text[start:end], start) if start >= 0 else None


def resembles_syllable(word: str) -> bool:
    """Whether a word is spelled like a Vietnamese syllable: an initial consonant, vowels, a final consonant."""
    return bool(
        re.fullmatch(
            r"(?:ngh|ng|nh|ch|gh|gi|kh|ph|qu|th|tr|[bcdghklmnprstvx])?[aeiouy]{1,3}(?:ng|nh|ch|[cmnpt])?",
            fold(word).casefold(),
        )
    )


def first_place(text: str) -> str:
    """The first name in a text that stands where a place does, with its kind: after "ở", "tỉnh", "in", "à"; or ""."""
    for name in entities(text):
        before = text[max(0, name.start - BEFORE_CHARS) : name.start]
        if not name.is_number and re.search(rf"\b(?:{BEFORE_PLACES}) $", before):
            return with_kind(text, name, PLACES)
    return ""


def first_of_kind(kind: str, text: str) -> Entity | None:
    """The first name or number in a text that follows the word for a kind of thing, with "số" if it stands between."""
    plain = fold(text)
    if len(plain) != len(text):
        return None
    for match in re.finditer(rf"\b{re.escape(fold(kind))} ", plain, re.IGNORECASE):
        if number := _NUMBER.match(text, match.end()):
            return Entity(number[0], number.start())
        if name := _name_at(text, match.end()):
            return name
    return None


def _name_at(text: str, start: int) -> Entity | None:
    """The name that begins at an offset of a text."""
    rest = text[start : start + _NAME_CHARS]
    if not rest[:1].isupper():
        return None
    # Behind a full stop its first word is not taken for one that is capitalised for standing first.
    before = ". "
    first = next(iter(entities(before + rest)), None)
    return Entity(first.text, start) if first and first.start == len(before) else None


def without(text: str, parts: Sequence[Entity]) -> str:
    """A text with a blank in the place of each of its entities."""
    kept, position = [], 0
    for part in parts:
        kept.append(text[position : part.start])
        position = part.end
    return " ".join([*kept, text[position:]])


def same_language(text: str, other: str) -> bool:
    """Whether two texts may be in one language, whatever the names in them look like."""
    return len({language_of(without(each, entities(each))) for each in (text, other)} - {"und"}) < 2


def typed_with_diacritics(question: str) -> bool:
    """Whether a question has diacritics in other words than its names."""
    return has_diacritics(without(question, entities(question)))


def names_an_entity(text: str) -> bool:
    """Whether a text names something, be it only an acronym; numbers are no names."""
    return any(not entity.is_number for entity in entities(text))


def last_year(text: str) -> int | None:
    """The last year that a text names."""
    found = _YEAR.findall(text)
    return int(found[-1]) if found else None


def with_kind(text: str, name: Entity, kinds: str = f"{THINGS}|{PLACES}") -> str:
    """The name with the word for its kind if that stands before it: "tuyến Cát Linh", "Đề án số 7"."""
    pattern = re.compile(rf"\b(?:{kinds}) (?:số )?$", re.IGNORECASE)
    match = pattern.search(text, max(0, name.start - BEFORE_CHARS), name.start)
    return text[match.start() : name.end] if match else name.text
