"""The training of an entailment head, its export, and the model that reads the graph, on an encoder made for tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from rag.errors import ModelDamaged
from rag.models.entailment import HYPOTHESIS_TOKENS, PREMISE_TOKENS, EntailmentModel, pair_of
from rag.models.onnx import export_entailment
from rag.models.tokenizer import UnigramTokenizer
from rag.training import trainer as training
from rag.training.entailment import EntailmentExamples, EntailmentNetwork
from rag.training.entailment_dataset import LABELS, EntailmentRecord
from rag.training.trainer import TrainingRun, train

TOTAL, BATCH = 192, 4
WORDS = ("bridge", "river", "tower", "lake", "train", "house", "market")
RECORDS = [
    EntailmentRecord(f"the {word} stands in the town", f"there is a {said} in town", label, "en")
    for place, word in enumerate(WORDS)
    for said, label in ((word, LABELS[2]), (WORDS[place - 1], LABELS[0]), ("market day", LABELS[1]))
]


@pytest.fixture(scope="module")
def examples(served: Path) -> EntailmentExamples:
    return EntailmentExamples(UnigramTokenizer(served), RECORDS, TOTAL, 1)


@pytest.fixture(scope="module")
def trained(folder: Path, examples: EntailmentExamples, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    told: list[float] = []
    run = TrainingRun(tmp_path_factory.mktemp("run") / "a", folder, TOTAL, batch=BATCH)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "WARM_UP_EXAMPLES", 1)
        return train(run, examples, lambda _, loss: told.append(loss), EntailmentNetwork), told


def test_it_learns(trained: tuple[Path, list[float]]) -> None:
    losses = trained[1]
    assert len(losses) == TOTAL // BATCH
    assert np.mean(losses[-8:]) < np.mean(losses[:8])


def test_batches_are_the_same_for_the_same_seed(served: Path, examples: EntailmentExamples) -> None:
    again = EntailmentExamples(UnigramTokenizer(served), RECORDS, TOTAL, 1)
    other = EntailmentExamples(UnigramTokenizer(served), RECORDS, TOTAL, 2)
    assert list(again.batches(BATCH)) == list(examples.batches(BATCH)) != list(other.batches(BATCH))
    assert {token for batch in again.batches(BATCH) for each in batch for token in each.window.tokens} <= (
        again.vocabulary()
    )


def test_the_exported_graph_tells_what_the_network_does(
    trained: tuple[Path, Any], folder: Path, served: Path, tmp_path: Path
) -> None:
    graph = tmp_path / "entailment.onnx"
    digest = export_entailment(trained[0], graph, folder, served)
    assert digest == export_entailment(trained[0], tmp_path / "again.onnx", folder, served)
    model, tokenizer = EntailmentModel(served, graph, threads=1), UnigramTokenizer(served)
    network: Any = EntailmentNetwork(folder, range(len(tokenizer.ids)))
    network.load_state_dict({name: torch.from_numpy(value) for name, value in load_file(trained[0]).items()})
    network.eval()
    for each in RECORDS[:6]:
        window = pair_of(tokenizer, each.hypothesis, each.premise)
        kinds = [int(place >= window.first) for place in range(len(window.tokens))]
        with torch.no_grad():
            logits = network(*(torch.tensor([values]) for values in (window.tokens, kinds, [1] * len(kinds))))
        expected = torch.softmax(logits[0], 0).tolist()
        (found,) = model.read(each.hypothesis, [each.premise])
        assert [found.contradiction, found.neutral, found.entailment] == pytest.approx(expected, abs=0.1)
    premises = [each.premise for each in RECORDS[:5]]
    alone = [model.read("there is a lake", [premise])[0] for premise in premises]
    assert model.read("there is a lake", premises) == alone


def test_what_is_too_long_loses_its_end(served: Path) -> None:
    tokenizer = UnigramTokenizer(served)
    window = pair_of(tokenizer, "bridge " * 500, "river " * 900)
    assert len(window.tokens) <= HYPOTHESIS_TOKENS + PREMISE_TOKENS + 3
    assert window.tokens[window.first - 1] == window.tokens[-1] == tokenizer.eos


def test_what_is_no_such_model_is_an_error(folder: Path, served: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelDamaged, match="not the weights of an entailment model"):
        export_entailment(folder / "config.json", tmp_path / "e.onnx", folder, served)
    with pytest.raises(ModelDamaged, match="cannot be read"):
        EntailmentModel(served, tmp_path / "nothing.onnx")
