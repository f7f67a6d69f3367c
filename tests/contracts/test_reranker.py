from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rag.models.cross_encoder import CrossEncoderReranker
from rag.models.pinned_embedding import exported_graph
from rag.models.reader import SpanReader
from rag.models.reranker import Reading, Reranker, TitledText
from tests.cross_encoders import save_cross_encoder
from tests.doubles import OverlapReranker

QUESTION = "Cầu Vàng dài bao nhiêu mét?"
PASSAGES = [
    ("Hồ Gươm", "hồ gươm ở hà nội"),
    ("", "Cầu Vàng có chiều dài 450 m."),
    ("", ""),
    ("Ga", "ga tàu hà nội " * 100),
    ("Cầu Vàng", "năm khánh thành"),
    ("", "\u200b"),
]


@pytest.fixture(scope="module")
def cross_encoder(tmp_path_factory: pytest.TempPathFactory) -> CrossEncoderReranker:
    return CrossEncoderReranker(str(save_cross_encoder(tmp_path_factory.mktemp("models") / "tiny")), 600)


@pytest.fixture(scope="module")
def hurried(cross_encoder: CrossEncoderReranker) -> CrossEncoderReranker:
    return CrossEncoderReranker(cross_encoder.name, 0.0)


@pytest.fixture(scope="module")
def reader(models_folder: Path) -> SpanReader:
    return SpanReader(exported_graph(models_folder), threads=2)


@pytest.fixture(params=["reader", "cross_encoder", "hurried", "double", "hurried double"])
def reranker(request: pytest.FixtureRequest) -> Reranker:
    if "double" in request.param:
        return OverlapReranker(most=2 if "hurried" in request.param else None)
    found: Reranker = request.getfixturevalue(request.param)
    return found


def facts(reading: Reading | None) -> object:
    return reading and (reading.relevance, reading.tokens, reading.best_answer())


def read(reranker: Reranker, passages: Sequence[TitledText]) -> list[object]:
    return [facts(each) for each in reranker.read(QUESTION, passages)]


def test_there_is_a_reading_of_each_passage_from_the_first_on(reranker: Reranker) -> None:
    readings = reranker.read(QUESTION, PASSAGES)
    assert len(readings) == len(PASSAGES)
    assert readings[0] is not None
    missing = [reading is None for reading in readings]
    assert missing == sorted(missing), "one was read behind one that was not"
    assert all(math.isfinite(each.relevance) for each in readings if each)


def test_a_reading_depends_on_no_other_passage(reranker: Reranker) -> None:
    for found, passage in zip(read(reranker, PASSAGES), PASSAGES, strict=True):
        if found is not None:
            assert read(reranker, [passage]) == [found]


def test_no_passages_have_no_readings(reranker: Reranker) -> None:
    assert list(reranker.read(QUESTION, [])) == []


def test_the_best_answer_stands_where_it_is_looked_for(reranker: Reranker) -> None:
    for (_, text), reading in zip(PASSAGES, reranker.read(QUESTION, PASSAGES), strict=True):
        if reading is None:
            continue
        assert len(reading.starts) == len(reading.ends) == len(reading.tokens)
        for start, end in ((0, None), (3, 20), (len(text), None)):
            found = reading.best_answer(start, end)
            if found is not None:
                assert start <= found.start < found.end <= (len(text) if end is None else end)
                assert math.isfinite(found.score)
        assert reading.best_answer(len(text)) is None


def test_threads_share_one_reranker(reranker: Reranker) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: read(reranker, PASSAGES[:2]), range(8)))
    assert all(each == found[0] for each in found)
