"""Prompt injection: sentences of articles that give orders to a language model instead of telling anything."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.prompts import CHAT_TOKENS
from rag.text.ranges import TextRange

_INJECTION = re.compile(
    r"(?:bỏ qua|phớt lờ|quên)(?: \w+){0,2} (?:chỉ dẫn|hướng dẫn|chỉ thị|mệnh lệnh|lệnh|yêu cầu|quy tắc)"
    r"(?: \w+){0,2} (?:trên|trước|cũ)\b"
    r"|\bhãy (?:trả lời|nói|viết|in ra|đáp)(?: \w+){0,3} (?:rằng|là|chữ|đúng)\b"
    r"|\b(?:ignore|disregard|forget|override)(?: \w+){0,3} (?:instructions?|prompts?|above|directions)\b"
    r"|\b(?:only|always|just|simply) (?:answer|reply|respond|output) (?:with|that|by)\b"
    r"|\byou are now\b|\b(?:system prompt|new instructions?)\b"
    r"|^\W*luôn (?:trả lời|đáp)\b|\{% ?chat\b|^\W*(?:system|assistant|human|trợ lý) ?:",
    re.IGNORECASE,
)
_CLOSING, _SENTENCE_ENDS = "\"'”’»)", tuple(".!?…。！？")


def is_injection(text: str) -> bool:
    """Whether a text holds an order to a language model, or begins as a turn of a chat with one.

    The tokens by which a model parts the turns of a chat are no order: facts stand beside them in texts that were
    copied from one, and the model is never given them.
    """
    return _INJECTION.search(CHAT_TOKENS.sub(" ", text)) is not None


def between_chat_tokens(text: str, start: int, end: int) -> Iterator[TextRange]:
    """What stands before, between and behind the chat tokens of `text[start:end]`, without the blank around it.

    A token that stands amid a sentence, which goes on behind it, parts nothing, unless what it parts is an order.
    """
    found: list[TextRange] = []
    said, turns = "", False
    for token in (*CHAT_TOKENS.finditer(text, start, end), None):
        part = text[start : token.start() if token else end]
        begin, part = start + len(part) - len(part.lstrip()), part.strip()
        if part:
            goes_on = found and not turns and _goes_on(said, part)
            found[-1 if goes_on else len(found) :] = [(found[-1][0] if goes_on else begin, begin + len(part))]
            said, turns = part, False
        if token:
            turns = turns or token[0][-1] not in ">]"  # a token with the name of a role behind it
            start = token.end()
    yield from found


def _goes_on(said: str, following: str) -> bool:
    ended = said.rstrip(_CLOSING).endswith(_SENTENCE_ENDS) or following[0].isupper()
    return not ended and not is_injection(said) and not is_injection(following)
