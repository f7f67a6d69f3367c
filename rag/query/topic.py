"""The subject that opens a Vietnamese question, where no name tells what it is about."""

from __future__ import annotations

import re

from rag.text.normalize import fold, has_diacritics
from rag.text.ranges import TextRange
from rag.text.words import words

# Verbs and words behind which a question says or asks something of its subject.
_PREDICATES = (
    r"\b(?:là|có|được|bị|do|dài|cao|rộng|nặng|sâu|làm|gây|bao nhiêu|mấy|ai|gì|nào|ở|khi|khánh thành|khởi công|thông xe"
    r"|hoàn thành|thuộc|nằm|gồm|chở|chạy|mở|bắt đầu|ký|dự|phát hành|thông qua|sinh|mất|đã|sẽ|đang|của|diễn ra|trong"
    r"|in)\b"
)
# Without diacritics "la" may also end a name: "thuy dien son la".
_PREDICATE = (
    re.compile(_PREDICATES, re.IGNORECASE),
    re.compile(fold(_PREDICATES.replace("là|", "", 1)), re.IGNORECASE),
)
_MAX_WORDS = 6


def subject_range(question: str) -> TextRange:
    """Where the words stand that a question says something of; an empty range when they cannot be told."""
    match = _PREDICATE[not has_diacritics(question)].search(question)
    end = match.start() if match else len(question)
    found = question[:end].rstrip(" ,?.!")
    start = len(found) - len(found.lstrip(' ,"“'))
    return (start, len(found)) if 0 < len(words(found)) <= _MAX_WORDS else (0, 0)
