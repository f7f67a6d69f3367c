"""The turns of a conversation, and a follow-up made into a question that stands alone, by rules without a model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.text import content_words, fold, has_diacritics, language_of, names, words


@dataclass(frozen=True, slots=True)
class Turn:
    """One question, as it was understood, and its answer."""

    question: str
    answer: str


# Words that point back. Typed without diacritics, `ho` may be họ, hồ or hộ: then only the longer ones count.
_POINTED_AT = (
    "ông|bà|anh|chị|cô|người|vị|vụ|việc|dự án|tuyến|chỗ|nơi|ngày|năm|tháng|điều|cái|cuộc|con số|sự kiện|chương trình"
    "|nghị quyết|công trình|tỉnh|thành phố|lễ hội|món|loài|hang|công ty|nhà máy|đường|cầu|đơn vị|lý do|lúc|khi|đội|quận"
    "|huyện|xã|trận|bão|cơn bão|hội nghị|di sản"
)
_LONGER = rf"(?:{_POINTED_AT}) (?:ấy|này|đó|kia|trên|vừa rồi)|ở đó|tại đó|sau đó|trước đó|trong đó|từ đó"
_FOREIGN = (
    "he|she|it|its|they|their|them|his|her|this|that|these|those|there|then|il|elle|ils|elles|celui-ci|celle-ci|cela"
)
_ELLIPSIS = r"^(?:còn|thế còn|vậy còn|thế thì|vậy thì|and|what about|how about|qu'en est-il de)\b|\bthì sao\b"
_REFERENCES = re.compile(rf"\b(?:{_LONGER}|họ|nó|đó)\b|{_ELLIPSIS}")
_REFERENCES_BARE = re.compile(fold(rf"\b(?:{_LONGER})\b|{_ELLIPSIS}"))
_PRONOUNS = re.compile(rf"\b(?:{_FOREIGN})\b")
_SMALL_TALK = re.compile(r"(?:(?:xin )?chao|cam on|hello|hi|thanks?|thank you|bonjour|merci)\b")
_INSTEAD = re.compile(r"^(?:con|the con|vay con|what about|how about|and|et)\b|\bthi sao\b")
_CJK_REFERENCES = re.compile("他|她|它|那里|这个|那个|其中|彼|彼女|それ|そこ|その|この|あの")
_MAX_BARE_WORDS = 5
_MAX_BARE_CONTENT = 2


def standalone(question: str, history: Sequence[Turn]) -> str:
    """The question itself if it stands alone, else the question with what it refers to in the last turn.

    Nothing is added but words of the last question. "And X?" asks the last question again with X in the place of its
    subject; another follow-up is asked about the names of the last question, or beside the whole of it if it has none.
    """
    if not history or not depends(question):
        return question
    last = history[-1].question.strip()
    subjects = names(last)
    if subjects and _only_names(question):
        return _asked_of(last, subjects, names(question))
    missing = [subject for subject in subjects if subject not in question]
    return f"{question} ({', '.join(missing)})" if missing else f"{last} {question}"


def _only_names(question: str) -> bool:
    """Whether a follow-up says nothing but "and X?", perhaps with a word for what X is."""
    plain = fold(question).casefold().strip()
    if not names(question) or not _INSTEAD.search(plain):
        return False
    rest = _INSTEAD.sub(" ", plain)
    for name in names(question):
        rest = rest.replace(fold(name).casefold(), " ")
    return len(words(rest)) <= _MAX_BARE_CONTENT


def _asked_of(last: str, subjects: Sequence[str], others: Sequence[str]) -> str:
    """The last question with its first name replaced by a name, and its first number by a number."""
    for other in others:
        alike = [subject for subject in subjects if _is_number(subject) == _is_number(other)]
        last = last.replace(alike[0], other, 1) if alike else f"{last} ({other})"
    return last


def _is_number(name: str) -> bool:
    return name[0].isdigit()


def depends(question: str) -> bool:
    """Whether a question points back at what was said before: by a pronoun, an ellipsis, or for want of a subject."""
    plain, typed = question.casefold().strip(), has_diacritics(question)
    if _SMALL_TALK.match(fold(plain)):
        return False
    if (_REFERENCES if typed else _REFERENCES_BARE).search(plain) or _CJK_REFERENCES.search(question):
        return True
    if names(question):
        return False
    said = words(question)
    language = language_of(question)
    content = content_words(said, language, bare=language == "vi" and not typed)
    return bool(_PRONOUNS.search(plain)) or (len(said) <= _MAX_BARE_WORDS and len(content) <= _MAX_BARE_CONTENT)
