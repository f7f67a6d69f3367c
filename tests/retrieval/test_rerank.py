from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rag.assistant import Assistant
from rag.config import AnswerSettings, Config, LlmSettings, ModelSettings, RetrievalSettings
from rag.errors import ModelDamaged, ModelError, ModelMissing
from rag.index.snapshot import Snapshot
from rag.models.embedder import Embedder
from rag.models.reader import Reading
from rag.query.query import Query
from rag.retrieval import rerank as reranking
from rag.retrieval.fusion import Passage
from rag.retrieval.rerank import (
    ABROAD,
    BATCH,
    LEAST,
    READ,
    READING,
    SPAN,
    CrossEncoderReranker,
    Pair,
    by_reading,
    load_scorer,
    titled,
    to_read,
    worth,
)
from tests.cross_encoders import save_cross_encoder

QUESTION = "Cầu Vàng dài bao nhiêu mét?"
TEXTS = ["hồ gươm ở hà nội", "cầu vàng dài", "ga tàu hà nội", "năm khánh thành", "hà nội", "cầu", "cầu vàng dài"]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_cross_encoder(tmp_path_factory.mktemp("models") / "tiny")


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Reader:
    """Scores a text with the number that it is, taking its time; remembers what it was given."""

    def __init__(self, clock: Clock, seconds: float = 0.0) -> None:
        self.clock, self.seconds = clock, seconds
        self.batches: list[list[Pair]] = []

    def __call__(self, pairs: list[Pair]) -> list[float]:
        self.batches.append(pairs)
        self.clock.now += self.seconds
        return [float(text.split()[-1]) for _, text in pairs]


Make = Callable[..., tuple[CrossEncoderReranker, Reader]]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Make:
    """A reranker that has `limit` seconds, and its reader, which takes `seconds` for a batch."""

    def make(limit: float = 10.0, seconds: float = 0.0) -> tuple[CrossEncoderReranker, Reader]:
        clock = Clock()
        reader = Reader(clock, seconds)
        monkeypatch.setattr(reranking, "load_scorer", lambda _: reader)
        return CrossEncoderReranker("fake", limit, clock=clock), reader

    return make


def passage(number: int, text: str, score: float = 0.0) -> Passage:
    return Passage(f"{number}.txt", number, "Cầu", "nguồn", None, "vi", text, 0, len(text), score, 0.5)


def numbers(values: Sequence[int]) -> list[str]:
    return [str(value) for value in values]


# Readings


def test_the_reader_orders_what_it_read_and_the_rest_stays_behind(snapshot: Snapshot, embedder: Embedder) -> None:
    query = Query(QUESTION, snapshot.lexical, embedder)
    foreign = replace(passage(3, "bridge", 4.0), language="en")
    passages = [passage(1, "sông", 6.0), passage(2, "cầu", 5.0), foreign, passage(4, "hồ", 3.0), passage(5, "ga", 2.0)]
    none = Reading(-20.0, (), np.zeros(0, np.float32), np.zeros(0, np.float32))
    least = (READING + SPAN) * LEAST
    ordered = by_reading(passages, {1: none, 3: replace(none, answers=8.0)}, query)
    assert [each.chunk_id for each in ordered] == [3, 1, 2, 4, 5]
    assert [each.score for each in ordered[:2]] == [4 + READING * (8 + ABROAD) + SPAN * LEAST, 6 + least]
    scores = [each.score for each in ordered]
    assert scores == sorted(scores, reverse=True)
    assert scores[3] - scores[4] == 1


def test_in_another_language_a_reading_counts_for_more_before_the_least_is_taken() -> None:
    none = Reading(LEAST - 1, (), np.zeros(0, np.float32), np.zeros(0, np.float32))
    assert worth(none) == (READING + SPAN) * LEAST
    assert worth(none, abroad=True) == READING * (LEAST - 1 + ABROAD) + SPAN * LEAST


def test_the_best_are_read_and_some_of_each_side(snapshot: Snapshot, embedder: Embedder) -> None:
    query = Query(QUESTION, snapshot.lexical, embedder)
    languages = ["en"] * 7 + ["vi"] * 4
    passages = [replace(passage(at, "", -at), language=language) for at, language in enumerate(languages)]
    assert [each.chunk_id for each in to_read(passages, query)] == [0, 1, 2, 3, 4, 7, 8]
    assert [each.chunk_id for each in to_read(passages[:7], query)] == [0, 1, 2, 3, 4]
    assert [each.chunk_id for each in to_read(passages[5:8], query)] == [5, 6, 7]
    assert to_read([], query) == []


# Order


def test_the_best_comes_first_and_equal_ones_keep_their_order(read: Make) -> None:
    reranker, reader = read()
    assert reranker.order(QUESTION, numbers([3, 1, 4, 1, 5, 9, 2, 6, 5, 3])) == [5, 7, 4, 8, 2, 0, 9, 6, 1, 3]
    assert [len(batch) for batch in reader.batches] == [BATCH, BATCH, 2]
    assert reader.batches[0][0] == (QUESTION, "3")


def test_passages_are_read_with_their_titles_and_a_place_keeps_its_score(read: Make) -> None:
    reranker, reader = read()
    passages = [passage(0, "1", 9.0), passage(1, "3", 8.0), passage(2, "2", 7.0)]
    found = reranker.rerank(QUESTION, passages)
    assert found == [replace(passages[1], score=9.0), replace(passages[2], score=8.0), replace(passages[0], score=7.0)]
    assert reader.batches[0][0] == (QUESTION, "Cầu\n1")


def test_only_the_best_are_read(read: Make) -> None:
    reranker, reader = read()
    count = READ + 5
    assert reranker.order(QUESTION, numbers(range(count))) == [*reversed(range(READ)), *range(READ, count)]
    assert sum(map(len, reader.batches)) == READ


@pytest.mark.parametrize("texts", [[], ["1"]])
def test_nothing_to_order_reads_nothing(texts: list[str], read: Make) -> None:
    reranker, reader = read()
    assert reranker.order(QUESTION, texts) == list(range(len(texts)))
    assert not reader.batches


def test_a_text_without_a_title_stands_alone() -> None:
    assert titled("", "Cầu dài.") == "Cầu dài."
    assert titled("t" * 300, "Cầu dài.") == "t" * 200 + "\nCầu dài."


# Time


def test_what_was_not_read_in_time_stays_where_it_is(read: Make) -> None:
    reranker, reader = read(limit=2.5, seconds=1.0)
    ascending = numbers(range(4 * BATCH))
    head = 2 * BATCH
    assert reranker.order(QUESTION, ascending) == [*reversed(range(head)), *range(head, len(ascending))]
    assert len(reader.batches) == 2


def test_a_batch_that_would_end_too_late_is_not_begun(read: Make) -> None:
    for limit, batches in ((2.0, 2), (2.99, 2), (3.0, 3)):
        reranker, reader = read(limit=limit, seconds=1.0)
        reranker.order(QUESTION, numbers(range(READ)))
        assert len(reader.batches) == batches


def test_the_first_batch_is_always_read(read: Make) -> None:
    reranker, reader = read(limit=0.1, seconds=60.0)
    assert reranker.order(QUESTION, numbers(range(9)))[:BATCH] == [3, 2, 1, 0]
    assert len(reader.batches) == 1


def test_each_question_has_the_whole_time(read: Make) -> None:
    reranker, reader = read(limit=2.0, seconds=1.0)
    for _ in range(3):
        reader.batches.clear()
        reranker.order(QUESTION, numbers(range(READ)))
        assert len(reader.batches) == 2


# A real cross-encoder


def test_scores_are_those_of_the_library(model: Path) -> None:
    from sentence_transformers import CrossEncoder
    from torch.nn import Identity

    pairs = [(QUESTION, text) for text in TEXTS]
    expected = CrossEncoder(str(model), device="cpu", local_files_only=True).predict(pairs, activation_fn=Identity())
    scores = load_scorer(str(model))(pairs)
    assert scores == pytest.approx([float(each) for each in expected], abs=1e-3)
    assert len(set(scores)) == len(set(TEXTS))


def test_the_order_is_that_of_the_scores_whatever_stood_before(model: Path) -> None:
    scores = load_scorer(str(model))([(QUESTION, text) for text in TEXTS])
    reranker = CrossEncoderReranker(str(model), 60)
    assert reranker.order(QUESTION, TEXTS) == sorted(range(len(TEXTS)), key=lambda i: (-scores[i], i))
    backwards = [TEXTS[::-1][i] for i in reranker.order(QUESTION, TEXTS[::-1])]
    assert backwards == [TEXTS[i] for i in reranker.order(QUESTION, TEXTS)]


def test_long_texts_are_cut(model: Path) -> None:
    assert sorted(CrossEncoderReranker(str(model), 60).order(QUESTION, ["cầu vàng " * 500, "ga"])) == [0, 1]


def test_threads_share_one_reranker(model: Path) -> None:
    reranker = CrossEncoderReranker(str(model), 60)
    with ThreadPoolExecutor(4) as pool:
        orders = list(pool.map(lambda _: tuple(reranker.order(QUESTION, TEXTS)), range(16)))
    assert len(set(orders)) == 1


def test_an_assistant_reads_again_what_it_finds(
    sample: Assistant, sample_index: Path, models_folder: Path, model: Path
) -> None:
    question = "Tuyến Cát Linh – Hà Đông có bao nhiêu nhà ga?"
    settings = RetrievalSettings(rerank_model=str(model), rerank_seconds=600)
    assistant = Assistant(
        Config(
            index=sample_index,
            models=ModelSettings(cache=models_folder),
            llm=LlmSettings(model="none"),
            retrieval=settings,
        )
    )
    found = assistant.search(question, top_n=5)
    unread = sample.config.model_copy(update={"answer": AnswerSettings(reader=False)})
    plain = Assistant(unread)
    expected = CrossEncoderReranker(str(model), 600).rerank(question, plain.search(question, top_n=READ))[:5]
    assert found == expected
    assert found != plain.search(question, top_n=5)
    assert assistant.ask(question).passages == tuple(found)


# A model that is not there


@pytest.mark.parametrize("name", ["nobody/nothing", "no/such/folder"])
def test_missing_model_says_what_to_run(name: str) -> None:
    reranker = CrossEncoderReranker(name, 2)
    for _ in range(2):
        with pytest.raises(ModelMissing, match=f"hoidap models pull {name}"):
            reranker.order(QUESTION, TEXTS)


def test_no_network_is_asked_for_a_missing_model() -> None:
    program = """
import socket
def refuse(*arguments, **_):
    raise SystemExit(f"asked {arguments}")
socket.socket.connect = socket.socket.connect_ex = socket.create_connection = socket.getaddrinfo = refuse
from rag.errors import ModelMissing
from rag.retrieval.rerank import CrossEncoderReranker
try:
    CrossEncoderReranker("nobody/nothing", 2).order("a", ["b", "c"])
except ModelMissing:
    raise SystemExit(0)
"""
    root = Path(__file__).resolve().parents[2]
    environment = {"PYTHONPATH": str(root), "PATH": "/usr/bin", "HF_HUB_OFFLINE": "0"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, cwd=root, capture_output=True, text=True)
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
    order = CrossEncoderReranker("someone/reader", 60).order(QUESTION, TEXTS)
    assert order == CrossEncoderReranker(str(model), 60).order(QUESTION, TEXTS)


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
from rag.retrieval.rerank import CrossEncoderReranker
CrossEncoderReranker("nobody/nothing", 2).order("a", ["b"])
heavy = {"torch", "transformers", "sentence_transformers", "llama_index"} & set(sys.modules)
assert not heavy, heavy
"""
    subprocess.run([sys.executable, "-c", program], check=True, cwd=Path(__file__).resolve().parents[2])
