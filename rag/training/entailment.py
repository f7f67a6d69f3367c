"""The training of the entailment head: whether a text bears out what is said of it, from `<s>` of both together."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from rag.models.entailment import pair_of
from rag.models.reader_windows import Window
from rag.models.tokenizer import UnigramTokenizer
from rag.training.entailment_dataset import LABELS, EntailmentRecord
from rag.training.examples import POOL_BATCHES
from rag.training.trainer import PairEncoder, pair_tensors

# The lower layers stay those of what the training begins with: a third of its time is saved.
FROZEN_LAYERS = 6


@dataclass(frozen=True, slots=True)
class EntailmentExample:
    """A premise behind a hypothesis, as tokens, and the place of its label among `LABELS`."""

    window: Window
    label: int


class EntailmentExamples:
    """A sequence of examples, the same for the same records, count and seed."""

    def __init__(self, tokenizer: UnigramTokenizer, records: Sequence[EntailmentRecord], count: int, seed: int) -> None:
        """`count` examples are made in all; the records are gone through again and again until then."""
        self._tokenizer, self._records, self._count, self._seed = tokenizer, records, count, seed

    def vocabulary(self) -> set[int]:
        """The ids of all tokens that occur in the examples."""
        found = {self._tokenizer.bos, self._tokenizer.eos}
        for each in self._records[: self._count]:
            found.update(pair_of(self._tokenizer, each.hypothesis, each.premise).tokens)
        return found

    def batches(self, size: int, begin: int = 0) -> Iterator[list[EntailmentExample]]:
        """Batches of `size` from the example number `begin` on, which is a multiple of `POOL_BATCHES * size`."""
        pool = size * POOL_BATCHES
        for at in range(begin, self._count, pool):
            rng = random.Random(f"{self._seed} {at}")
            made = [self._example(number) for number in range(at, min(at + pool, self._count))]
            made.sort(key=lambda each: len(each.window.tokens))
            batches = [made[i : i + size] for i in range(0, len(made), size)]
            yield from rng.sample(batches, len(batches))

    def _example(self, number: int) -> EntailmentExample:
        record = self._records[number % len(self._records)]
        window = pair_of(self._tokenizer, record.hypothesis, record.premise)
        return EntailmentExample(window, LABELS.index(record.label))


class EntailmentNetwork(PairEncoder):
    """The encoder, and a head of three labels."""

    def __init__(self, embedding: Path, vocabulary: Sequence[int]) -> None:
        super().__init__(embedding, vocabulary)
        for part in (self.encoder.embeddings, *self.encoder.encoder.layer[:FROZEN_LAYERS]):
            part.requires_grad_(False)
        self.verdict = nn.Linear(self.width, len(LABELS))

    def forward(self, tokens: Any, segments: Any, mask: Any) -> Any:
        """Logits (n, 3) of the labels, in the order of `LABELS`. See `PairEncoder.states` for the inputs."""
        return self.verdict(self.states(tokens, segments, mask)[:, 0])

    def loss(self, batch: Sequence[EntailmentExample], device: torch.device) -> Any:
        """The cross entropy of the labels."""
        logits = self(*pair_tensors([each.window for each in batch], device))
        return functional.cross_entropy(logits.float(), torch.tensor([each.label for each in batch]).to(device))
