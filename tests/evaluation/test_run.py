from __future__ import annotations

import json
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from rag.assistant import Assistant
from rag.config import AnswerSettings, Config, LlmSettings
from rag.errors import GoldError
from rag.evaluation import run as run_module
from rag.evaluation.floors import load_floors
from rag.evaluation.gold import GoldQuestion, load_gold
from rag.evaluation.report import as_json, load_outcomes, report_of, table, timings
from rag.evaluation.report_files import write
from rag.evaluation.run import RUN, conditions_of, gold_sha256, run
from tests.quality.gold_sets import GoldSet, load_sets

GOLD = Path(__file__).parents[1] / "gold" / "questions.jsonl"


@pytest.fixture(scope="module")
def config(sample: Assistant) -> Config:
    return sample.config.model_copy(update={"answer": AnswerSettings(mode="extractive")})


@pytest.fixture(scope="module")
def few() -> list[GoldQuestion]:
    return load_gold(GOLD)[::20]


@pytest.fixture(scope="module")
def many() -> list[GoldQuestion]:
    """More than one process is given at a time."""
    return load_gold(GOLD)[:4]


def written(file: Path) -> bytes:
    return file.read_bytes()


@pytest.mark.parametrize("gold_set", [each for each in load_sets() if not each.data], ids=lambda each: each.name)
def test_the_questions_of_this_checkout_are_those_that_the_floors_were_pinned_on(gold_set: GoldSet) -> None:
    floors = load_floors(gold_set.floors)
    assert floors
    assert gold_sha256(gold_set.questions(None)) == floors.gold


def test_side_by_side_is_what_one_after_the_other_is(
    config: Config, many: list[GoldQuestion], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_module, "_BLOCK", 2)
    told: list[tuple[int, int]] = []
    conditions, side_by_side = run(config, many, tmp_path / "a", lambda _, done, of: told.append((done, of)))
    assert told == [(done, 4) for done in range(5)]
    assert [each.id for each in side_by_side] == [each.id for each in many]
    halves = [run(config, part)[1] for part in (many[:2], many[2:])]  # so few are asked in turn
    name = "questions.jsonl"
    one = report_of(name, conditions, side_by_side)
    other = report_of(name, conditions, [*halves[0], *halves[1]])
    write(one, many, tmp_path / "a")
    write(other, many, tmp_path / "b")
    assert written(tmp_path / "a" / "report.json") == written(tmp_path / "b" / "report.json")
    assert {file.name for file in (tmp_path / "a").iterdir()} == {
        RUN, "report.json", "timings.json", "report.html", "run.trec", "qrels.trec", "junit.xml"
    }  # fmt: skip


def test_a_run_that_was_cut_off_goes_on(
    config: Config, few: list[GoldQuestion], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    ask = run_module.ask

    def counted(assistant: Assistant, question: GoldQuestion) -> Any:
        if len(asked) == 3:
            raise KeyboardInterrupt
        asked.append(question.id)
        return ask(assistant, question)

    monkeypatch.setattr(run_module, "ask", counted)
    with pytest.raises(KeyboardInterrupt):
        run(config, few, tmp_path)
    with (tmp_path / RUN).open("a", encoding="utf-8") as file:
        file.write('{"id": "cut')
    asked.clear()

    def noted(assistant: Assistant, question: GoldQuestion) -> Any:
        asked.append(question.id)
        return ask(assistant, question)

    monkeypatch.setattr(run_module, "ask", noted)
    _, outcomes = run(config, few, tmp_path)
    assert asked == [each.id for each in few[3:]]
    assert [each.id for each in outcomes] == [each.id for each in few]
    asked.clear()
    run(config, few, tmp_path)
    assert asked == []
    # Under other settings nothing that is kept holds.
    careful = config.model_copy(update={"answer": AnswerSettings(mode="extractive", refuse_below=0.9)})
    run(careful, few, tmp_path)
    assert len(asked) == len(few)


def test_a_report_is_read_again(config: Config, few: list[GoldQuestion], tmp_path: Path) -> None:
    conditions, outcomes = run(config, few)
    report = report_of("questions.jsonl", conditions, outcomes)
    write(report, few, tmp_path)
    assert [replace(each, seconds={}) for each in outcomes] == load_outcomes(tmp_path / "report.json")
    values = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert values == json.loads(json.dumps(as_json(report)))
    assert values["means"]["recall@1"]["count"] == sum(bool(each.qrels) for each in few)
    assert set(timings(report)["stages"]) >= {"search", "evidence", "answer", "total"}
    assert all(name in "\n".join(table(report)) for name in report.summary.means)


@pytest.mark.parametrize("content", ["", "{}", '{"format": 0}', '{"format": 1, "outcomes": [{}]}'])
def test_what_is_no_report_is_said(tmp_path: Path, content: str) -> None:
    (tmp_path / "report.json").write_text(content)
    with pytest.raises(GoldError, match=r"report\.json: is not a report"):
        load_outcomes(tmp_path / "report.json")


def test_a_report_holds_no_credential_of_a_language_model(config: Config) -> None:
    llm = LlmSettings(model="m", base_url="https://user:s3cret@llm.example/v1")
    hosted = config.model_copy(update={"llm": llm, "answer": AnswerSettings(mode="generative")})
    with closing(Assistant.open(hosted)) as assistant:
        conditions = conditions_of(assistant, [])
    assert conditions.models["llm"]
    assert "s3cret" not in json.dumps(asdict(conditions))


def test_drafts_are_not_asked(config: Config, few: list[GoldQuestion]) -> None:
    with pytest.raises(GoldError, match="1 questions are drafts"):
        run(config, [*few, replace(few[0], id="d", draft=True)])
