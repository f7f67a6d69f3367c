"""Sentences of articles that are orders to a language model, and not what anybody wants to know."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from rag.answering.evidence import Evidence, Quote
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
# How much less than any other such a quote counts: more than quotes of one answer may differ by.
_PENALTY = 5.0


def is_injection(text: str) -> bool:
    """Whether a text holds an order to a language model, or begins as a turn of a chat with one.

    The tokens by which a model parts the turns of a chat are no order: facts stand beside them in texts that were
    copied from one, and the model is never given them.
    """
    return _ORDERS.search(CHAT_TOKENS.sub(" ", text)) is not None


def injections_last(evidence: Evidence, question: str) -> Evidence:
    """The evidence with orders to a model behind everything else, unless the question itself speaks of such."""
    if is_injection(question) or not any(is_injection(quote.text) for quote in evidence.quotes):
        return evidence
    lowest = min((quote.score for quote in evidence.quotes if not is_injection(quote.text)), default=0.0)
    ranked = [_ranked(quote, lowest) for quote in evidence.quotes]
    return replace(evidence, quotes=tuple(sorted(ranked, key=lambda quote: -quote.score)))


def without_injections(quotes: Sequence[Quote], question: str) -> list[Quote]:
    """The quotes that a model may be given: no orders to it, unless the question speaks of such."""
    return [quote for quote in quotes if is_injection(question) or not is_injection(quote.text)]


def _ranked(quote: Quote, lowest: float) -> Quote:
    """The quote, an order so far behind the lowest score of a fact that it is not shown beside one."""
    return replace(quote, score=min(quote.score, lowest) - _PENALTY) if is_injection(quote.text) else quote
