"""The short answer in a sentence: spans of the kind that a question asks for, and the one that answers best."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.query.query import Query
from rag.query.question_type import SMALL_BARE, Kind, QuestionType, question_type
from rag.text.dates import MONTH
from rag.text.normalize import fold
from rag.text.words import FUNCTION_WORDS


@dataclass(frozen=True, slots=True)
class AnswerSpan:
    """A part of a text, `text[start:end]`, of a kind; `score` grows with how well it answers."""

    start: int
    end: int
    kind: Kind
    score: float

    @property
    def confident(self) -> bool:
        """Whether it is likely enough the answer to be given as such."""
        return self.score >= _CONFIDENT[self.kind]


# From which score a span of a kind was right often enough, on training questions of UIT-ViQuAD.
_CONFIDENT: dict[Kind, float] = {
    "date": 0.3, "number": 0.5, "person": 0.8, "place": 1.0, "organisation": 1.0, "name": 1.4, "other": math.inf
}  # fmt: skip


# How fast a word of the question counts less the farther it stands from a span, in characters.
_REACH = 30.0
_BESIDE = 8.0
# So much of a sentence is read; a longer one is a table or a list.
_READ_CHARS = 2000
_SCALE = (
    r"(?: ?(?:trieu|ty|ti|nghin|ngan|van|muon|tram|million|billion|trillion|thousand|hundred|millions|milliards?"
    r"|millionen|milliarden|millones|万|亿|億|千)\b)*"
)
_UNITS = {
    "share": r"%|phan tram|percent|per cent|pour cent|prozent|por ciento",
    "money": r"dong|(?:us)?[$]|usd|do[ -]la(?: my)?|vnd|cents?|dollars?|euros?|bang anh|pounds?|yen|元|美元|円",
    "heat": r"°[cf]?|do c|degrees?|do",
    "area": r"km²|m²|km2|m2|ha|hec-?ta|hectares?|square (?:miles|kilomet\w+|feet)|dam vuong"
    r"|kilomet vuong|cay so vuong",
    "length": r"km|m|cm|mm|met|cay so|kilomet\w*|centimet\w*|ft|feet|foot|inch(?:es)?|dam|hai ly|miles?"
    r"|met(?:er|re)s?|mi",
    "weight": r"kg|g|tan|gam|ta|tonnes?|tons?|pounds?|kilogram\w*|lb",
    "time": r"nam|thang|ngay|gio|phut|giay|tuan|the ky|thap ky|tuoi|years?|months?|days?|hours?|minutes?|weeks?"
    r"|seconds?|decades?|centur\w+|ans|jahre?n?|años",
}
_UNIT = "|".join(f"(?P<{name}>{pattern})" for name, pattern in _UNITS.items())
_ABOUT = r"(?:(?:khoang|hon|gan|tren|duoi|chung|tu|about|over) )?"
_FIGURE = rf"[$€£¥]?(?:\d{{1,3}}(?:[ \u00a0\u2009\u202f]\d{{3}})+(?!\d)|\d+)(?:[.,]\d+)*{_SCALE}"
# A dash is a sign where it stands behind a blank and right before a figure.
_SIGN = r"(?:(?<![^\s(])[-–−](?=\d))?"
_NUMBER = re.compile(
    rf"(?<![\w.,/@-]){_ABOUT}{_SIGN}{_FIGURE}"
    rf"(?:(?: ?[-–] ?| den | toi | to ){_FIGURE})?(?: ?-? ?(?:{_UNIT})(?![\w°²]))?"
)
_WORDED = re.compile(
    r"\b(?:một|hai|ba|bốn|năm|sáu|bảy|tám|chín|mười|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
    r"|twenty|thirty|forty|fifty|sixty)(?:[ -](?:một|mốt|hai|ba|bốn|tư|lăm|sáu|bảy|tám|chín|mươi|trăm|chục|nghìn"
    r"|triệu|tỷ|one|two|three|four|five|six|seven|eight|nine|hundred|thousand|million))*\b",
    re.IGNORECASE,
)
_YEAR = r"(?:1[0-9]|20)\d\d"
_DATE = re.compile(
    rf"\b(?:(?:sang|trua|chieu|toi) )?(?:ngay )?\d{{1,2}} thang \d{{1,2}}(?:,? nam {_YEAR})?\b"
    rf"|(?<![\d/.-])\d{{1,2}}[/.-]\d{{1,2}}[/.-]{_YEAR}(?!\d)|(?<![\d/.,-])\d{{1,2}}/\d{{1,2}}(?![\d/%])"
    rf"|\b{_YEAR}-\d\d-\d\d\b|\b(?:(?:dau|giua|cuoi) )?thang \d{{1,2}}(?:(?:,? nam |/|, ){_YEAR})?"
    rf"(?: (?:den|toi|va) thang \d{{1,2}})?\b|(?<![\d/])\d{{1,2}}/{_YEAR}\b"
    rf"|\b\d{{1,2}}(?:st|nd|rd|th|er|\.)?(?: of| de)? (?:{MONTH})\b(?:,? (?:de )?{_YEAR})?"
    rf"|\b(?:{MONTH}) \d{{1,2}}(?:st|nd|rd|th)?\b(?:,? {_YEAR})?|\b(?:{MONTH})(?: de)? {_YEAR}"
    rf"|(?:{_YEAR}年)?\d{{1,2}}月(?:\d{{1,2}}日)?|{_YEAR}年"
    rf"|\b(?:(?:dau|giua|cuoi) )?the k[yi] (?:thu )?[xvi\d]+\b"
    rf"(?: (?:va|den) (?:the k[yi] )?[xvi\d]+\b)?(?: tcn| truoc cong nguyen)?"
    rf"|\b\d+(?:st|nd|rd|th)[ -]centur(?:y|ies)"
    rf"|\bthap (?:nien|ky) {_YEAR}|\btu (?:nam )?\d{{3,4}} (?:den|toi) (?:nam )?\d{{3,4}}\b(?: tcn)?"
    rf"|\b(?:(?:dau|giua|cuoi) )?nam \d{{2,4}}(?:(?:, \d{{3,4}})* va \d{{3,4}}| ?[–-] ?\d{{3,4}})?\b(?: tcn)?"
    rf"|\b{_YEAR}s?(?: ?[–-] ?{_YEAR})?\b(?: tcn)?|\b[\d.]+ (?:tcn|bc|ad)\b"
)
_BEFORE_DATE = re.compile(r"\b(?:nam|thang|ngay|in|since|year|thu|so|the ky|dieu)\s?$")
_NAME_WORD = re.compile(r"[^\W\d_][\w’']*(?:\.(?=\w))?\w*|\d+")
_PARTICLES = frozenset(("de", "van", "von", "of", "di", "da", "del", "la", "bin", "al", "du", "der", "le"))
_JOINS = (" ", "-", " - ", "–", " – ")
_FAMILY_NAMES = (
    "nguyen tran le pham hoang huynh phan vu vo dang bui do ho ngo duong ly trinh dinh mai truong lam doan cao luong"
    " dao ha to ta quach chu kieu"
)
_FAMILIES = frozenset(_FAMILY_NAMES.split())
_TITLES = re.compile(
    r"\b(?:ong|ba|anh|chi|co|vua|hoang de|hoang hau|nu hoang|tuong|thieu ta|dai ta|ts|gs|pgs|bs|ths|dr|mr|mrs|ms|prof"
    r"|tong thong|thu tuong|chu tich|giam doc|bi thu|bo truong|giao hoang|nha \w+(?: hoc)?|hoa si|ca si|dao dien"
    r"|tac gia|king|queen|president|emperor|sir|lord|pope|general|minister|director|coach|prince|author"
    r"|(?:by|boi|do|cua|la))[. ]*$"
)
_PLACES = re.compile(
    r"\b(?:tinh|thanh pho|tp|huyen|quan|xa|phuong|thi tran|thi xa|song|nui|dao|ho|vinh|nuoc|bang|vung|deo|lang|thon|ban"
    r"|khu vuc|quan dao|ban dao|thu do|bien|cong hoa|mien|cang|san van dong|city of|state of|river|mount|lake"
    r"|in|at|near|from|to|o|tai|den|sang|gan|thuoc|tu|ve)[. ]*$"
)
_ORGANISATIONS = re.compile(
    r"(?:cong ty|tap doan|bo|truong|dai hoc|vien|ngan hang|dang|to chuc|uy ban|doi|cau lac bo|hoi|lien doan|quan doan"
    r"|cuc|so|hang|tong cong ty|hoi dong|lien minh|university|company|inc|college|party|institute|corporation|bank"
    r"|association|league|church|committee|agency)\b"
)
# Words that open a sentence and are no part of the name behind them.
_OPENING_WORDS = (
    "theo sau khi tai o nam ngay vua tuong ong ba tu den trong neu nhung cac mot day do dieu viec hien voi nguoi vao"
    " it he she they this that these those after before while then when however although during since as"
    " there its his her their some many most both by from with under on"
)
_OPENERS = frozenset(_OPENING_WORDS.split()) | frozenset(
    fold(word) for words in FUNCTION_WORDS.values() for word in words
)


def answer_span(query: Query, text: str) -> AnswerSpan | None:
    """The span of a text that answers best, of the kind that the question asks for; None when none is good enough."""
    wanted = question_type(query.text)
    best = max(_scored(query, wanted, text[:_READ_CHARS]), key=lambda span: span.score, default=None)
    return best if best and best.score > 0 else None


def _scored(query: Query, wanted: QuestionType, text: str) -> Iterator[AnswerSpan]:
    read = _read(text)
    places = _places(query, read.plain)
    within = set(re.findall(r"\w+", plain(query.text)))
    for start, end, kind, worth in read.candidates:
        fitted = _fit(wanted, read, start, end, kind)
        if fitted is None:
            continue
        start, end, fit = fitted
        said = set(re.findall(r"\w+", read.plain[start:end]))
        if said <= within:
            continue
        beside = read.beside(wanted, start, end)
        near = sum(
            weight * math.exp(-min(max(start - to, at - end, 0) for at, to in spots) / _REACH)
            for weight, spots in places
        )
        yield AnswerSpan(start, end, wanted.kind, worth + fit + near + beside)


def _places(query: Query, said: str) -> list[tuple[float, list[tuple[int, int]]]]:
    """For each content word of the question that stands in a text: its share of the weights, and where it stands."""
    whole = sum(query.content.values()) or 1.0
    found = []
    for token, weight in query.content.items():
        word = re.escape(plain(token))
        pattern = rf"\b{word}\b" if token.isascii() or not _UNSPACED.match(token) else word
        spots = [match.span() for match in re.finditer(pattern, said)]
        if spots:
            found.append((weight / whole, spots))
    return found


_EXTENTS = frozenset(("cao", "dai", "rong", "sau"))
_AWAY = re.compile(r"\bcach (?:[^\s,.;]+ ){1,8}$")
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]")


def _fit(wanted: QuestionType, read: _Read, start: int, end: int, kind: str) -> tuple[int, int, float] | None:
    """Where the span ends when what is counted is a part of it, and how well it suits the question; None if not."""
    said = read.plain
    if wanted.kind == "number":
        return _number_fit(wanted, said, start, end, kind)
    if wanted.kind == "date":
        if kind != "date":
            return None
        if "year" in wanted.noun and (year := re.compile(_YEAR).search(said, start, end)):
            start, end = year.span()
        return start, end, 0.3 * ("/" in said[start:end] or " " in said[start:end])
    if kind != "name" or wanted.kind == "other":
        return None
    before = said[max(0, start - 30) : start]
    fit = 0.0
    if wanted.noun and re.search(rf"\b{re.escape(' '.join(wanted.noun))} $", before):
        return start, end, 1.0
    if wanted.kind in ("name", "other"):
        return None
    first = re.match(r"\w+", said[start:end])
    words = said[start:end].split()
    person = bool(_TITLES.search(before)) or (first is not None and first[0] in _FAMILIES and 2 <= len(words) <= 4)
    place = bool(_PLACES.search(before))
    organisation = bool(_ORGANISATIONS.search(said[max(0, start - 20) : end]))
    marks = {"person": person, "place": place, "organisation": organisation}
    if wanted.kind != "place" and wanted.vietnamese and len(words) == 1 and not read.text[start:end].isascii():
        return None  # the first syllable of a common word, as in "Viện nghiên cứu"
    fit = 0.6 * marks[wanted.kind] - 0.3 * any(mark for name, mark in marks.items() if name != wanted.kind)
    return start, end, fit


def _number_fit(wanted: QuestionType, said: str, start: int, end: int, kind: str) -> tuple[int, int, float] | None:
    if kind not in ("number", "worded"):
        return None
    fit = 0.0
    # How much higher than another, and how far away, is not how high.
    if wanted.before in _EXTENTS and (
        (said.startswith("hon ", start) and said.startswith(" so voi", end)) or _AWAY.search(said[:start])
    ):
        fit -= 1.0
    match = _NUMBER.fullmatch(said, start, end)
    measure = (match and match.lastgroup) or ""
    if wanted.noun:
        first = re.escape(wanted.noun[0].removesuffix("s")) + "s?"
        if follows := re.match(rf"(?: \w+)?? ?\b{first}\b", said[end : end + 60]):
            # In English what is counted goes without saying: "How many stations?" "12".
            end = _along(said, end + follows.end(), wanted.noun[1:]) if wanted.vietnamese else end
            fit += 1.0
        elif re.search(rf"\b{first}\b", said[start:end]):
            fit += 1.0
        elif measure and not wanted.unit:
            fit -= 0.2
    if wanted.unit:
        fit += 0.8 if measure == wanted.unit else -0.3
    if kind == "worded" and fit <= 0:
        return None
    return start, end, fit


def _along(said: str, end: int, noun: Sequence[str]) -> int:
    """Where the words of a noun end that stand one after the other from a place on; a joining word ends none."""
    at = end
    for word in noun:
        if not re.compile(rf" {re.escape(word)}\b").match(said, at):
            break
        at += 1 + len(word)
        end = end if word in SMALL_BARE else at
    return end


@dataclass(frozen=True, slots=True)
class _Read:
    """A text without diacritics and in lower case, character for character, and its candidates: place, kind, worth."""

    text: str
    plain: str
    candidates: tuple[tuple[int, int, str, float], ...]

    def beside(self, wanted: QuestionType, start: int, end: int) -> float:
        """How near the words next to the question word stand on the same side of a span, 0 to 1."""
        gaps = []
        if wanted.after and (at := self.plain.find(f" {wanted.after}", end)) >= 0:
            gaps.append(at - end)
        if wanted.before and (at := self.plain.rfind(f"{wanted.before} ", 0, start)) >= 0:
            gaps.append(start - at - len(wanted.before) - 1)
        return max((math.exp(-gap / _BESIDE) for gap in gaps), default=0.0)


@lru_cache(1 << 13)
def _read(text: str) -> _Read:
    said = plain(text)
    dates = [match.span() for match in _DATE.finditer(said)]
    found = [(start, end, "date", 0.0) for start, end in dates]
    for match in _NUMBER.finditer(said):
        start, end = match.span()
        dated = any(at < end and start < to and not match.lastgroup for at, to in dates)
        if not dated:
            part = _BEFORE_DATE.search(said[max(0, start - 12) : start])
            found.append((start, end, "number", -0.5 if part else 0.0))
    found += [(*match.span(), "worded", 0.0) for match in _WORDED.finditer(text)]
    found += [(start, end, "name", worth) for start, end, worth in _names(text, said)]
    return _Read(text, said, tuple(found))


def _names(text: str, said: str) -> Iterator[tuple[int, int, float]]:
    """Runs of capitalised words; one that opens the text counts less."""
    runs: list[list[int]] = []
    bridge: tuple[int, int] | None = None
    for match in _NAME_WORD.finditer(text):
        start, end = match.span()
        if match[0][0].isupper() or (match[0].isdigit() and runs and runs[-1][1] == start - 1):
            behind = runs[-1][1] if runs else -9
            between = text[behind:start] if runs else ""
            initial = between in (". ", ".") and behind - runs[-1][0] == 1
            if runs and (between in _JOINS or initial or bridge == (behind + 1, start - 1)):
                runs[-1][1] = end
            else:
                runs.append([start, end])
            bridge = None
        else:
            bridge = (start, end) if match[0] in _PARTICLES else None
    opening = next((i for i, c in enumerate(text) if c.isalnum()), 0)
    for start, end in runs:
        worth = 0.0
        if start == opening:
            first = re.match(r"\w+", said[start:])
            if first and first[0] in _OPENERS:
                start += first.end() + 1
                if start >= end:
                    continue
            elif " " not in text[start:end]:
                worth = -0.3
        if end - start > 1:
            yield start, end, worth


def plain(text: str) -> str:
    """Text without diacritics and in lower case, of the same length, so that places in it are places in the text."""
    return "".join(map(_plain_letter, text))


@lru_cache(1 << 12)
def _plain_letter(letter: str) -> str:
    bare = fold(letter).casefold()
    return bare if len(bare) == 1 else letter
