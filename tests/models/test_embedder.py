from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest

from rag.config import EmbeddingSettings
from rag.errors import ModelDamaged, ModelMissing
from rag.models.embedder import PINNED_MODEL, Embedder
from rag.models.graph_embedder import GraphEmbedder
from rag.models.loading import load_embedder
from rag.models.pinned_embedding import exported_graph
from rag.models.registry import find
from rag.models.sentence_transformer_embedder import SentenceTransformerEmbedder

TEXTS = [
    "Hà Nội là thủ đô của nước Cộng hòa Xã hội chủ nghĩa Việt Nam.",
    "Sông Hồng bắt nguồn từ Vân Nam, chảy qua miền Bắc rồi đổ ra vịnh Bắc Bộ. " * 8,
    "Mèo",
    "The committee postponed its decision until the third of June.",
    "北京是中华人民共和国的首都。",
]


@pytest.fixture(scope="module")
def graph(models_folder: Path) -> Path:
    return exported_graph(models_folder)


@pytest.fixture(scope="module")
def served(graph: Path) -> GraphEmbedder:
    return GraphEmbedder(graph, threads=2)


@pytest.fixture(scope="module")
def reference(graph: Path) -> SentenceTransformerEmbedder:
    return SentenceTransformerEmbedder(str(graph.with_name(PINNED_MODEL)))


@pytest.fixture(params=["served", "reference"])
def embedder(request: pytest.FixtureRequest) -> Embedder:
    found: Embedder = request.getfixturevalue(request.param)
    return found


def test_served_vectors_are_those_of_float32(served: GraphEmbedder, reference: SentenceTransformerEmbedder) -> None:
    assert (served.embed_passages(TEXTS) * reference.embed_passages(TEXTS)).sum(1).min() >= 0.997
    assert (served.embed_queries(TEXTS) * reference.embed_queries(TEXTS)).sum(1).min() >= 0.997


def test_float32_vectors_are_those_of_the_library(reference: SentenceTransformerEmbedder) -> None:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(reference.name, device="cpu", local_files_only=True)
    expected = model.encode(TEXTS, prompt_name="passage")
    np.testing.assert_allclose(reference.embed_passages(TEXTS), expected, atol=1e-5)


def test_rows_are_unit_float32_in_order(embedder: Embedder) -> None:
    rows = embedder.embed_passages(TEXTS)
    assert rows.shape == (len(TEXTS), embedder.dimension)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(embedder.embed_passages(TEXTS[::-1])[::-1], rows, atol=1e-5)


def test_a_text_has_the_same_vector_alone_and_among_others(embedder: Embedder) -> None:
    together, asked = embedder.embed_passages(TEXTS), embedder.embed_queries(TEXTS)
    for number, text in enumerate(TEXTS):
        np.testing.assert_allclose(embedder.embed_passages([text])[0], together[number], atol=1e-4)
        np.testing.assert_allclose(embedder.embed_queries([text])[0], asked[number], atol=1e-4)


def test_nothing_to_embed_gives_no_rows(embedder: Embedder) -> None:
    assert embedder.embed_passages([]).shape == (0, 384)
    assert embedder.embed_queries([]).shape == (0, 384)
    assert embedder.count_tokens([]) == []


def test_long_text_is_cut_at_the_limit(embedder: Embedder) -> None:
    long = "một hai ba bốn năm sáu bảy " * 400
    short = "một hai ba bốn năm sáu bảy " * 100
    cut, same = embedder.embed_passages([long, short])
    assert embedder.max_tokens == 512
    np.testing.assert_allclose(cut, same, atol=1e-4)


def test_empty_text_has_a_vector(embedder: Embedder) -> None:
    assert np.isfinite(embedder.embed_passages([""])).all()


def test_a_question_is_nearest_to_its_passage(embedder: Embedder) -> None:
    questions = ["Thủ đô của Việt Nam là gì?", "When will the committee decide?"]
    best = (embedder.embed_queries(questions) @ embedder.embed_passages(TEXTS).T).argmax(1)
    assert best.tolist() == [0, 3]


def test_tokens_are_counted_without_special_ones(embedder: Embedder) -> None:
    assert embedder.count_tokens(["Thủ đô của Việt Nam là gì?", "", "một " * 1000]) == [8, 0, 1000]


def test_progress_counts_up_to_all(embedder: Embedder) -> None:
    seen: list[int] = []
    embedder.embed_passages(TEXTS, lambda _, done, total: seen.append(done))
    assert seen == sorted(seen)
    assert seen[-1] == len(TEXTS)


def test_threads_share_one_embedder(embedder: Embedder) -> None:
    expected = embedder.embed_queries(TEXTS)
    with ThreadPoolExecutor(4) as pool:
        for rows in pool.map(lambda _: embedder.embed_queries(TEXTS), range(8)):
            np.testing.assert_allclose(rows, expected, atol=1e-4)


def test_prefixes_change_the_vectors_and_the_fingerprint(graph: Path, served: GraphEmbedder) -> None:
    plain = GraphEmbedder(graph, query_prefix="", passage_prefix="")
    assert plain.fingerprint != served.fingerprint
    np.testing.assert_allclose(plain.embed_queries(["query: a"]), served.embed_queries(["a"]), atol=1e-5)
    assert GraphEmbedder(graph).fingerprint == served.fingerprint


def test_kinds_of_model_differ_in_fingerprint(served: GraphEmbedder, reference: SentenceTransformerEmbedder) -> None:
    assert served.fingerprint != reference.fingerprint
    assert len(served.fingerprint) == len(reference.fingerprint) == 64


def test_pinned_model_is_served_by_the_graph(models_folder: Path, served: GraphEmbedder) -> None:
    found = load_embedder(EmbeddingSettings(), models_folder)
    assert isinstance(found, GraphEmbedder)
    assert (found.name, found.fingerprint) == (PINNED_MODEL, served.fingerprint)


def test_a_folder_goes_to_sentence_transformers(graph: Path, reference: SentenceTransformerEmbedder) -> None:
    settings = EmbeddingSettings(model=str(graph.with_name(PINNED_MODEL)), query_prefix="ask: ")
    found = load_embedder(settings, graph.parent)
    assert isinstance(found, SentenceTransformerEmbedder)
    assert found.fingerprint != reference.fingerprint


def test_missing_weights_say_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="hoidap models pull multilingual-e5-small"):
        load_embedder(EmbeddingSettings(), tmp_path)


@pytest.mark.parametrize("name", ["nobody/nothing", "no/such/folder"])
def test_missing_model_says_what_to_run(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelMissing, match=f"hoidap models pull {name}"):
        load_embedder(EmbeddingSettings(model=name), tmp_path)


def test_pulled_hub_model_is_read_from_the_cache_of_the_hub(
    graph: Path, tmp_path: Path, reference: SentenceTransformerEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    cached = tmp_path / "models--someone--small"
    (cached / "refs").mkdir(parents=True)
    (cached / "refs" / "main").write_text("abc")
    (cached / "snapshots").mkdir()
    (cached / "snapshots" / "abc").symlink_to(graph.with_name(PINNED_MODEL), target_is_directory=True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    found = load_embedder(EmbeddingSettings(model="someone/small"), tmp_path)
    assert (found.name, found.fingerprint) == ("someone/small", reference.fingerprint)


def test_damaged_weights_are_named(tmp_path: Path) -> None:
    weights = find(PINNED_MODEL).file
    (tmp_path / weights).write_bytes(b"E5S1 and then nothing")
    with pytest.raises(ModelDamaged, match=weights):
        load_embedder(EmbeddingSettings(), tmp_path)


def test_folder_that_is_no_model_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(ModelDamaged, match="cannot load"):
        load_embedder(EmbeddingSettings(model=str(tmp_path)), tmp_path)


def test_graph_is_served_without_the_weights(graph: Path, tmp_path: Path, served: GraphEmbedder) -> None:
    copytree(graph, tmp_path / graph.name)
    found = load_embedder(EmbeddingSettings(), tmp_path)
    assert found.fingerprint == served.fingerprint


@pytest.mark.parametrize("name", ["model.onnx", "model.onnx.data", "pieces.txt", "graph.json"])
def test_cut_graph_is_damaged(graph: Path, tmp_path: Path, name: str) -> None:
    copytree(graph, tmp_path / "graph")
    with (tmp_path / "graph" / name).open("r+b") as file:
        file.truncate(100)
    with pytest.raises(ModelDamaged, match="graph"):
        GraphEmbedder(tmp_path / "graph")


def test_serving_imports_no_training_library(models_folder: Path, graph: Path) -> None:
    program = f"""
import sys
from pathlib import Path
from rag.config import EmbeddingSettings
from rag.models.loading import load_embedder
load_embedder(EmbeddingSettings(), Path({str(models_folder)!r})).embed_queries(["a"])
heavy = {{"torch", "transformers", "sentence_transformers", "onnx", "tokenizers"}} & set(sys.modules)
assert not heavy, heavy
"""
    root = Path(__file__).resolve().parents[2]
    subprocess.run([sys.executable, "-c", program], check=True, cwd=root)
