"""The entailment model: whether a text bears out, denies, or does not decide what is said or asked of it."""

from __future__ import annotations

from rag.models.reader_windows import Window
from rag.models.tokenizer import UnigramTokenizer

# The longest hypothesis and premise, in tokens.
HYPOTHESIS_TOKENS, PREMISE_TOKENS = 72, 176


def pair_of(tokenizer: UnigramTokenizer, hypothesis: str, premise: str) -> Window:
    """`<s> hypothesis </s> premise </s>` as numbers of tokens; what is too long loses its end."""
    head = [tokenizer.bos, *tokenizer.encode(hypothesis, HYPOTHESIS_TOKENS), tokenizer.eos]
    return Window([*head, *tokenizer.encode(premise, PREMISE_TOKENS), tokenizer.eos], len(head), 0)
