"""Sentences of articles that are orders to a language model, and not what anybody wants to know."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.answering.quote import Quote
from rag.prompts import CHAT_TOKENS

_ORDERS = re.compile(
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
    return _ORDERS.search(CHAT_TOKENS.sub(" ", text)) is not None


def without_injections(quotes: Sequence[Quote], question: str) -> list[Quote]:
    """The quotes that a model may be given: no orders to it, unless the question speaks of such."""
    return [quote for quote in quotes if is_injection(question) or not is_injection(quote.text)]
