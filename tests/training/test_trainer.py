from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from rag.errors import ModelDamaged, UsageError
from rag.models.onnx import export_reader, weights_of
from rag.models.onnx.encoder import SEVEN_BITS
from rag.models.reader import SpanReader
from rag.models.reader_windows import head_of, text_of, windows
from rag.models.tokenizer import UnigramTokenizer
from rag.training import trainer as training
from rag.training.examples import TrainingExamples
from rag.training.qa_dataset import QaRecord
from rag.training.trainer import CHECKPOINT, WEIGHTS, ReaderNetwork, TrainingRun, average_weights, train
from tests.encoders import save_encoder

TOTAL, BATCH = 256, 4
WORDS = ("bridge", "river", "tower", "lake", "train", "house", "market")
RECORDS = [
    QaRecord(
        f"q{number}",
        f"where is the {word}",
        "a town",
        f"the {word} stands in the old town of {word}ville near the sea",
        ((4, 4 + len(word)),) if number % 3 else (),
        "en",
    )
    for number, word in enumerate(WORDS)
]

Make = Callable[..., TrainingRun]


@pytest.fixture
def make(folder: Path, tmp_path: Path) -> Make:
    return lambda name, **values: TrainingRun(
        **{"target": tmp_path / name, "embedding": folder, "examples": TOTAL, "batch": BATCH, **values}
    )


@pytest.fixture(scope="module")
def examples(served: Path) -> TrainingExamples:
    return TrainingExamples(UnigramTokenizer(served), RECORDS, TOTAL, 1)


def same(one: Path, two: Path) -> bool:
    left, right = load_file(one), load_file(two)
    assert left.keys() == right.keys()
    return all(np.array_equal(left[name], right[name]) for name in left)


def test_the_same_seed_gives_the_same_weights(make: Make, examples: TrainingExamples) -> None:
    one, again, other = (train(make(name, seed=seed), examples) for name, seed in (("a", 1), ("b", 1), ("c", 2)))
    assert same(one, again)
    assert not same(one, other)
    assert one.name == WEIGHTS


def test_it_learns(make: Make, examples: TrainingExamples, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "WARM_UP_EXAMPLES", 1)
    told: list[tuple[int, float]] = []
    train(make("a"), examples, lambda done, loss: told.append((done, loss)))
    assert [done for done, _ in told] == list(range(BATCH, TOTAL + 1, BATCH))
    losses = [loss for _, loss in told]
    assert np.mean(losses[-8:]) < np.mean(losses[:8])


def test_an_interrupted_training_goes_on_where_it_was(
    make: Make, examples: TrainingExamples, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "SAVE_SECONDS", -1.0)
    whole = train(make("whole"), examples)

    def stop(done: int, loss: float) -> None:
        if done > TOTAL // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(make("cut"), examples, stop)
    told: list[int] = []
    again = train(make("cut"), examples, lambda done, _: told.append(done))
    assert told[0] == TOTAL // 2 + BATCH
    assert told[-1] == TOTAL
    assert same(whole, again)
    assert {path.name for path in again.parent.iterdir()} == {CHECKPOINT, WEIGHTS}
    before = again.read_bytes()
    assert train(make("cut"), examples, lambda *_: pytest.fail("it was done")).read_bytes() == before


def test_it_starts_from_another(
    make: Make, examples: TrainingExamples, folder: Path, served: Path, tmp_path: Path
) -> None:
    first = train(make("first"), examples)
    begun = train(make("begun", begin=first.parent), examples)
    assert not same(first, begun)
    graph = tmp_path / "reader.onnx"
    export_reader(first, graph, folder, served)
    from_graph = train(make("from-graph", begin=graph), examples)
    assert not same(begun, from_graph)
    for name, value in load_file(from_graph).items():
        np.testing.assert_allclose(value, load_file(begun)[name], atol=0.02)
    with pytest.raises(UsageError, match=r"nowhere: holds no weights\.safetensors"):
        train(make("other", begin=tmp_path / "nowhere"), examples)


def test_a_reader_of_another_model_is_no_beginning(make: Make, examples: TrainingExamples, tmp_path: Path) -> None:
    first = train(make("first"), examples)
    longer = save_encoder(tmp_path / "longer", positions=310)
    with pytest.raises(UsageError, match="is not such a reader"):
        train(make("other", embedding=longer, begin=first.parent), examples)


def test_the_average_lies_between(make: Make, examples: TrainingExamples, tmp_path: Path) -> None:
    first = train(make("first"), examples)
    second = train(make("second", begin=first.parent, seed=2), examples)
    between = load_file(average_weights([first.parent, second.parent], tmp_path / "mean"))
    for name, value in load_file(first).items():
        np.testing.assert_allclose(between[name], (value + load_file(second)[name]) / 2, rtol=1e-5, atol=1e-7)
    with pytest.raises(UsageError, match="nowhere: holds no"):
        average_weights([first.parent, tmp_path / "nowhere"], tmp_path / "mean")
    longer = train(make("longer", embedding=save_encoder(tmp_path / "longer", positions=310)), examples)
    with pytest.raises(UsageError, match="not the same kind of reader"):
        average_weights([first.parent, longer.parent], tmp_path / "mean")
    content = bytearray(first.read_bytes())
    content[-1] ^= 1
    (first.parent / WEIGHTS).write_bytes(content)
    with pytest.raises(UsageError, match=r"weights\.safetensors: SHA-256 of its tensors"):
        average_weights([first.parent, second.parent], tmp_path / "mean")


def test_the_exported_graph_reads_as_the_network(
    make: Make, examples: TrainingExamples, folder: Path, served: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "WARM_UP_EXAMPLES", 1)
    weights = train(make("a"), examples)
    digest = export_reader(weights, tmp_path / "reader.onnx", folder, served)
    reader = SpanReader(served, tmp_path / "reader.onnx", threads=1)
    assert reader.sha256 == digest == export_reader(weights, tmp_path / "again.onnx", folder, served)
    pieces = UnigramTokenizer(served)
    network: Any = ReaderNetwork(folder, range(len(pieces.ids)))
    network.load_state_dict({name: torch.from_numpy(value) for name, value in load_file(weights).items()})
    network.eval()
    for each in RECORDS:
        (window,) = windows(pieces, head_of(pieces, each.question, each.title), text_of(pieces, each.text))
        kinds = [int(place >= window.first) for place in range(len(window.tokens))]
        shown = (torch.tensor([values]) for values in (window.tokens, kinds, [1] * len(kinds)))
        with torch.no_grad():
            spans, answers = network(*shown)
        expected = (spans[0, window.first : -1] - spans[0, 0]).numpy()
        (found,) = reader.read(each.question, [(each.title, each.text)])
        assert np.abs(np.stack([found.starts, found.ends], 1) - expected).mean() < 0.25 * expected.std() + 0.05
        assert found.relevance == pytest.approx(float(answers[0]), abs=0.3)


def test_weights_of_something_else_are_not_exported(folder: Path, served: Path, tmp_path: Path) -> None:
    for weights in (folder / "model.safetensors", folder / "config.json", tmp_path / "nothing"):
        with pytest.raises(ModelDamaged, match="not the weights of a reader"):
            export_reader(weights, tmp_path / "reader.onnx", folder, served)
    assert not (tmp_path / "reader.onnx").exists()


def test_the_weights_of_an_exported_graph_come_back_rounded(
    make: Make, examples: TrainingExamples, folder: Path, served: Path, tmp_path: Path
) -> None:
    weights = train(make("a"), examples)
    graph = tmp_path / "reader.onnx"
    digest = export_reader(weights, graph, folder, served)
    back = weights_of(graph)
    before = load_file(weights)
    assert back.keys() == before.keys()
    for name, value in before.items():
        step = np.abs(value).max(axis=-1, keepdims=True) / SEVEN_BITS if name.endswith("weight") else 0
        assert back[name].shape == value.shape
        assert np.all(np.abs(back[name] - value) <= step / 2 + 1e-6), name
    average_weights([graph, graph], tmp_path / "mean")
    assert export_reader(tmp_path / "mean" / WEIGHTS, tmp_path / "again.onnx", folder, served) == digest
    (tmp_path / "other.onnx").write_bytes(b"no graph")
    with pytest.raises(ModelDamaged, match=r"other\.onnx: not the graph of a reader"):
        train(make("other", begin=tmp_path / "other.onnx"), examples)
