"""What a turn of a conversation names: people, places, things by the word for what they are, years, and its topic."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.text.language import language_of
from rag.text.names import name_ranges
from rag.text.normalize import fold
from rag.text.words import FUNCTION_WORDS, content_words, words

# What a name may be of: before a name it says what is named, before "này" what is pointed at.
THINGS = (
    "đường sắt đô thị|đường sắt|đường cao tốc|cao tốc|đường|nhà máy thủy điện|nhà máy|thủy điện|vườn quốc gia|hội nghị"
    "|nghị quyết|quyết định|nghị định|đề án|dự án|luật|tuyến|metro|cầu|hang|động|núi|đỉnh|sông|công ty|tập đoàn|cơn bão"
    "|bão|cáp treo|lễ hội|hội|tờ|giải|trường|viện|ga|chùa|đảo|dãy|khu|đoạn|trận|công trình|hãng|báo|pont|ligne"
)
PLACES = "thành phố|thủ đô|thị trấn|thị xã|tỉnh|huyện|quận|xã|phường|làng|thôn|vịnh"
_AT = r"[Ởở]|[Tt]ại|[Ii]n|[Aa]t|[Nn]ear|[Àà]|[Tt]hành phố|[Tt]hủ đô|[Tt]ỉnh|[Hh]uyện|[Qq]uận|[Xx]ã|[Tt]hị trấn|[Ll]àng"
_MALE, _FEMALE = "ông|anh|chú|mr|monsieur", "bà|chị|cô|mrs|ms|mme|madame"
_TITLES = (
    rf"{_MALE}|{_FEMALE}|đồng chí|kỹ sư|giáo sư|tiến sĩ|bác sĩ|chủ tịch|bí thư|thủ tướng|bộ trưởng|cục trưởng|giám đốc"
    "|tổng thống|president|minister|professor|architect|gouverneur|président|docteur"
)
_FAMILY_NAMES = (
    "Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý Đinh Trịnh Đoàn Lâm Trương Hà Cao"
    " Thái Phùng Đào Vương"
)
_FAMILY = frozenset(_FAMILY_NAMES.split())
# Syllables that are often capitalised without being a name.
_COMMON = frozenset(
    f"{THINGS}|{PLACES}|{_TITLES}|phó|dân|tổng|trung|quốc|chính|ủy|ban|thường".replace("|", " ").split()
)
# These also begin the names of places, so two syllables are too few for a person.
_ALSO_PLACES = "Hà Cao Thái Lâm Lý Hoàng Hồ Võ Dương Đoàn Vũ Lê"
_FAMILY_OR_PLACE = frozenset(_ALSO_PLACES.split())
_CAPITALISED = re.compile(r"(?<!\w)[^\W\d_]\w*(?: [^\W\d_]\w*)*")
_WORD = re.compile(r"[^\W_]+(?:[-'’.,/][^\W_]+)*")
_YEAR = re.compile(r"(?<![\d.,])(1[5-9]\d\d|20\d\d)(?![\d%]|[.,]\d)")
_NUMBER_THEN_NAME = re.compile(r"(?<=\d) (?=[^\W\d_])")
_NUMBERED = re.compile(rf"\b(?:{THINGS}) số \d[\w/.-]*\w|\b(?:{THINGS}) số \d", re.IGNORECASE)
_NUMBER = re.compile(r"(?:số )?\d(?:[\w/.-]*\w)?")
_RUN = re.compile(r"\S+")
_MARKS = "?,.;:!()“”\"'"
# So much of what stands before a name is read for the word that says what is named.
_BEFORE_CHARS = 40
_NAME_CHARS = 120
_CLAUSE = re.compile(r"[,;:.?!]\s")
# Words that open a question, or say how it is asked: no part of what it is about.
_FRAME_WORDS = (
    "tell me more about describe explain give some can could should would will you i we my your please say let"
    " talk also there this these those they them their he she him her his its us what's how's where's who's not"
    " no any good most best main different types type kinds kind if other first happens happen"
    " happened cause causes work works become mean"
)
_FRAMES = frozenset(_FRAME_WORDS.split())
# Words that name nothing wherever they are capitalised.
_NEVER_NAMES = _FRAMES | FUNCTION_WORDS["en"] | {"yes", "wow", "ok", "oh"}
_PREDICATES = re.compile(
    r"\b(?:là|có|được|bị|do|dài|cao|rộng|nặng|sâu|làm|gây|bao nhiêu|mấy|ai|gì|nào|ở|khi|khánh thành|khởi công|thông xe"
    r"|hoàn thành|thuộc|nằm|gồm|chở|chạy|mở|bắt đầu|ký|dự|phát hành|thông qua|sinh|mất|đã|sẽ|đang|của|diễn ra|trong"
    r"|in)\b"
)


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


def named(text: str) -> list[Entity]:
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
    after = text[name.end : name.end + 2]
    return " " not in name.text and name.text.casefold() in _COMMON and after[:1] == " " and after[1:].islower()


def _opening_name(text: str) -> Entity | None:
    """The run of capitals that opens a text, unless its first word only asks or says what is named."""
    run = _capital_run(text)
    if run is None:
        return None
    first, *rest = run.text.split()
    if run.text == text.strip() and first.casefold() not in _COMMON:
        return run
    known = _COMMON | _FRAMES | FUNCTION_WORDS["en"] | FUNCTION_WORDS.get(language_of(text), FUNCTION_WORDS["vi"])
    if first.casefold() in known or len(first) < 2:
        return None
    foreign = language_of(text) == "vi" and len(first) > 3 and not is_syllable(first)
    return run if rest or foreign else None


def _capital_run(text: str) -> Entity | None:
    """The capitalised words that open a text, up to the first bracket, quotation mark or other mark beside them."""
    start = end = -1
    for match in _RUN.finditer(text):
        word = match[0].lstrip(_MARKS)
        begin, plain = match.end() - len(word), word.rstrip(_MARKS)
        if not plain[:1].isupper() or (start >= 0 and begin > match.start()):
            break
        start, end = (begin if start < 0 else start), begin + len(plain)
        if end < match.end():
            break
    return Entity(text[start:end], start) if start >= 0 else None


def is_syllable(word: str) -> bool:
    """Whether a word may be a Vietnamese syllable: one run of vowels between what may open and close it."""
    return bool(
        re.fullmatch(
            r"(?:ngh|ng|nh|ch|gh|gi|kh|ph|qu|th|tr|[bcdghklmnprstvx])?[aeiouy]{1,3}(?:ng|nh|ch|[cmnpt])?",
            fold(word).casefold(),
        )
    )


def people(text: str) -> list[tuple[int, str, str]]:
    """People that a text names: where, the name, and "male", "female" or "" as a title or the name tells."""
    found = []
    for match in _CAPITALISED.finditer(text):
        start, run = match.start(), match[0].split(" ")
        # A lower-case word, and what is written before it, parts the names of a run.
        place = start
        group: list[str] = []
        for word in [*run, ""]:
            if word[:1].isupper():
                group.append(word)
            elif group:
                begin = place - len(" ".join(group)) - 1
                found += _person(text, begin, group)
                group = []
            place += len(word) + 1
    return found


def _person(text: str, start: int, group: Sequence[str]) -> list[tuple[int, str, str]]:
    before = text[max(0, start - 24) : start].casefold()
    while len(group) > 1 and group[0].casefold() in _TITLES.split("|"):
        before, start, group = group[0].casefold() + " ", start + len(group[0]) + 1, group[1:]
    titled = re.search(rf"\b({_TITLES})\.? $", before)
    if re.search(rf"\b(?<!quốc )(?:{THINGS}|{PLACES}|phố|trục|đại lộ|tượng) $", before) and not titled:
        return []
    enough = 3 if group[0] in _FAMILY_OR_PLACE else 2
    if not (group[0] in _FAMILY and enough <= len(group) <= 4) and not (titled and len(group) <= 4):
        return []
    if group[0].isupper() or (len(group) == 1 and titled and titled[1] not in f"{_MALE}|{_FEMALE}|đồng chí".split("|")):
        return []
    title = titled[1] if titled else ""
    if title in _FEMALE.split("|") or "Thị" in group[1:-1]:
        return [(start, " ".join(group), "female")]
    male = title in _MALE.split("|") or "Văn" in group[1:-1]
    return [(start, " ".join(group), "male" if male else "")]


def answering(question: str, answer: str, gender: str = "") -> str:
    """The person whom an answer to "who" names: the one whose clause shares the most words with the question."""
    asked = set(content_words(words(question), language_of(question)))
    best, most = "", -1
    everyone = people(answer)
    known = [each for each in everyone if each[1] not in question and not (gender and each[2] not in ("", gender))]
    for start, name, _ in known:
        shared = asked & set(words(_part_of(answer, start, [place for place, *_ in everyone])))
        if len(shared) > most:
            best, most = name, len(shared)
    return best


def _part_of(text: str, start: int, places: Sequence[int]) -> str:
    """The clause in which a person stands, and those after it until the next that names one."""
    ends = [match.start() for match in _CLAUSE.finditer(text)] + [len(text)]
    begin = max((end + 1 for end in ends if end < start), default=0)
    next_person = next((place for place in places if place > start), len(text))
    end = max((end for end in ends if start < end <= next_person), default=next_person)
    return text[begin:end]


def foreign_person(text: str, beside: str = "") -> str:
    """The first name of two to four capitalised words, of no place or thing, that is not in the text `beside`; or "".

    The syllables of Vietnamese names of places look the same, so a Vietnamese text names foreign people alone.
    """
    known = {name for _, name, _ in people(text)}
    vietnamese = language_of(text) == "vi"
    for entity in named(text):
        name, parts = entity.text, entity.text.split()
        if name in known or name in beside or (vietnamese and all(map(is_syllable, parts))):
            continue
        is_name = 2 <= len(parts) <= 4 and not re.search(r"[\d–—-]", name) and not any(map(str.isupper, parts))
        before = text[max(0, entity.start - _BEFORE_CHARS) : entity.start].casefold()
        if is_name and not re.search(rf"\b(?:{THINGS}|{PLACES}|{_AT}|bridge|line|cave|le|the|of|de|du) $", before):
            return name
    return ""


def place(text: str) -> str:
    """The first name in a text that stands where a place does: after "ở", "tỉnh", "in", "à"; or ""."""
    for name in named(text):
        before = text[max(0, name.start - _BEFORE_CHARS) : name.start]
        if not name.is_number and re.search(rf"\b(?:{_AT}) $", before):
            return _with_kind(text, name, PLACES)
    return ""


def thing(kind: str, text: str) -> str:
    """The name or number that follows the word for a kind of thing, with "số" if it stands between; or ""."""
    plain = fold(text)
    if len(plain) != len(text):
        return ""
    for match in re.finditer(rf"\b{re.escape(fold(kind))} ", plain, re.IGNORECASE):
        if number := _NUMBER.match(text, match.end()):
            return number[0]
        if name := _name_at(text, match.end()):
            return name
    return ""


def _name_at(text: str, start: int) -> str:
    """The name that begins at an offset of a text; or ""."""
    rest = text[start : start + _NAME_CHARS]
    if not rest[:1].isupper():
        return ""
    # Behind a full stop its first word is not taken for one that is capitalised for standing first.
    first = next(iter(named(f". {rest}")), None)
    return first.text if first and first.start == 2 else ""


def without(text: str, parts: Sequence[Entity]) -> str:
    """A text with a blank in the place of each of its entities."""
    kept, position = [], 0
    for part in parts:
        kept.append(text[position : part.start])
        position = part.end
    return " ".join([*kept, text[position:]])


def same_language(text: str, other: str) -> bool:
    """Whether two texts may be in one language, whatever the language of the names in them."""
    return len({language_of(without(each, named(each))) for each in (text, other)} - {"und"}) < 2


def year(text: str) -> int | None:
    """The last year that a text names."""
    found = _YEAR.findall(text)
    return int(found[-1]) if found else None


def topic(question: str) -> str:
    """What a question is about: its names, else its subject or last noun phrase, or "" if neither is found."""
    if numbered := _NUMBERED.search(question):
        return numbered[0]
    found = [name for name in named(question) if not name.is_number]
    weak = all(name.text.isupper() for name in found)
    if found and not (weak and language_of(question) == "vi"):
        return ", ".join(_with_kind(question, name) for name in found)
    return _subject(question) if language_of(question) == "vi" else _noun_phrase(question, found)


def _with_kind(text: str, name: Entity, kinds: str = f"{THINGS}|{PLACES}") -> str:
    pattern = re.compile(rf"\b(?:{kinds}) (?:số )?$", re.IGNORECASE)
    match = pattern.search(text, max(0, name.start - _BEFORE_CHARS), name.start)
    return text[match.start() : name.end] if match else name.text


def _subject(question: str) -> str:
    match = _PREDICATES.search(question.casefold())
    if match is None or len(question.casefold()) != len(question):
        return ""
    subject = question[: match.start()].strip(" ,")
    return subject if 0 < len(words(subject)) <= 6 else ""


def _noun_phrase(question: str, found: Sequence[Entity]) -> str:
    """The last run of words that neither ask nor join, after the last "of" or "about" if there is one."""
    if found:
        return ", ".join(name.text for name in found)
    small = _FRAMES | FUNCTION_WORDS["en"] | FUNCTION_WORDS.get(language_of(question), frozenset())
    runs: list[list[int]] = []
    for match in _WORD.finditer(question):
        if match[0].casefold() in small:
            continue
        if runs and question[runs[-1][1] : match.start()].isspace():
            runs[-1][1] = match.end()
        else:
            runs.append([match.start(), match.end()])
    return question[runs[-1][0] : runs[-1][1]] if runs else ""
