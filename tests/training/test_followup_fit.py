"""The fit of what follow-ups lack, on made conversations, and the weights that ship."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rag.cli.main import app
from rag.errors import GoldError
from rag.models.weights_file import read_weights, using_weights
from rag.query.term_selection import FollowUpWeights, lacking
from rag.training.followup_fit import FollowUpExample, fit_followups, is_apart, load_followups, turns_of

BRIDGES = ["Golden Gate", "Tower Bridge", "Ponte Vecchio", "Charles Bridge", "Rialto", "Galata", "Øresund", "Millau"]
# In these conversations "it" lacks the name that was asked for last, and a question with a name lacks nothing.
MADE = [
    FollowUpExample(
        "How long is it?", ((f"Who built {before}?", "He did."), (f"When did {name} open?", "In May.")),
        f"How long is {name}?", is_rewrite=True, apart=number % 4 == 0,
    )
    for number, (before, name) in enumerate((before, name) for before in BRIDGES for name in BRIDGES if before != name)
]  # fmt: skip


def write(path: Path, count: int = 20, **fields: object) -> Path:
    history = [{"question": "Cầu Rồng dài bao nhiêu?", "answer": "666 m."}]
    row = {"question": "Nó rộng bao nhiêu?", "history": history, "rewrite": "Cầu Rồng rộng bao nhiêu?", **fields}
    path.write_text((json.dumps(row, ensure_ascii=False) + "\n") * count, encoding="utf-8")
    return path


def test_what_it_stands_for_is_learned() -> None:
    weights, measures = fit_followups({"made": MADE})
    with using_weights("followups", weights):
        assert lacking("How long is it?", MADE[1].turns, follows=False) == [
            MADE[1].complete.removeprefix("How long is ").rstrip("?")
        ]
        assert lacking(MADE[1].complete, MADE[1].turns, follows=False) == []
    apart = sum(each.apart for each in MADE)
    assert measures == {
        "made: questions": apart, "made: recall": 1.0, "made: precision": 1.0, "made: rewrites changed": 0.0,
    }  # fmt: skip


def test_a_set_has_rewrites_or_evidence(tmp_path: Path) -> None:
    rewritten = load_followups(write(tmp_path / "a.jsonl"))
    assert (len(rewritten), rewritten[0].turns) == (20, (("Cầu Rồng dài bao nhiêu?", "666 m."),))
    assert (rewritten[0].complete, rewritten[0].is_rewrite) == ("Cầu Rồng rộng bao nhiêu?", True)
    row = json.loads((tmp_path / "a.jsonl").read_text(encoding="utf-8").splitlines()[0])
    del row["rewrite"]
    (tmp_path / "b.jsonl").write_text((json.dumps({**row, "evidence": "Cầu Rồng rộng 37,5 m."}) + "\n") * 20)
    assert not load_followups(tmp_path / "b.jsonl")[0].is_rewrite


@pytest.mark.parametrize(
    ("count", "fields", "message"),
    [(3, {}, "give 20 or more"), (20, {"history": [{"speaker": "user"}]}, "a.jsonl"), (20, {"history": []}, "has 0")],
)
def test_a_set_that_cannot_be_used_is_named(
    tmp_path: Path, count: int, fields: dict[str, object], message: str
) -> None:
    with pytest.raises(GoldError, match=message):
        load_followups(write(tmp_path / "a.jsonl", count, **fields))


def test_what_an_agent_says_belongs_to_the_question_before_it() -> None:
    history = [
        {"speaker": "agent", "text": "Hello."},
        {"speaker": "user", "text": "Who?"},
        {"speaker": "agent", "text": "He."},
        {"speaker": "user", "text": "When?"},
    ]
    assert turns_of(history) == (("Who?", "He."), ("When?", ""))


def test_conversations_are_kept_apart_by_their_first_question() -> None:
    apart = [is_apart(f"Câu hỏi {number}?") for number in range(300)]
    assert 70 < sum(apart) < 130


def test_the_weights_that_ship_say_what_they_were_fitted_on() -> None:
    file = read_weights("followups", FollowUpWeights)
    assert "hoidap train followups" in file.made_by
    assert len(file.fitted_on) > 1
    assert 0 < file.weights.least < 1
    assert all(f"{each.name}: precision" in file.held_out for each in file.fitted_on)


def test_the_command_writes_weights_and_what_they_are_worth(tmp_path: Path) -> None:
    path = tmp_path / "made.jsonl"
    rows = [
        {"question": each.question, "rewrite": each.complete, "history": [
            {"question": question, "answer": answer} for question, answer in each.turns
        ]} for each in MADE
    ]  # fmt: skip
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    done = CliRunner().invoke(app, ["train", "followups", str(path), "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    file = read_weights("followups", FollowUpWeights, tmp_path)
    assert [(each.name, each.questions) for each in file.fitted_on] == [("made.jsonl", len(MADE))]
    assert "made.jsonl: precision: 1" in done.output
