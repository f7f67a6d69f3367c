"""A reader trained: the encoder of the embedding model over frozen word vectors, and a head for the answer's span.

The answer begins and ends at the pieces of the largest scores, at `<s>` when the text does not answer, as in Devlin et
al., BERT (2019); a second head says from `<s>` alone whether it does.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from rag.errors import UsageError
from rag.models.onnx.reader_graph import weights_of
from rag.training.examples import Example, Examples

CHECKPOINT, WEIGHTS = "checkpoint.pt", "reader.safetensors"
RATE, HEAD_RATE, DECAY = 1.5e-4, 1e-3, 0.01
# The rate rises over the first examples, stays, and falls to nothing over the last part.
WARM, FALL_FROM = 1500, 0.6
SAVE_SECONDS = 300.0

log = logging.getLogger(__name__)
Progress = Callable[[int, float], None]


@dataclass(frozen=True, slots=True)
class Run:
    """How a reader is trained; `begin` is another whose weights it starts from: its folder, or its exported graph."""

    target: Path
    embedding: Path
    total: int
    batch: int = 16
    threads: int = 1
    seed: int = 1
    begin: Path | None = None


class Network(nn.Module):
    """The encoder, with word vectors for the pieces of a vocabulary alone, and the two heads."""

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
        width = self.encoder.config.hidden_size
        self.span = nn.Linear(width, 2)
        self.answers = nn.Linear(width, 1)

    def forward(self, pieces: Any, kinds: Any, mask: Any) -> tuple[Any, Any]:
        """Scores (n, length, 2) of each piece as the first and last of the answer, and (n,) that there is one."""
        embedded = self.words[self.rows[pieces]]
        states = self.encoder(inputs_embeds=embedded, token_type_ids=kinds, attention_mask=mask).last_hidden_state
        return self.span(states), self.answers(states[:, 0])[:, 0]


def train(run: Run, examples: Examples, progress: Progress = lambda *_: None) -> Path:
    """Train a reader, from where an interrupted run of the same folder was, and return the file of its weights.

    `progress` is told after each batch how many examples are done, and the loss. Raises `UsageError` when there is no
    reader to begin with, `ModelDamaged` for a graph that is none.
    """
    torch.manual_seed(run.seed)
    torch.set_num_threads(run.threads)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network = Network(run.embedding, list(examples.vocabulary())).to(device)
    optimizer = _optimizer(network)
    done = _resume(run, network, optimizer)
    saved = time.monotonic()
    network.train()
    for batch in examples.batches(run.batch, done):
        for group in optimizer.param_groups:
            group["lr"] = group["peak"] * _rate(done, run.total)
        with torch.autocast(device.type, torch.bfloat16, enabled=_has_bf16(device)):
            loss = _loss(network, batch, device)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        done += len(batch)
        progress(done, float(loss.detach()))
        # Only between two pools of examples can a run be taken up again.
        if done % (32 * run.batch) == 0 and time.monotonic() - saved > SAVE_SECONDS:
            _save(run, network, optimizer, done)
            saved = time.monotonic()
    _save(run, network, optimizer, done)
    return run.target / WEIGHTS


def mean(readers: Sequence[Path], target: Path) -> Path:
    """The mean of the weights of readers that were trained on from one another, and the file of it.

    It keeps what each of them learnt: Wortsman et al., Robust fine-tuning of zero-shot models (2022). A reader is its
    folder, or its exported graph. Raises `UsageError` for a folder that holds no reader, and for readers of different
    sizes, `ModelDamaged` for a graph that is none.
    """
    from safetensors.torch import save_file

    read = [_weights(each) for each in readers]
    if any(
        {name: each.shape for name, each in one.items()} != {n: e.shape for n, e in read[0].items()} for one in read
    ):
        raise UsageError(f"{', '.join(map(str, readers))}: are not the same kind of reader")
    target.mkdir(parents=True, exist_ok=True)
    save_file({name: torch.stack([one[name] for one in read]).mean(0) for name in read[0]}, target / WEIGHTS)
    return target / WEIGHTS


def _weights(folder: Path) -> dict[str, Any]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if folder.suffix == ".onnx":
        return {name: torch.tensor(value) for name, value in weights_of(folder).items()}
    if not (folder / WEIGHTS).is_file():
        raise UsageError(f"{folder}: holds no {WEIGHTS}; give the folder of a trained reader")
    try:
        return dict(load_file(folder / WEIGHTS))
    except SafetensorError as error:
        raise UsageError(f"{folder}: {WEIGHTS} is not that of such a reader ({error})") from error


def _optimizer(network: Network) -> torch.optim.Optimizer:
    named = [(name, each) for name, each in network.named_parameters() if each.requires_grad]
    groups = [
        {"params": [each for name, each in named if name.startswith("encoder") and each.ndim > 1], "peak": RATE},
        {"params": [each for name, each in named if name.startswith("encoder") and each.ndim == 1], "peak": RATE},
        {"params": [each for name, each in named if not name.startswith("encoder")], "peak": HEAD_RATE},
    ]
    groups[1]["weight_decay"] = 0.0
    return torch.optim.AdamW(groups, lr=RATE, weight_decay=DECAY, fused=True)


def _rate(done: int, total: int) -> float:
    fall = (total - done) / (total * (1 - FALL_FROM))
    return max(0.0, min(1.0, (done + 1) / WARM, fall))


def _loss(network: Network, batch: Sequence[Example], device: torch.device) -> Any:
    pieces, kinds, mask, allowed, starts, ends = (each.to(device) for each in _tensors(batch))
    spans, answers = network(pieces, kinds, mask)
    spans = spans.float().masked_fill(~allowed[..., None], -1e4)
    held = (starts > 0).float()
    there = functional.binary_cross_entropy_with_logits(answers.float(), held)
    found = functional.cross_entropy(spans[..., 0], starts) + functional.cross_entropy(spans[..., 1], ends)
    return found / 2 + there / 2


def _tensors(batch: Sequence[Example]) -> tuple[Any, ...]:
    """Pieces, their kinds (0 question and title, 1 text), which are there, which may be the answer, and the answers."""
    longest = max(len(each.window.pieces) for each in batch)
    pieces = np.zeros((len(batch), longest), np.int64)
    kinds, mask, allowed = np.zeros_like(pieces), np.zeros_like(pieces), np.zeros(pieces.shape, np.bool_)
    for row, each in enumerate(batch):
        length, first = len(each.window.pieces), each.window.first
        pieces[row, :length] = each.window.pieces
        mask[row, :length] = 1
        kinds[row, first:length] = 1
        allowed[row, first : length - 1] = True
        allowed[row, 0] = True
    places = ([each.start for each in batch], [each.end for each in batch])
    return (*map(torch.from_numpy, (pieces, kinds, mask, allowed)), *map(torch.tensor, places))


def _has_bf16(device: torch.device) -> bool:
    """Whether half the precision is computed in hardware; where it is not, it is many times slower."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


def _resume(run: Run, network: Network, optimizer: torch.optim.Optimizer) -> int:
    run.target.mkdir(parents=True, exist_ok=True)
    kept = run.target / CHECKPOINT
    if kept.is_file():
        state = torch.load(kept, weights_only=True)
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        log.info("going on from example %s", state["done"])
        return int(state["done"])
    if run.begin is not None:
        try:
            network.load_state_dict(_weights(run.begin))
        except RuntimeError as error:
            raise UsageError(f"{run.begin}: is not such a reader ({error})") from error
    return 0


def _save(run: Run, network: Network, optimizer: torch.optim.Optimizer, done: int) -> None:
    from safetensors.torch import save_file

    building = run.target / f".{CHECKPOINT}"
    torch.save({"network": network.state_dict(), "optimizer": optimizer.state_dict(), "done": done}, building)
    building.replace(run.target / CHECKPOINT)
    save_file(network.state_dict(), run.target / WEIGHTS, metadata={"examples": str(done)})
