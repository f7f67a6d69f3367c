"""Whether words can answer a question: whole numbers, of the type and the unit asked for, the person asked for."""

from __future__ import annotations

import re

from rag.query.question_type import QuestionType
from rag.text.normalize import fold
from rag.text.quantities import quantities, unit_of
from rag.text.words import words

_BLANK = r"[ \u00a0\u2009\u202f]"
_NUMBER = re.compile(rf"(?<![\d])(?:\d{{1,3}}(?:{_BLANK}\d{{3}})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,'’]\d+)*)")
# What makes another value of the number before it.
_SCALE = re.compile(
    rf"{_BLANK}?(?:%|‰|[万亿億千]|(?:(?:trăm|nghìn|ngàn|vạn|triệu|tỷ|tỉ|rưỡi|hundred|thousand|[mb]illions?|mille|milliards?"
    rf"|k|tr)(?!\w)))|{_BLANK}\d+{_BLANK}(?:trăm|nghìn|ngàn|triệu)(?!\w)",
    re.IGNORECASE,
)
_SIGN = re.compile(rf"(?:\bâm{_BLANK}|(?<!\S)[-–−])$")
# Scripts whose numerals are not read here.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]")
# Yes, no and not yet: no words of a text that answer what somebody asked.
_POLARITY = frozenset(
    (
        *("không", "chưa", "chẳng", "có", "rồi", "phải", "đúng", "vâng", "yes", "no", "not", "oui", "non", "pas"),
        *("ja", "nein", "nicht", "sí", "不", "没有", "是", "はい", "いいえ"),
    )
)
# Units that count the same thing.
_MEASURES = {
    "share": {"%"},
    "money": {"đồng", "usd", "eur"},
    "heat": {"°c"},
    "area": {"km²", "m²", "ha"},
    "length": {"km", "m", "cm", "mm"},
    "weight": {"kg", "t"},
    "time": {"giờ", "phút", "giây", "ngày", "tuần", "tháng", "năm", "thế kỷ"},
    "volume": {"m³"},
}
_AGE, _PEOPLE = {"tuổi"}, {"người", "hộ"}
_KNOWN = set().union(*_MEASURES.values(), _AGE, _PEOPLE)
_HOW_LONG = re.compile(r"bao lâu|thời gian|how long|combien de temps", re.IGNORECASE)
_HOW_OLD = re.compile(r"how old|bao nhiêu tuổi|tuổi thọ|quel âge", re.IGNORECASE)
_GROWS = re.compile(r"tăng|giảm|chiếm|grow|rise|fall|augment|baiss", re.IGNORECASE)
_COUNTED = re.compile(r"(?:\b(?:bao nhieu|may|how many|combien d[e'’]))\W?\s*((?:\w+ ?){1,2})")
# Somebody who is a relation or a deputy of another, not of that trade himself.
_RELATED = re.compile(
    r"\b(?:chồng|vợ|con (?:trai|gái|rể|dâu)|(?:anh|em|chị) (?:trai|gái|họ|rể)|bạn (?:trai|gái)|hôn (?:phu|thê)"
    r"|(?:đặc )?phái viên|(?:người )?phát ngôn(?: viên)?|cố vấn|trợ lý|luật sư|thư ký|người đại diện|học trò|đối thủ)"
    r"(?: cũ)?(?= (?:của|cho|bà|ông|cô|anh|chị)\b)"
    r"|(?<=['’]s )(?:\w+ ){0,2}?(?:husband|wife|son|daughter|(?:boy|girl)friend|fiancée?|envoy|spokes\w+|advis[eo]r"
    r"|aide|lawyer|secretary|deputy)\b"
    r"|\b(?:husband|wife|son|daughter|envoy|spokes\w+|advis[eo]r|aide|lawyer|secretary|deputy)(?= (?:of|to|for)\b)"
    r"|\b(?:mari|épouse|fils|fille|envoyée?|porte-parole|conseill\w+|avocate?)(?= d(?:e|u|es|['’]))",
    re.IGNORECASE,
)
# So near before a name, in characters, such a word is about it.
_NEAR = 60


def whole_numbers(text: str, start: int, end: int) -> tuple[int, int]:
    """The span with the whole of each number that it holds a piece of, and what makes that thousands or a share."""
    for number in _NUMBER.finditer(text):
        whole = number.end()
        while scale := _SCALE.match(text, whole):
            whole = scale.end()
        if number.start() < start < number.end():
            start = number.start()
        if number.start() < end < whole:
            end = whole
    if text[start : start + 1].isdigit() and (sign := _SIGN.search(text[:start])):
        start = sign.start()
    return start, end


def fits(question: str, wanted: QuestionType, text: str, start: int, end: int) -> bool:
    """Whether the words `text[start:end]` are of the type that a question asks for, as far as can be told."""
    said = text[start:end]
    if not set(words(said)) - _POLARITY:
        return False
    if wanted.kind == "number":
        if any(map(str.isdigit, said)):
            return _unit_fits(question, wanted, text, start, end)
        return bool(quantities(said).numbers) or bool(_UNSPACED.search(said))
    if wanted.kind == "date":
        return any(map(str.isdigit, said)) or not {"nam", "year"} & {*wanted.noun[-1:]}
    if wanted.kind in ("person", "place", "organisation"):
        return any(map(str.isalpha, said))
    return True


def is_of_another(question: str, wanted: QuestionType, text: str, start: int) -> bool:
    """Whether a name belongs to a relation or a deputy of the person asked for, by the words before it."""
    if wanted.kind != "person":
        return False
    before = re.split(r"[.;:!?\n]", text[max(0, start - _NEAR) : start])[-1]
    return any(match[0].split()[-1].casefold() not in question.casefold() for match in _RELATED.finditer(before))


def _unit_fits(question: str, wanted: QuestionType, text: str, start: int, end: int) -> bool:
    """Whether the number is of a unit that measures what is asked for; one without a unit does."""
    expected = _expected(question, wanted)
    behind = re.match(r"(?:\s?[\w²³°%]+){0,2}/?", text[end:])
    said = text[start:end] + (behind[0] if behind else "")
    if "/" in said:  # 20 km/h is no length
        return True
    unit = next((figure.unit for figure in quantities(said).numbers if figure.unit), None)
    known = unit in _KNOWN
    return expected is None or not known or unit in expected


def _expected(question: str, wanted: QuestionType) -> set[str] | None:
    """The units that may answer; None when the question does not tell."""
    unit = unit_of(wanted.noun[0]) if wanted.noun else None
    if _HOW_OLD.search(question):
        return _AGE if unit in _AGE else _AGE | _MEASURES["time"]
    if unit is not None:
        return next((units for units in (*_MEASURES.values(), _AGE) if unit in units), {unit} | _PEOPLE)
    if _HOW_LONG.search(question):
        return _MEASURES["time"] | (_MEASURES["length"] if "long" in question else set())
    if wanted.unit in _MEASURES:
        return _MEASURES[wanted.unit] | (_MEASURES["share"] if _GROWS.search(question) else set())
    counted = _COUNTED.search(fold(question).casefold())
    return _PEOPLE if counted and wanted.noun else None
