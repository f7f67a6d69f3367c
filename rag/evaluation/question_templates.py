"""Templates that make questions of a sentence: a question word in the place of a number, a date or a name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rag.evaluation.metrics import contains
from rag.text.dates import Day, days
from rag.text.names import names
from rag.text.quantities import unit_of
from rag.text.words import FUNCTION_WORDS

_SCALES = r"(?: (?:trăm|nghìn|ngàn|vạn|triệu|tỷ|tỉ|hundred|thousand|million|billion))*"
_NUMBER = re.compile(rf"(?<![\w.,/:%$€£+–-])\d+(?:[.,]\d+)*{_SCALES}(?![\w/:–-]|[.,]\d)")
# Before a number that counts nothing: the number of a law, a road, a storm.
_NAMES_ITS_NUMBER = re.compile(
    r"\b(?:số|điều|khoản|chương|mục|lộ|thứ|hạng|hàng|khóa|lần|kỳ|tầng|lớp|cấp|năm|ngày|mùng|mồng|tháng|lúc|tuổi|bậc|độ|mức"
    r"|no|number|article|chapter|phase|unit|room|highway|route|line|age|aged|in|since)\.? $",
    re.IGNORECASE,
)
_YEARS = {
    "vi": (re.compile(r"\bnăm (?P<year>(?:1\d|20)\d\d)\b(?![–-])", re.IGNORECASE), "nào"),
    "en": (re.compile(r"\b(?:in|since) (?P<year>(?:1\d|20)\d\d)\b(?![–-])", re.IGNORECASE), "which year"),
}
# What stands before a name, and the question word in the name's place.
_BEFORE_NAMES = {
    "vi": (
        re.compile(
            r"\b(?:ông|bà|anh|chị|bác sĩ|kỹ sư|giáo sư|vua|(?:phó )?(?:(?:thủ )?tướng|chủ tịch|(?:tổng )?giám đốc)"
            r"|tỉnh|thành phố|huyện|quận|xã|phường|thị trấn|sông|núi|đảo|hồ|cầu|ga|công ty"
            r"|tập đoàn|hãng|đội|trường|nước) $",
            re.IGNORECASE,
        ),
        "nào",
    ),
    "en": (re.compile(r"\bby $", re.IGNORECASE), "whom"),
}
_RANGE_BEFORE = re.compile(r"\d\w* (?:đến|tới|hoặc|hay|to|or) $")
_NO_AMOUNT = re.compile(r" (?:đến|tới|hoặc|hay|to|or) \d| giờ(?: \d+)? (?:sáng|trưa|chiều|tối|đêm|ngày|phút)\b")
_GOES_ON = re.compile(r"(?:,| và| and) (\w)|[-–](?=\w)")
_HOW_MANY = {"vi": "bao nhiêu", "en": "how many"}


@dataclass(frozen=True, slots=True)
class Proposal:
    """A question about a sentence, and its accepted answers, which are parts of the sentence.

    `kind` is what a template asks for: a day or a year ("when"), a number or a name; "" for a question of a model.
    """

    question: str
    answers: tuple[str, ...]
    kind: Literal["when", "number", "name", ""] = ""


def proposals(sentence: str, language: str) -> Iterator[Proposal]:
    """The questions that templates make of a sentence in Vietnamese or English, by what they ask for."""
    dates = _dates(sentence)
    spans: tuple[tuple[Literal["when", "number", "name"], _Spans], ...] = (
        ("when", _when(sentence, language, dates)),
        ("number", _how_many(sentence, language, dates)),
        ("name", _which(sentence, language)),
    )
    for kind, start, end, word, answers in ((kind, *span) for kind, found in spans for span in found):
        question = f"{sentence[:start]}{word}{sentence[end:]}".rstrip(".… ") + "?"
        question = question[0].upper() + question[1:]
        if not any(contains(question, [answer]) for answer in answers):
            yield Proposal(question, answers, kind)


_Spans = Iterator[tuple[int, int, str, tuple[str, ...]]]


def _dates(sentence: str) -> list[Day]:
    """The dates of a sentence, less those that are a part of another."""
    found: list[Day] = []
    for day in sorted(days(sentence), key=lambda day: day.start - day.end):
        if not any(day.start < other.end and other.start < day.end for other in found):
            found.append(day)
    return found


def _when(sentence: str, language: str, dates: Sequence[Day]) -> _Spans:
    for day in dates:
        said, before = sentence[day.start : day.end], sentence[: day.start].casefold()
        noun = {"vi": "ngày" if day.day else "tháng", "en": "day" if day.day else "month"}[language]
        if language == "en":
            yield day.start, day.end, f"which {noun}", (said,)
        elif not before.endswith(("mùng ", "mồng ", "rằm ")):
            yield day.start, day.end, "nào" if before.endswith(f"{noun} ") else f"{noun} nào", (said,)
    pattern, word = _YEARS[language]
    for match in pattern.finditer(sentence):
        if not _within(match.start("year"), dates):
            yield *match.span("year"), word, (match["year"],)


def _how_many(sentence: str, language: str, dates: Sequence[Day]) -> _Spans:
    for match in _NUMBER.finditer(sentence):
        start, end = match.span()
        before, behind = sentence[:start], sentence[end:]
        counts = not (_NAMES_ITS_NUMBER.search(before) or _RANGE_BEFORE.search(before) or _NO_AMOUNT.match(behind))
        unit = re.match(r" ?%|(?: [^\W\d_]+[²³]?){1,2}", behind)
        if not counts or _within(start, dates):
            continue
        measured = _measured(unit[0]) if unit else ""
        # A number with no unit counts what stands behind it, which is neither a name nor a small word.
        thing = unit[0].split()[0] if unit else ""
        if measured or (thing[:1].islower() and thing not in FUNCTION_WORDS[language]):
            per = re.match(r"/\w+", behind[len(measured) :]) if measured else None
            whole = match[0] + measured + (per[0] if per else "")
            word = _HOW_MANY[language] + " " * behind.startswith("%")
            yield start, end, word, tuple(dict.fromkeys((whole, match[0])))


def _measured(behind: str) -> str:
    """The words behind a number that are its unit, as they stand; none where they are something else."""
    if behind.strip() == "%":
        return behind
    one = behind[: behind.find(" ", 1)] if " " in behind[1:] else behind
    return next((words for words in (behind, one) if unit_of(words.strip())), "")


def _which(sentence: str, language: str) -> _Spans:
    pattern, word = _BEFORE_NAMES[language]
    for name in names(sentence):
        start = sentence.find(name)
        before = pattern.search(sentence[:start])
        if before and _is_whole(name, sentence[start + len(name) :], language):
            whole = (f"{before[0]}{name}",) if language == "vi" else ()
            yield start, start + len(name), word, (name, *whole)


def _is_whole(name: str, behind: str, language: str) -> bool:
    """Whether it is a name, all of it, and one alone: no abbreviation, and no syllable of a word, as in Quốc hội."""
    goes_on = _GOES_ON.match(behind)
    several = goes_on is not None and not (goes_on[1] and goes_on[1].islower())
    named = name[0].isupper() and not name.split()[0].isupper() and not re.search(r"\d", name)
    return named and not several and (language != "vi" or " " in name or name.isascii())


def _within(place: int, dates: Sequence[Day]) -> bool:
    return any(day.start <= place < day.end for day in dates)
