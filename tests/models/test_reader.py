from __future__ import annotations

import math
import subprocess
import sys
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest

from rag.answering.short_answer_weights import short_answer_weights
from rag.assistant import Assistant
from rag.config import AnswerSettings, Config, EmbeddingSettings, LlmSettings, ModelSettings
from rag.errors import ModelDamaged
from rag.models import reader as reader_module
from rag.models.pinned_embedding import exported_graph
from rag.models.reader import READER, READER_SHA256, SpanReader

ROOT = Path(__file__).parents[2]
QUESTION = "Cầu Vàng dài bao nhiêu mét?"
TEXT = "Cầu Vàng được khánh thành vào mùa hè. Cầu Vàng có chiều dài 450 m. Nhiều người đến thăm cầu mỗi ngày."
UNRELATED = "Phở là món ăn truyền thống, thường được ăn vào buổi sáng với rau thơm và ớt."


@pytest.fixture(scope="module")
def folder(models_folder: Path) -> Path:
    return exported_graph(models_folder)


@pytest.fixture(scope="module")
def reader(folder: Path) -> SpanReader:
    return SpanReader(folder, threads=2)


# The reader that comes with this package


def test_it_finds_the_words_that_answer(reader: SpanReader) -> None:
    held, other = reader.read(QUESTION, [("Cầu Vàng", TEXT), ("Phở", UNRELATED)])
    found, elsewhere = held.best_answer(), other.best_answer()
    assert found is not None
    assert "450" in TEXT[found.start : found.end]
    assert len(TEXT[found.start : found.end]) < 20
    assert elsewhere is not None
    assert found.score > elsewhere.score
    assert held.relevance > other.relevance


def test_a_question_in_the_other_normal_form_reads_the_same(reader: SpanReader) -> None:
    one, two = (reader.read(unicodedata.normalize(form, QUESTION), [("Cầu Vàng", TEXT)])[0] for form in ("NFC", "NFD"))
    assert (one.relevance, one.best_answer()) == (two.relevance, two.best_answer())


def test_a_text_in_the_other_normal_form_has_the_answer_at_its_own_place(reader: SpanReader) -> None:
    text = unicodedata.normalize("NFD", TEXT)
    (reading,) = reader.read(QUESTION, [("", text)])
    found = reading.best_answer()
    assert found is not None
    assert "450" in text[found.start : found.end]


def test_each_text_is_read_for_itself_and_in_order(reader: SpanReader) -> None:
    texts = [("Phở", UNRELATED), ("", ""), ("Cầu Vàng", TEXT), ("", TEXT * 12), ("", "\u200b"), ("", "450")]
    together = reader.read(QUESTION, texts)
    for each, text in zip(together, texts, strict=True):
        (alone,) = reader.read(QUESTION, [text])
        assert (each.relevance, each.tokens, each.best_answer()) == (alone.relevance, alone.tokens, alone.best_answer())
        assert len(each.starts) == len(each.ends) == len(each.tokens)
    assert together[1].best_answer() is None
    assert reader.read(QUESTION, []) == []


def test_the_end_of_a_long_text_is_read(reader: SpanReader) -> None:
    long = UNRELATED * 30 + " " + TEXT
    (reading,) = reader.read(QUESTION, [("", long)])
    found = reading.best_answer()
    assert found is not None
    assert found.start > len(UNRELATED) * 30
    assert "450" in long[found.start : found.end]
    assert np.isfinite(reading.starts).all()
    assert np.isfinite(reading.ends).all()
    inside = reading.best_answer(0, len(UNRELATED))
    assert inside is not None
    assert inside.end <= len(UNRELATED)


def test_threads_share_one_reader(reader: SpanReader) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(
            pool.map(lambda _: reader.read(QUESTION, [("", TEXT), ("", UNRELATED)])[0].best_answer(), range(8))
        )
    assert len(set(found)) == 1


def test_it_is_the_one_that_is_pinned(reader: SpanReader) -> None:
    assert reader.sha256 == READER_SHA256


def test_torch_is_not_needed(folder: Path) -> None:
    program = f"""
import sys
from pathlib import Path
from rag.models.reader import SpanReader
SpanReader(Path({str(folder)!r})).read("Gì?", [("Cầu", "Cầu dài 450 m.")])
heavy = {{"torch", "transformers", "sentence_transformers", "tokenizers", "llama_index"}} & set(sys.modules)
assert not heavy, heavy
"""
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT, timeout=60)


# Files that are damaged


def test_a_reader_that_is_not_the_pinned_one(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    damaged = tmp_path / "reader.onnx"
    damaged.write_bytes(READER.read_bytes()[:-1] + b"!")
    monkeypatch.setattr(reader_module, "READER", damaged)
    with pytest.raises(ModelDamaged, match=r"reader\.onnx: is not the reader .* install Hoidap anew"):
        SpanReader(folder, damaged)
    damaged.unlink()
    with pytest.raises(ModelDamaged, match=r"reader\.onnx: the reader cannot be read .* install Hoidap anew"):
        SpanReader(folder, damaged)


def test_a_graph_that_is_none(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "other.onnx").write_bytes(b"garbage")
    with pytest.raises(ModelDamaged, match=r"other\.onnx: not the graph of a reader"):
        SpanReader(folder, tmp_path / "other.onnx")
    with pytest.raises(ModelDamaged, match=r"model\.onnx: not the graph of a reader"):
        SpanReader(folder, folder / "model.onnx")


@pytest.mark.parametrize("name", ["model.onnx", "model.onnx.data", "pieces.txt", "scores.npy"])
def test_an_embedding_model_that_is_damaged(folder: Path, tmp_path: Path, name: str) -> None:
    copy = copytree(folder, tmp_path / "model", copy_function=lambda source, target: Path(target).symlink_to(source))
    for content in (None, b"garbage"):
        (Path(copy) / name).unlink()
        if content is not None:
            (Path(copy) / name).write_bytes(content)
        with pytest.raises(ModelDamaged, match="not a complete exported graph"):
            SpanReader(Path(copy))
        (Path(copy) / name).touch()


# The assistant's


def opened(index: Path, models: Path, *, reader: bool = True, **sections: object) -> Assistant:
    answer = AnswerSettings(mode="extractive", reader=reader, keep=False)
    values = {"models": ModelSettings(cache=models), "llm": LlmSettings(model="none"), **sections}
    return Assistant(Config.model_validate({"index": index, "answer": answer, **values}))


def test_the_assistant_has_it_unless_switched_off(sample: Assistant, sample_index: Path, models_folder: Path) -> None:
    assert sample.reader is sample.reader is not None
    assert opened(sample_index, models_folder, reader=False).reader is None
    other = EmbeddingSettings(model="someone/other")
    assert opened(sample_index, models_folder, embedding=other).reader is None


def test_without_it_answers_are_made_as_by_rules(
    sample_index: Path, models_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.models.loaded.SpanReader", lambda *_: pytest.fail("the reader was opened"))
    answer = opened(sample_index, models_folder, reader=False).ask("Tuyến Cát Linh – Hà Đông có bao nhiêu nhà ga?")
    assert answer.short is None
    assert answer.citations[0].quote.candidate is None
    assert answer.fingerprint.reader is None
    assert len(answer.fingerprint.calibration) == 6
    assert answer.confidence > 0.5


def test_with_it_short_answers_stand_in_their_quotes(sample: Assistant) -> None:
    for question in (
        "Tuyến Cát Linh – Hà Đông có bao nhiêu nhà ga?",
        "What is the height of Fansipan?",
        "日新橋の長さは？",
    ):
        evidence = sample.evidence(question)
        assert math.isfinite(evidence.signals.reading if evidence.signals else 0.0)
        for quote in evidence.quotes:
            if quote.answer:
                assert quote.start <= quote.answer[0] < quote.answer[1] <= quote.end
                assert (quote.short is not None) == (quote.answer_probability >= short_answer_weights().shown_from)


def test_a_damaged_reader_is_said(
    sample_index: Path, models_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged = tmp_path / "reader.onnx"
    damaged.write_bytes(b"")
    monkeypatch.setattr(reader_module, "READER", damaged)
    monkeypatch.setattr("rag.models.loaded.SpanReader", lambda folder: SpanReader(folder, damaged))
    assistant = opened(sample_index, models_folder)
    for _ in range(2):
        with pytest.raises(ModelDamaged, match="install Hoidap anew"):
            assistant.ask("Tuyến Cát Linh – Hà Đông có bao nhiêu nhà ga?")
