"""What a question is about: the topic that stays with the follow-ups to it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.query.entities import QUESTION_WORDS, THINGS, Entity, entities, with_kind
from rag.text.language import language_of
from rag.text.words import FUNCTION_WORDS, words

_WORD = re.compile(r"\w+(?:[-'’.,/]\w+)*")
_PREDICATES = re.compile(
    r"\b(?:là|có|được|bị|do|dài|cao|rộng|nặng|sâu|làm|gây|bao nhiêu|mấy|ai|gì|nào|ở|khi|khánh thành|khởi công|thông xe"
    r"|hoàn thành|thuộc|nằm|gồm|chở|chạy|mở|bắt đầu|ký|dự|phát hành|thông qua|sinh|mất|đã|sẽ|đang|của|diễn ra|trong"
    r"|in)\b"
)

# "Nghị quyết số 202/2025/QH15": no set asks so, but without its number such a paper is another one.
_NUMBERED = re.compile(rf"\b(?:{THINGS}) số \d(?:[\w/.-]*\w)?", re.IGNORECASE)


def topic(question: str) -> str:
    """What a question is about: what is numbered, else its names, its subject or last noun phrase; "" for none."""
    if numbered := _NUMBERED.search(question):
        return numbered[0]
    found = [name for name in entities(question) if not name.is_number]
    weak = all(name.text.isupper() for name in found)
    if found and not (weak and language_of(question) == "vi"):
        return ", ".join(with_kind(question, name) for name in found)
    return _subject(question) if language_of(question) == "vi" else _noun_phrase(question, found)


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
    function_words = QUESTION_WORDS | FUNCTION_WORDS["en"] | FUNCTION_WORDS.get(language_of(question), frozenset())
    runs: list[list[int]] = []
    for match in _WORD.finditer(question):
        if match[0].casefold() in function_words:
            continue
        if runs and question[runs[-1][1] : match.start()].isspace():
            runs[-1][1] = match.end()
        else:
            runs.append([match.start(), match.end()])
    return question[runs[-1][0] : runs[-1][1]] if runs else ""
