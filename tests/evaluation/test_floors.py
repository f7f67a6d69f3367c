from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rag.errors import GoldError
from rag.evaluation.floors import Floors, falls, floors_of, load_floors, pin, under
from rag.evaluation.report import Report, report_of
from rag.evaluation.run import Conditions
from tests.evaluation.test_compare import run


def report(right: int, gold: str = "gold", collection: str = "articles", program: str = "program") -> Report:
    return report_of("gold.jsonl", Conditions(program, gold, collection, {}, {}), run(right))


def test_a_floor_is_what_was_found_less_what_rounding_needs() -> None:
    floors = floors_of(report(60))
    assert floors == Floors("gold", "articles", 100, {"right": 0.58})
    assert falls(report(58), floors) == []
    (fall,) = falls(report(57), floors)
    assert str(fall) == "right is 0.570, below its floor of 0.580"


def test_a_measure_that_is_gone_has_fallen() -> None:
    floors = replace(floors_of(report(60)), floors={"recall@1": 0.5})
    assert [fall.measure for fall in falls(report(60), floors)] == ["recall@1"]


@pytest.mark.parametrize(("changed", "said"), [({"gold": "other"}, "questions"), ({"collection": "other"}, "articles")])
def test_other_questions_or_articles_ask_to_be_pinned_again(changed: dict[str, str], said: str) -> None:
    with pytest.raises(GoldError, match=f"its {said} are not those .* pin them again"):
        falls(report(60, **changed), floors_of(report(60)))


def test_another_program_keeps_its_floors() -> None:
    assert falls(report(60, program="other"), floors_of(report(60))) == []


def test_floors_only_rise_unless_it_is_said(tmp_path: Path) -> None:
    file = tmp_path / "floors" / "gold.json"
    assert load_floors(file) is None
    pin(file, report(60))
    pin(file, report(70))
    before = file.read_bytes()
    with pytest.raises(GoldError, match=r"right would be lowered from 0\.680 to 0\.630; say --lower"):
        pin(file, report(65))
    assert file.read_bytes() == before
    assert pin(file, report(65), lower=True) == load_floors(file)
    # Of other questions the old floors say nothing.
    assert pin(file, report(10, gold="other")).floors == {"right": 0.08}


def test_damaged_floors_are_said(tmp_path: Path) -> None:
    (tmp_path / "floors.json").write_text("{")
    with pytest.raises(GoldError, match=r"floors\.json: holds no floors"):
        load_floors(tmp_path / "floors.json")


def test_what_is_wanted_of_a_measure() -> None:
    assert under(report(60), {"right": 0.6}) == []
    assert [fall.value for fall in under(report(60), {"right": 0.61})] == [0.6]
    with pytest.raises(GoldError, match="no measure 'recall' in this report; there are: right"):
        under(report(60), {"recall": 0.5})
