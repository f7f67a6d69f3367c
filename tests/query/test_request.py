from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from rag.assistant import Assistant
from rag.config import CAUTION, Config
from rag.errors import HoidapError, UsageError
from rag.index.filter import Filter
from rag.query.conversation import Turn
from rag.query.request import MAX_TURNS, Request, count_of, day_of, filter_of, mode_of, threshold_of, turns_of

METRO = "Tuyến Cát Linh – Hà Đông có bao nhiêu nhà ga?"
UNKNOWN = "Cách nấu phở bò gia truyền như thế nào?"
TURN = Turn("Tuyến Cát Linh – Hà Đông khởi công ngày nào?", "Ngày 10/10/2011.")
PAIR = (TURN.question, TURN.answer)


@pytest.mark.parametrize("given", ["quick", "", "Extractive", 1, True])
def test_another_mode_is_named_with_the_two(given: Any) -> None:
    with pytest.raises(UsageError, match=r"'extractive'.*'generative'"):
        mode_of(given, "extractive")


def test_what_is_not_given_is_that_of_the_settings() -> None:
    assert (mode_of(None, "generative"), mode_of("extractive", "generative")) == ("generative", "extractive")
    assert threshold_of(None) is None
    assert day_of(None) == date.today()


@pytest.mark.parametrize(("given", "threshold"), [*CAUTION.items(), (0, 0.0), (1, 1.0), (0.25, 0.25), ("0.25", 0.25)])
def test_a_threshold_is_a_name_or_a_number(given: Any, threshold: float) -> None:
    assert threshold_of(given) == threshold
    assert isinstance(threshold_of(given), float)


@pytest.mark.parametrize("given", [1.5, -0.1, float("nan"), "brave", "1.5", "", True, [0.5], "nan"])
def test_another_threshold_is_named_with_what_is_allowed(given: Any) -> None:
    with pytest.raises(UsageError, match=r"refuse_below.*never_wrong, careful, .*always_try.*from 0 to 1"):
        threshold_of(given)


def test_a_day_is_a_date_or_its_text() -> None:
    day = date(2024, 1, 1)
    assert day_of(day) == day_of("2024-01-01") == day_of(datetime(2024, 1, 1, 23, 59)) == day
    assert type(day_of(datetime(2024, 1, 1))) is date


@pytest.mark.parametrize("given", ["1/1/2024", "2024", "2024-02-30", "", "yesterday", 2024])
def test_another_day_is_named(given: Any) -> None:
    with pytest.raises(UsageError, match=r"today.*2024-09-07"):
        day_of(given)


@pytest.mark.parametrize(
    "given",
    [
        [TURN],
        (TURN,),
        [PAIR],
        [list(PAIR)],
        [{"question": TURN.question, "answer": TURN.answer}],
        (turn for turn in [PAIR]),
    ],
)
def test_turns_come_in_three_shapes(given: Any) -> None:
    assert turns_of(given) == (TURN,)


@pytest.mark.parametrize("understood", [None, "Tuyến nào?"])
def test_a_turn_may_say_how_its_question_was_understood(understood: str | None) -> None:
    named = {"question": "Câu", "answer": "Lời", "standalone": understood}
    given: list[Any] = [("Câu", "Lời", understood), ["Câu", "Lời", understood], named, Turn("Câu", "Lời", understood)]
    assert set(turns_of(given)) == {Turn("Câu", "Lời", understood)}


def test_a_request_keeps_the_last_turns_alone() -> None:
    turns = [Turn(f"Câu {n}?", "Lời") for n in range(200)]
    assert Request.of("Còn giờ?", turns).history == tuple(turns[-MAX_TURNS:])


def test_no_turns_are_none() -> None:
    assert turns_of(()) == turns_of([]) == ()


@pytest.mark.parametrize(
    "given",
    [
        "Câu trước",
        None,
        5,
        TURN,
        PAIR,
        ["Câu trước"],
        [("Câu",)],
        [("Câu", None)],
        [("a", "b", 3)],
        [("a", "b", "c", "d")],
        [{"role": "user", "content": "Câu trước"}],
        [{"question": "Câu", "answer": "Lời", "id": "1"}],
        [{"question": "Câu", "standalone": "Câu"}],
        [{"question": "Câu", "answer": "Lời", "standalone": 1}],
        {"question": "Câu", "answer": "Lời"},
        [Turn("Câu", None)],  # type: ignore[arg-type]
    ],
)
def test_another_history_is_told_the_shapes(given: Any) -> None:
    with pytest.raises(UsageError, match=r"history.*Turn\(question, answer\).*\(question, answer\) pairs"):
        turns_of(given)


@pytest.mark.parametrize("given", [0, -1, 2.5, "5", True, None])
def test_a_count_is_a_whole_number_from_one_on(given: Any) -> None:
    assert count_of(1) == 1
    with pytest.raises(UsageError, match=r"top_n.*from 1 on"):
        count_of(given)


@pytest.mark.parametrize("given", ["vi", None, {"languages": ("vi",)}])
def test_a_filter_is_a_filter(given: Any) -> None:
    assert filter_of(Filter(since="2024")) == Filter(since="2024")
    with pytest.raises(UsageError, match=r"only.*Filter\("):
        filter_of(given)


# What an assistant does with it


def test_what_is_asked_for_is_done(sample: Assistant) -> None:
    assert sample.ask(UNKNOWN, refuse_below="always_try").status == "answered"
    assert sample.ask(METRO, refuse_below="never_wrong").status == sample.ask(METRO, refuse_below=0.9).status
    follow_up = "Tuyến này có bao nhiêu nhà ga?"
    alone = [
        sample.ask(follow_up, history).standalone_question
        for history in ([TURN], [PAIR], [{"question": TURN.question, "answer": TURN.answer}])
    ]
    assert len(set(alone)) == 1
    assert "Cát Linh" in alone[0]
    assert sample.evidence(follow_up, [PAIR]) == sample.evidence(follow_up, [TURN])
    asked = "Năm ngoái bão Yagi gây thiệt hại bao nhiêu?"
    assert sample.ask(asked, today="2025-06-01").passages == sample.ask(asked, today=date(2025, 6, 1)).passages


@pytest.mark.parametrize(
    "wrong",
    [
        {"mode": "quick"},
        {"refuse_below": "brave"},
        {"refuse_below": 1.5},
        {"history": ["Câu trước"]},
        {"today": "hôm qua"},
        {"only": "vi"},
        {"question": None},
    ],
)
def test_a_wrong_call_is_one_of_our_errors_before_any_work(tmp_path: Path, wrong: dict[str, Any]) -> None:
    nowhere = Assistant(Config(index=tmp_path / "index"))
    call = {"question": METRO, **wrong}
    with pytest.raises(UsageError):
        nowhere.ask(**call)
    with pytest.raises(UsageError):
        next(nowhere.stream(**call))
    for method in (nowhere.search, nowhere.evidence):
        if {"question", "only"} & wrong.keys():
            with pytest.raises(UsageError):
                method(**call)
    with pytest.raises(HoidapError, match="top_n"):
        nowhere.search(METRO, top_n=-1)
    assert not (tmp_path / "index").exists()
