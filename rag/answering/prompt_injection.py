"""Prompt injection: sentences of articles that give orders to a language model instead of telling anything."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.answering.quote import Quote
from rag.prompts import CHAT_TOKENS

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


def is_injection(text: str) -> bool:
    """Whether a text holds an order to a language model, or begins as a turn of a chat with one.

    The tokens by which a model parts the turns of a chat are no order: facts stand beside them in texts that were
    copied from one, and the model is never given them.
    """
    return _INJECTION.search(CHAT_TOKENS.sub(" ", text)) is not None


def without_injections(quotes: Sequence[Quote], question: str) -> list[Quote]:
    """The quotes, in their order, that a model may be given: those without orders to it.

    All of them where the question itself reads like such an order: then it asks about them.
    """
    return [*quotes] if is_injection(question) else [quote for quote in quotes if not is_injection(quote.text)]
