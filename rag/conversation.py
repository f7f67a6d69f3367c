"""The turns of a conversation, and a follow-up made into a question that stands alone, by rules without a model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.text import fold, has_diacritics, names, words


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
_ELLIPSIS = r"^(?:còn|thế|vậy|thế còn|vậy còn|and|what about|how about|et|qu'en est-il de)\b|\bthì sao\b"
_REFERENCES = re.compile(rf"\b(?:{_LONGER}|họ|nó|đó|{_FOREIGN})\b|{_ELLIPSIS}")
_REFERENCES_BARE = re.compile(fold(rf"\b(?:{_LONGER}|{_FOREIGN})\b|{_ELLIPSIS}"))
_INSTEAD = re.compile(r"^(?:con|the con|vay con|what about|how about|and|et)\b|\bthi sao\b")
_CJK_REFERENCES = re.compile("他|她|它|那里|这个|那个|其中|彼|彼女|それ|そこ|その|この|あの")
_MAX_BARE_WORDS = 5


def standalone(question: str, history: Sequence[Turn]) -> str:
    """The question itself if it stands alone, else the question with what it refers to in the last turn.

    Nothing is added but words of the last question. "And X?" asks the last question again with X in the place of its
    subject; another follow-up is asked about the names of the last question, or beside the whole of it if it has none.
    """
    if not history or not depends(question):
        return question
    last = history[-1].question.strip()
    subjects = names(last)
    if subjects and names(question) and _INSTEAD.search(fold(question).casefold().strip()):
        return _asked_of(last, subjects, names(question))
    missing = [subject for subject in subjects if subject not in question]
    return f"{question} ({', '.join(missing)})" if missing else f"{last} {question}"


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
    references = _REFERENCES if has_diacritics(question) else _REFERENCES_BARE
    if references.search(question.casefold().strip()) or _CJK_REFERENCES.search(question):
        return True
    return len(words(question)) <= _MAX_BARE_WORDS and not names(question)
