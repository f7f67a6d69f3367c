from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from rag.models.embedder import Embedder
from rag.models.sentence_transformer_embedder import SentenceTransformerEmbedder
from tests.doubles import HashEmbedder
from tests.encoders import save_encoder

TEXTS = ["a bridge of stone", "the river rises in the mountains " * 8, "cat", "query: who, and when?", "Sông Hồng 北京"]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> SentenceTransformerEmbedder:
    return SentenceTransformerEmbedder(str(save_encoder(tmp_path_factory.mktemp("models") / "tiny")))


@pytest.fixture(params=["graph", "sentence-transformers", "double"])
def model(request: pytest.FixtureRequest) -> Embedder:
    if request.param == "double":
        return HashEmbedder()
    found: Embedder = request.getfixturevalue("embedder" if request.param == "graph" else "tiny")
    return found


def test_rows_are_unit_float32_in_order(model: Embedder) -> None:
    for embed in (model.embed_passages, model.embed_queries):
        rows = embed(TEXTS)
        assert rows.shape == (len(TEXTS), model.dimension)
        assert rows.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
        np.testing.assert_allclose(embed(TEXTS[::-1])[::-1], rows, atol=1e-4)


def test_a_text_has_the_same_vector_alone_and_among_others(model: Embedder) -> None:
    passages, queries = model.embed_passages(TEXTS), model.embed_queries(TEXTS)
    for number, text in enumerate(TEXTS):
        np.testing.assert_allclose(model.embed_passages([text])[0], passages[number], atol=1e-4)
        np.testing.assert_allclose(model.embed_queries([text])[0], queries[number], atol=1e-4)


def test_no_texts_give_no_rows(model: Embedder) -> None:
    assert model.embed_passages([]).shape == model.embed_queries([]).shape == (0, model.dimension)
    assert model.count_tokens([]) == []


def test_an_empty_text_has_a_vector(model: Embedder) -> None:
    assert np.isfinite(model.embed_passages([""])).all()
    assert np.isfinite(model.embed_queries([""])).all()


def test_what_is_longer_than_the_model_reads_is_cut_off(model: Embedder) -> None:
    one, other = model.embed_passages(["a b c d " * model.max_tokens + end for end in ("e f g", "x y z")])
    np.testing.assert_allclose(one, other, atol=1e-5)


def test_tokens_are_counted_without_special_ones_however_many(model: Embedder) -> None:
    empty, short, long = model.count_tokens(["", "cat", " ".join(["cat"] * 1000)])
    assert empty == 0
    assert short > 0
    assert long == short * 1000 > model.max_tokens


def test_progress_counts_up_to_all(model: Embedder) -> None:
    seen: list[int] = []
    model.embed_passages(TEXTS, lambda _, done, total: seen.append(done))
    assert seen == sorted(seen)
    assert seen[-1] == len(TEXTS)


def test_threads_share_one_embedder(model: Embedder) -> None:
    expected = model.embed_queries(TEXTS)
    with ThreadPoolExecutor(4) as pool:
        for rows in pool.map(lambda _: model.embed_queries(TEXTS), range(8)):
            np.testing.assert_allclose(rows, expected, atol=1e-4)


def test_the_fingerprint_is_a_hash(model: Embedder) -> None:
    assert len(model.fingerprint) == 64
    assert int(model.fingerprint, 16)
