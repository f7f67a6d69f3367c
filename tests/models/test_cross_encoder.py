from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rag.errors import ModelDamaged, ModelError, ModelMissing
from rag.models import cross_encoder
from rag.models.cross_encoder import BATCH, CrossEncoderReranker, Pair, load_scorer, under_title
from rag.models.reranker import TitledText
from tests.cross_encoders import save_cross_encoder

ROOT = Path(__file__).parents[2]
QUESTION = "Cầu Vàng dài bao nhiêu mét?"
TEXTS = ["hồ gươm ở hà nội", "cầu vàng dài", "ga tàu hà nội", "năm khánh thành", "hà nội", "cầu", "cầu vàng dài"]
PASSAGES = [("", text) for text in TEXTS]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_cross_encoder(tmp_path_factory.mktemp("models") / "tiny")


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class SlowScorer:
    """Scores a text with the number that it is, taking its time; remembers what it was given."""

    def __init__(self, clock: Clock, seconds: float = 0.0) -> None:
        self.clock, self.seconds = clock, seconds
        self.batches: list[list[Pair]] = []

    def __call__(self, pairs: list[Pair]) -> list[float]:
        self.batches.append(pairs)
        self.clock.now += self.seconds
        return [float(text.split()[-1]) for _, text in pairs]


Make = Callable[..., tuple[CrossEncoderReranker, SlowScorer]]


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch) -> Make:
    """A reranker that has `limit` seconds, and its scorer, which takes `seconds` for a batch."""

    def made(limit: float = 10.0, seconds: float = 0.0) -> tuple[CrossEncoderReranker, SlowScorer]:
        clock = Clock()
        scorer = SlowScorer(clock, seconds)
        monkeypatch.setattr(cross_encoder, "load_scorer", lambda _: scorer)
        return CrossEncoderReranker("fake", limit, clock=clock), scorer

    return made


def numbers(values: Sequence[int]) -> list[TitledText]:
    return [("", str(value)) for value in values]


def relevance(reranker: CrossEncoderReranker, passages: Sequence[TitledText]) -> list[float | None]:
    return [reading.relevance if reading else None for reading in reranker.read(QUESTION, passages)]


def test_passages_are_read_in_batches_under_their_titles(make: Make) -> None:
    reranker, scorer = make()
    assert relevance(reranker, [("Cầu", "3"), *numbers(range(9))]) == [3, *range(9)]
    assert [len(batch) for batch in scorer.batches] == [BATCH, BATCH, 2]
    assert scorer.batches[0][:2] == [(QUESTION, "Cầu\n3"), (QUESTION, "0")]


def test_a_reading_of_a_cross_encoder_has_no_answer(make: Make) -> None:
    (found,) = make()[0].read(QUESTION, numbers([1]))
    assert found is not None
    assert found.best_answer() is None


def test_no_passages_load_nothing(make: Make) -> None:
    reranker, scorer = make()
    assert reranker.read(QUESTION, []) == []
    assert not scorer.batches


def test_a_passage_without_a_title_stands_alone() -> None:
    assert under_title("", "Cầu dài.") == "Cầu dài."
    assert under_title("t" * 300, "Cầu dài.") == "t" * 200 + "\nCầu dài."


# Time


def test_a_batch_that_would_end_too_late_is_not_begun(make: Make) -> None:
    for limit, batches in ((2.0, 2), (2.99, 2), (3.0, 3)):
        reranker, scorer = make(limit=limit, seconds=1.0)
        found = relevance(reranker, numbers(range(30)))
        assert len(scorer.batches) == batches
        read = batches * BATCH
        assert found == [*range(read), *[None] * (30 - read)]


def test_the_first_batch_is_always_read(make: Make) -> None:
    reranker, scorer = make(limit=0.1, seconds=60.0)
    assert relevance(reranker, numbers(range(9))) == [*range(BATCH), *[None] * (9 - BATCH)]
    assert len(scorer.batches) == 1


def test_each_question_has_the_whole_time(make: Make) -> None:
    reranker, scorer = make(limit=2.0, seconds=1.0)
    for _ in range(3):
        scorer.batches.clear()
        reranker.read(QUESTION, numbers(range(30)))
        assert len(scorer.batches) == 2


# A real cross-encoder


def test_scores_are_those_of_the_library(model: Path) -> None:
    from sentence_transformers import CrossEncoder
    from torch.nn import Identity

    pairs = [(QUESTION, text) for text in TEXTS]
    expected = CrossEncoder(str(model), device="cpu", local_files_only=True).predict(pairs, activation_fn=Identity())
    scores = load_scorer(str(model))(pairs)
    assert scores == pytest.approx([float(each) for each in expected], abs=1e-3)
    assert len(set(scores)) == len(set(TEXTS))


def test_a_passage_has_the_same_relevance_whatever_stood_before(model: Path) -> None:
    scores = load_scorer(str(model))([(QUESTION, text) for text in TEXTS])
    reranker = CrossEncoderReranker(str(model), 60)
    assert relevance(reranker, PASSAGES) == scores
    assert relevance(reranker, PASSAGES[::-1]) == scores[::-1]


def test_long_texts_are_cut(model: Path) -> None:
    long, _ = relevance(CrossEncoderReranker(str(model), 60), [("", "cầu vàng " * 500), ("", "ga")])
    assert long == relevance(CrossEncoderReranker(str(model), 60), [("", "cầu vàng " * 100)])[0]


def test_threads_share_one_reranker(model: Path) -> None:
    reranker = CrossEncoderReranker(str(model), 60)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: tuple(relevance(reranker, PASSAGES)), range(16)))
    assert len(set(found)) == 1


# A model that is not there


@pytest.mark.parametrize("name", ["nobody/nothing", "no/such/folder"])
def test_missing_model_says_what_to_run(name: str) -> None:
    reranker = CrossEncoderReranker(name, 2)
    for _ in range(2):
        with pytest.raises(ModelMissing, match=f"hoidap models pull {name}"):
            reranker.read(QUESTION, PASSAGES)


def test_no_network_is_asked_for_a_missing_model() -> None:
    program = """
import socket
def refuse(*arguments, **_):
    raise SystemExit(f"asked {arguments}")
socket.socket.connect = socket.socket.connect_ex = socket.create_connection = socket.getaddrinfo = refuse
from rag.errors import ModelMissing
from rag.models.cross_encoder import CrossEncoderReranker
try:
    CrossEncoderReranker("nobody/nothing", 2).read("a", [("", "b")])
except ModelMissing:
    raise SystemExit(0)
"""
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin", "HF_HUB_OFFLINE": "0"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_pulled_hub_model_is_read_from_the_cache_of_the_hub(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cached = tmp_path / "models--someone--reader"
    (cached / "refs").mkdir(parents=True)
    (cached / "refs" / "main").write_text("abc")
    (cached / "snapshots").mkdir()
    (cached / "snapshots" / "abc").symlink_to(model, target_is_directory=True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    found = relevance(CrossEncoderReranker("someone/reader", 60), PASSAGES)
    assert found == relevance(CrossEncoderReranker(str(model), 60), PASSAGES)


def test_folder_that_is_no_model_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(ModelDamaged, match="cannot load"):
        load_scorer(str(tmp_path))


def test_model_with_several_scores_is_no_reranker(tmp_path: Path) -> None:
    folder = save_cross_encoder(tmp_path / "three", labels=3)
    with pytest.raises(ModelError, match=r"3 scores .* retrieval\.rerank_model"):
        load_scorer(str(folder))


def test_nothing_is_loaded_before_it_is_used() -> None:
    program = """
import sys
from rag.models.cross_encoder import CrossEncoderReranker
CrossEncoderReranker("nobody/nothing", 2).read("a", [])
heavy = {"torch", "transformers", "sentence_transformers", "llama_index"} & set(sys.modules)
assert not heavy, heavy
"""
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)
