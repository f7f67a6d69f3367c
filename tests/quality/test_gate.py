"""What is won stays won: the sample's questions against their floors, and proof that these fail when it is lost."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from rag.assistant import Assistant
from rag.config import AnswerSettings, Config, RetrievalSettings
from rag.evaluation.floors import Fall, Floors, falls, floors_of, load_floors
from rag.evaluation.gold import GoldQuestion
from rag.evaluation.outcome import Outcome
from rag.evaluation.report import Report, report_of
from rag.evaluation.run import Conditions, ask, conditions_of
from rag.index.leg import Hits
from rag.index.lexical import LexicalIndex
from tests.quality.gold_sets import ROOT, GoldSet, load_sets

SETS = {each.name: each for each in load_sets()}
GATE = ("sample",)
# Some hundreds of questions are asked, beside other tests.
pytestmark = pytest.mark.timeout(900)
ANY = Conditions("", "", "", {}, {})


@pytest.fixture(scope="module")
def config(sample: Assistant) -> Config:
    return sample.config.model_copy(update={"answer": AnswerSettings(mode="extractive", keep=False)})


@pytest.fixture(scope="module")
def reports(config: Config) -> dict[str, Report]:
    """Asked in this process, not side by side: what its models read then serves the proofs below too."""
    assistant = Assistant(config)
    gold = {name: SETS[name].questions(None) for name in GATE}
    return {
        name: report_of(name, conditions_of(assistant, questions), [ask(assistant, each) for each in questions])
        for name, questions in gold.items()
    }


@pytest.mark.parametrize("name", GATE)
def test_no_floor_is_broken(reports: dict[str, Report], name: str) -> None:
    floors = load_floors(SETS[name].floors)
    assert floors is not None, f"pin them: python -m tests.quality {name} --pin"
    assert [str(fall) for fall in falls(reports[name], floors)] == []


# Proof, on a part of the questions: some without diacritics, follow-ups, all that are not held, and some that get a
# short answer; of the plain ones those among which words alone tell the right article.


@pytest.fixture(scope="module")
def part(reports: dict[str, Report]) -> list[GoldQuestion]:
    shown = {each.id for each in reports["sample"].outcomes if each.short}
    questions = SETS["sample"].questions(None)
    last = (("plain", 11), ("follow", 5), ("bare", 6), ("none", 18))
    kinds = ([each for each in questions if each.id.startswith(kind)][-count:] for kind, count in last)
    chosen = {each.id: each for kind in kinds for each in kind}
    short = [each for each in questions if each.id in shown and each.id not in chosen][:6]
    return [*chosen.values(), *short]


@pytest.fixture(scope="module")
def floors(reports: dict[str, Report], part: Sequence[GoldQuestion]) -> Floors:
    wanted = {each.id for each in part}
    return floors_of(report_of("part", ANY, [each for each in reports["sample"].outcomes if each.id in wanted]))


def fallen(config: Config, part: Sequence[GoldQuestion], floors: Floors) -> list[Fall]:
    assistant = Assistant(config)
    outcomes: list[Outcome] = [ask(assistant, each) for each in part]
    return falls(report_of("part", ANY, outcomes), floors)


def test_a_neutral_change_breaks_none(config: Config, part: Sequence[GoldQuestion], floors: Floors) -> None:
    looked_at = config.model_copy(update={"retrieval": RetrievalSettings(candidates=90)})
    assert fallen(looked_at, part[::-1], floors) == []


def test_without_the_lexical_leg_one_breaks(
    config: Config, part: Sequence[GoldQuestion], floors: Floors, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = Hits(np.zeros(0, np.int64), np.zeros(0, np.float32))
    monkeypatch.setattr(LexicalIndex, "search", lambda *_: nothing)
    monkeypatch.setattr(LexicalIndex, "scores", lambda self, text, ids: np.zeros(len(ids), np.float32))
    monkeypatch.setattr(
        "rag.retrieval.candidates.word_features", lambda query, chunks: np.zeros((len(chunks), 5), np.float32)
    )
    assert fallen(config, part, floors)


def test_without_the_reader_one_breaks(config: Config, part: Sequence[GoldQuestion], floors: Floors) -> None:
    unread = config.model_copy(update={"answer": AnswerSettings(mode="extractive", keep=False, reader=False)})
    assert fallen(unread, part, floors)


def test_without_refusal_one_breaks(config: Config, part: Sequence[GoldQuestion], floors: Floors) -> None:
    bold = config.model_copy(update={"answer": AnswerSettings(mode="extractive", keep=False, refuse_below=0.0)})
    assert "refusal recall" in {fall.measure for fall in fallen(bold, part, floors)}


# The sets themselves


def test_every_set_of_this_checkout_has_its_files_and_floors() -> None:
    for each in SETS.values():
        assert each.about
        if not each.data:
            assert each.questions(None)
            assert all((ROOT / path).exists() for path in each.articles)
        assert load_floors(each.floors) is not None, each.name
    assert {file.stem for file in (Path(__file__).parent / "floors").glob("*.json")} == set(SETS)


def test_a_set_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "new.toml").write_text('about = "a"\ngold = "g.jsonl"\narticles = ["a"]\nlimit = 3\n')
    assert load_sets(tmp_path) == [GoldSet("new", "g.jsonl", ("a",), "a", limit=3)]
