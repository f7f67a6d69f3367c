from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from rag.cli.main import app
from rag.errors import GoldError, UsageError
from rag.models.pinned_embedding import exported_graph
from rag.models.reader import SpanReader
from rag.training.qa_dataset import load_qa_dataset
from rag.training.trainer import CHECKPOINT, WEIGHTS
from tests.doubles import ScriptedLanguageModel

TEXTS = [f"Cầu số {number} dài {450 + number} m. Cầu rất đẹp." for number in range(8)]


def write(path: Path) -> Path:
    lines = [
        {"id": f"q{number}", "question": f"Cầu số {number} dài bao nhiêu?", "context": text, "language": "vi",
         "answers": [f"{450 + number} m"], "answer_starts": [text.index("45")]}
        for number, text in enumerate(TEXTS)
    ]  # fmt: skip
    path.write_text("".join(json.dumps(each, ensure_ascii=False) + "\n" for each in lines), encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def models(models_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOIDAP_MODELS__CACHE", str(models_folder))


def run(*arguments: str | Path, command: str = "reader") -> Result:
    return CliRunner().invoke(app, ["train", command, *map(str, arguments)])


def test_a_reader_is_trained_and_written(tmp_path: Path, models_folder: Path, sample_index: Path) -> None:
    held = tmp_path / "gold.jsonl"
    held.write_text(json.dumps({"id": "q3", "question": "?"}), encoding="utf-8")
    out = tmp_path / "out"
    command = (write(tmp_path / "set.jsonl"), "--out", out, "--examples", "64", "--held-out", held)
    ended = run(*command, "--hard-negatives", "--index", sample_index)
    assert ended.exit_code == 0, ended.output
    assert "7 questions" in ended.output
    assert {path.name for path in out.iterdir()} == {CHECKPOINT, WEIGHTS, "reader.onnx"}
    written = out / "reader.onnx"
    assert hashlib.sha256(written.read_bytes()).hexdigest() in ended.output.replace("\n", "")
    reader = SpanReader(exported_graph(models_folder), written)
    (reading,) = reader.read("Cầu dài bao nhiêu?", [("", TEXTS[0])])
    assert reading.best_answer() is not None
    averaged = run(out, out, "--out", tmp_path / "average", command="average")
    assert averaged.exit_code == 0, averaged.output
    assert (tmp_path / "average" / "reader.onnx").read_bytes() == written.read_bytes()


def test_wrong_use(tmp_path: Path) -> None:
    assert run().exit_code == 2
    assert run(tmp_path / "set.jsonl").exit_code == 2
    assert run(write(tmp_path / "set.jsonl"), "--out", tmp_path / "o", "--examples", "3").exit_code == 2
    missing = run(tmp_path / "nowhere.jsonl", "--out", tmp_path / "o")
    assert isinstance(missing.exception, GoldError)
    begin = ("--begin", tmp_path / "nowhere", "--examples", "64")
    begun = run(tmp_path / "set.jsonl", "--out", tmp_path / "o", *begin)
    assert isinstance(begun.exception, UsageError)
    assert "nowhere" in str(begun.exception)


def test_questions_are_translated_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = {
        "it": "Il Golden Bridge di Da Nang, opera di Anna Smith, fu aperto nel 2018.",
        "en": "The Golden Bridge in Da Nang, a work of Anna Smith, was opened in 2018.",
    }
    for language, text in texts.items():
        answers = {"answers": ["2018"], "answer_starts": [text.index("2018")]} if language == "it" else {}
        fields = {"id": language, "question": "Quando fu aperto?", "context": text, "language": language}
        line = json.dumps({"answers": [], "answer_starts": [], **fields, **answers})
        (tmp_path / f"{language}.jsonl").write_text(line, encoding="utf-8")
    llm = ScriptedLanguageModel("When was it opened?")
    monkeypatch.setattr("rag.models.loading.load_llm", lambda *_: llm)
    command = (tmp_path / "it.jsonl", tmp_path / "en.jsonl", "--out", tmp_path / "out.jsonl")
    for _ in range(2):
        ended = run(*command, command="translate")
        assert ended.exit_code == 0, ended.output
    assert len(llm.asked) == 1
    (made,) = load_qa_dataset(tmp_path / "out.jsonl", {}, frozenset())
    assert (made.question, made.text, made.language) == ("When was it opened?", texts["en"], "en")
    over = tmp_path / "over.jsonl"
    ended = run(tmp_path / "it.jsonl", "--own", "5", "--out", over, command="translate")
    assert ended.exit_code == 0, ended.output
    (made,) = load_qa_dataset(over, {}, frozenset())
    assert (made.question, made.text, made.language) == ("When was it opened?", texts["it"], "en")
    monkeypatch.setattr("rag.models.loading.load_llm", lambda *_: None)
    assert isinstance(run(*command, command="translate").exception, UsageError)


def test_weights_are_fitted_and_written(tmp_path: Path) -> None:
    lines = []
    for number in range(40):
        text = f"Cầu số {number} dài {450 + number} m. Cầu rất đẹp."
        fields = {"id": f"q{number}", "question": f"Cầu số {number} dài bao nhiêu?", "language": "vi"}
        answers = {"answers": [f"{450 + number} m"], "answer_starts": [text.index(f"{450 + number} m")]}
        lines.append(json.dumps({**fields, "context": text, **answers}, ensure_ascii=False) + "\n")
    (tmp_path / "set.jsonl").write_text("".join(lines), encoding="utf-8")
    command = (tmp_path / "set.jsonl", "--work", tmp_path / "work", "--out", tmp_path / "out", "--questions", "8")
    ended = run(*command, "--only", "fusion", command="weights")
    assert ended.exit_code == 0, ended.output
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["fusion.json"]
    assert "recall@1: " in ended.output
    assert "recall@1, weights before: " in ended.output
    wrong = run(*command, "--only", "everything", command="weights")
    assert isinstance(wrong.exception, UsageError)
    assert "fusion, evidence, answerability, short_answers" in str(wrong.exception)


def test_what_tells_a_self_contained_question_is_fitted(tmp_path: Path) -> None:
    rows = [
        {"question": f"Cầu Số {number} ở Hà Nội dài bao nhiêu?", "passage_id": f"p{number}"} for number in range(40)
    ]
    path = tmp_path / "s.jsonl"
    path.write_text("".join(json.dumps(each, ensure_ascii=False) + "\n" for each in rows), encoding="utf-8")
    ended = run(path, "--out", tmp_path, command="self-contained")
    assert ended.exit_code == 0, ended.output
    written = json.loads((tmp_path / "self_contained.json").read_text(encoding="utf-8"))
    assert written["fitted_on"][0]["name"] == "s.jsonl"
    assert len(written["weights"]["vector"]) == 384
    assert "AUROC" in ended.output


def test_how_likely_first_quotes_answer_is_fitted(sample_index: Path, tmp_path: Path) -> None:
    gold = Path(__file__).parents[1] / "gold" / "questions.jsonl"
    ended = run(gold, "--index", sample_index, "--out", tmp_path, command="quotes")
    assert ended.exit_code == 0, ended.output
    written = json.loads((tmp_path / "quote_confidence.json").read_text(encoding="utf-8"))
    assert written["fitted_on"][0]["name"] == "questions.jsonl"
    assert written["weights"]["score"] > 0
    assert "AUROC" in ended.output
