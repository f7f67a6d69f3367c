"""The training of what reads two texts together: the embedding model's encoder over frozen word vectors, and heads.

The reader's are two. One finds the span of the answer, which begins and ends at the tokens of the largest scores, at
`<s>` when the text does not answer, as in Devlin et al., BERT (2019); the other says from `<s>` alone whether the text
answers. The entailment head is in `rag.training.entailment`.
"""

from __future__ import annotations

import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torch.optim.lr_scheduler import LambdaLR

from rag.errors import UsageError
from rag.models.onnx import weights_of
from rag.models.reader_windows import Window
from rag.models.tensors_file import read_tensors, write_tensors
from rag.training.examples import POOL_BATCHES, TrainingExample

CHECKPOINT, WEIGHTS = "checkpoint.pt", "weights.safetensors"
# The highest learning rates, of the encoder and of the heads, and AdamW's weight decay.
LEARNING_RATE, HEAD_LEARNING_RATE, WEIGHT_DECAY = 1.5e-4, 1e-3, 0.01
# The learning rate rises over so many examples, stays, and from this share of all of them on falls to nothing.
WARM_UP_EXAMPLES, DECAY_FROM = 1500, 0.6
SAVE_SECONDS = 300.0

LOG = logging.getLogger(__name__)
LossReport = Callable[[int, float], None]


@dataclass(frozen=True, slots=True)
class TrainingRun:
    """How a network is trained: from the embedding model in the folder `embedding`, on `examples` examples.

    `target` is the folder of its weights and of its checkpoint. `begin` is a reader whose weights it starts from, its
    folder or its exported graph; of one with other heads the encoder alone. The places and the first `frozen` layers of
    the encoder stay as they are, unless that is 0.
    """

    target: Path
    embedding: Path
    examples: int
    batch: int = 16
    threads: int = 1
    seed: int = 1
    begin: Path | None = None
    frozen: int = 0


class Examples(Protocol):
    """What a network is trained on."""

    def vocabulary(self) -> set[int]:
        """The ids of all tokens that occur in the examples."""
        ...

    def batches(self, size: int, begin: int = 0) -> Iterator[Any]:
        """Batches of `size` from the example number `begin` on, a multiple of `POOL_BATCHES * size`."""
        ...


class PairEncoder(nn.Module, ABC):
    """The encoder of a head `<s> ... </s>` and a text, with word vectors for the tokens of a vocabulary alone."""

    def __init__(self, embedding: Path, vocabulary: Sequence[int]) -> None:
        super().__init__()
        from transformers import BertModel

        # On a processor the fused attention's way back is slower than plain products.
        self.encoder: Any = BertModel.from_pretrained(
            embedding,
            add_pooling_layer=False,
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
            attn_implementation="eager",
        )
        words = self.encoder.embeddings.word_embeddings.weight.detach()
        known = torch.tensor(sorted(vocabulary))
        self.rows: Any
        self.words: Any
        self.register_buffer("rows", torch.zeros(len(words), dtype=torch.long), persistent=False)
        self.rows[known] = torch.arange(len(known))
        self.register_buffer("words", words[known].clone(), persistent=False)
        del self.encoder.embeddings.word_embeddings
        self.width = int(self.encoder.config.hidden_size)

    def freeze(self, layers: int) -> None:
        """Keep the first layers, and what they are given, as they are: fewer are computed back through."""
        if layers:
            for part in (self.encoder.embeddings, *self.encoder.encoder.layer[:layers]):
                part.requires_grad_(False)

    def states(self, tokens: Any, segments: Any, mask: Any) -> Any:
        """The states (n, length, width) of the tokens.

        All inputs are (n, length): token ids, 0 for the head and 1 for the text, and 1 where there is a token.
        """
        embedded = self.words[self.rows[tokens]]
        return self.encoder(inputs_embeds=embedded, token_type_ids=segments, attention_mask=mask).last_hidden_state

    @abstractmethod
    def loss(self, batch: Any, device: torch.device) -> Any:
        """The loss, a scalar, of a batch of examples."""


class ReaderNetwork(PairEncoder):
    """The encoder and the two heads of the reader."""

    def __init__(self, embedding: Path, vocabulary: Sequence[int]) -> None:
        super().__init__(embedding, vocabulary)
        self.span = nn.Linear(self.width, 2)
        self.answers = nn.Linear(self.width, 1)

    def forward(self, tokens: Any, segments: Any, mask: Any) -> tuple[Any, Any]:
        """Logits (n, length, 2) of each token as the first and last of the answer, and (n,) that there is an answer.

        See `PairEncoder.states` for the inputs.
        """
        states = self.states(tokens, segments, mask)
        return self.span(states), self.answers(states[:, 0])[:, 0]

    def loss(self, batch: Sequence[TrainingExample], device: torch.device) -> Any:
        """The mean of the loss of the spans and of that of whether there is an answer."""
        tokens, segments, mask = pair_tensors([each.window for each in batch], device)
        allowed = segments.bool() & mask.bool()
        allowed[:, 0] = True
        for row, each in enumerate(batch):
            allowed[row, len(each.window.tokens) - 1] = False
        starts, ends = (torch.tensor(each).to(device) for each in zip(*((e.start, e.end) for e in batch), strict=True))
        spans, answers = self(tokens, segments, mask)
        spans = spans.float().masked_fill(~allowed[..., None], -1e4)
        answerable = functional.binary_cross_entropy_with_logits(answers.float(), (starts > 0).float())
        span = functional.cross_entropy(spans[..., 0], starts) + functional.cross_entropy(spans[..., 1], ends)
        return span / 2 + answerable / 2


def train(
    run: TrainingRun,
    examples: Examples,
    report: LossReport = lambda *_: None,
    network_of: type[PairEncoder] = ReaderNetwork,
) -> Path:
    """Train a network, from where an interrupted run of the same folder was, and return the file of its weights.

    `report` is told after each batch how many examples are done, and the loss of the batch. Raises `UsageError` when
    there is nothing to begin with, `ModelDamaged` for a graph that is none.
    """
    torch.manual_seed(run.seed)
    torch.set_num_threads(run.threads)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network = network_of(run.embedding, list(examples.vocabulary())).to(device)
    network.freeze(run.frozen)
    optimizer = _optimizer(network)
    schedule = LambdaLR(optimizer, lambda step: _rate(step * run.batch, run.examples))
    done = _resume(run, network, optimizer, schedule)
    saved = time.monotonic()
    network.train()
    for batch in examples.batches(run.batch, done):
        with torch.autocast(device.type, torch.bfloat16, enabled=_has_bf16(device)):
            loss = network.loss(batch, device)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad(set_to_none=True)
        done += len(batch)
        report(done, float(loss.detach()))
        # Only between two pools of examples can a run be taken up again.
        if done % (POOL_BATCHES * run.batch) == 0 and time.monotonic() - saved > SAVE_SECONDS:
            _save(run, network, optimizer, schedule, done)
            saved = time.monotonic()
    _save(run, network, optimizer, schedule, done)
    return run.target / WEIGHTS


def average_weights(readers: Sequence[Path], target: Path) -> Path:
    """Average the weights of readers of which each began with another, and return the file of the result.

    The average keeps what each of them learnt: Wortsman et al., Robust fine-tuning of zero-shot models (2022). A reader
    is its folder, or its exported graph. Raises `UsageError` for a folder that holds no reader, and for readers of
    different sizes, `ModelDamaged` for a graph that is none.
    """
    read = [_weights(each) for each in readers]
    if any(
        {name: each.shape for name, each in one.items()} != {n: e.shape for n, e in read[0].items()} for one in read
    ):
        raise UsageError(f"{', '.join(map(str, readers))}: are not the same kind of reader")
    target.mkdir(parents=True, exist_ok=True)
    mean = {name: torch.stack([one[name] for one in read]).mean(0).numpy() for name in read[0]}
    write_tensors(target / WEIGHTS, mean)
    return target / WEIGHTS


def _weights(folder: Path) -> dict[str, Any]:
    if folder.suffix == ".onnx":
        return {name: torch.tensor(value) for name, value in weights_of(folder).items()}
    if not (folder / WEIGHTS).is_file():
        raise UsageError(f"{folder}: holds no {WEIGHTS}; give the folder of a trained reader")
    try:
        return {name: torch.from_numpy(value) for name, value in read_tensors(folder / WEIGHTS).items()}
    except ValueError as error:
        raise UsageError(f"{folder}: {WEIGHTS} is not that of such a reader ({error})") from error


def _optimizer(network: PairEncoder) -> torch.optim.Optimizer:
    named = [(name, each) for name, each in network.named_parameters() if each.requires_grad]
    encoder = [each for name, each in named if name.startswith("encoder")]
    groups = [
        {"params": [each for each in encoder if each.ndim > 1], "lr": LEARNING_RATE},
        {"params": [each for each in encoder if each.ndim == 1], "lr": LEARNING_RATE, "weight_decay": 0.0},
        {"params": [each for name, each in named if not name.startswith("encoder")], "lr": HEAD_LEARNING_RATE},
    ]
    return torch.optim.AdamW(groups, weight_decay=WEIGHT_DECAY, fused=True)


def _rate(done: int, total: int) -> float:
    """The share of the highest learning rate, 0 to 1, when `done` of all examples are done."""
    decay = (total - done) / (total * (1 - DECAY_FROM))
    return max(0.0, min(1.0, (done + 1) / WARM_UP_EXAMPLES, decay))


def pair_tensors(batch: Sequence[Window], device: torch.device) -> tuple[Any, Any, Any]:
    """Token ids, segments and mask (n, length) of windows, see `PairEncoder.states`."""
    longest = max(len(each.tokens) for each in batch)
    tokens = np.zeros((len(batch), longest), np.int64)
    segments, mask = np.zeros_like(tokens), np.zeros_like(tokens)
    for row, each in enumerate(batch):
        length = len(each.tokens)
        tokens[row, :length] = each.tokens
        mask[row, :length] = 1
        segments[row, each.first : length] = 1
    return tuple(torch.from_numpy(each).to(device) for each in (tokens, segments, mask))  # type: ignore[return-value]


def _has_bf16(device: torch.device) -> bool:
    """Whether half the precision is computed in hardware; where it is not, it is many times slower."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


def _resume(run: TrainingRun, network: PairEncoder, optimizer: torch.optim.Optimizer, schedule: LambdaLR) -> int:
    """Load what an interrupted run saved, else the weights to begin with; returns how many examples are done."""
    run.target.mkdir(parents=True, exist_ok=True)
    checkpoint = run.target / CHECKPOINT
    if checkpoint.is_file():
        state = torch.load(checkpoint, weights_only=True)
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        schedule.load_state_dict(state["schedule"])
        LOG.info("going on from example %s", state["done"])
        return int(state["done"])
    if run.begin is not None:
        try:
            begin, own = _weights(run.begin), network.state_dict()
            shared = {name: each for name, each in begin.items() if name in own or name.startswith("encoder.")}
            network.load_state_dict(own | shared)
        except RuntimeError as error:
            raise UsageError(f"{run.begin}: is not such a reader ({error})") from error
    return 0


def _save(
    run: TrainingRun, network: PairEncoder, optimizer: torch.optim.Optimizer, schedule: LambdaLR, done: int
) -> None:
    building = run.target / f".{CHECKPOINT}"
    parts: dict[str, Any] = {"network": network, "optimizer": optimizer, "schedule": schedule}
    torch.save({**{name: each.state_dict() for name, each in parts.items()}, "done": done}, building)
    building.replace(run.target / CHECKPOINT)
    weights = {name: each.detach().cpu().numpy() for name, each in network.state_dict().items()}
    write_tensors(run.target / WEIGHTS, weights)
