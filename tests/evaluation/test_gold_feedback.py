from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from rag import Citation, ConversationStore, Exchange, Feedback
from rag.cli.main import main
from rag.evaluation.gold import load_gold
from rag.evaluation.gold_feedback import from_feedback
from tests.ui.test_render import answer, article, quote

ARTICLE = article("Giá vé là 7.000 đồng. Tàu chạy từ 5 giờ.", "Metro")


def said(verdict: str, correction: str = "", question: str = "Giá vé?") -> Exchange:
    cited = Citation(1, quote(ARTICLE, "Giá vé là 7.000 đồng."), "supported")
    given = replace(answer("7.000 đồng. [1]", cited), standalone_question=question, short="7.000 đồng")
    feedback = Feedback(verdict, correction, "2026-01-01")  # type: ignore[arg-type]
    return replace(Exchange.now(question), state="answered", answer=given, feedback=feedback)


@pytest.mark.parametrize(
    ("verdict", "correction", "expected"),
    [
        ("right", "", ({"a": 1}, ["7.000 đồng"], None)),
        ("wrong", "8.000 đồng", ({"a": 1}, ["8.000 đồng"], ["7.000 đồng"])),
        ("wrong", "", ({"a": 1}, None, None)),
        ("wrong_citation", "8.000 đồng", (None, ["8.000 đồng"], None)),
        ("should_have_refused", "", (None, None, ["7.000 đồng"])),
    ],
)
def test_what_was_said_becomes_a_draft(verdict: str, correction: str, expected: tuple[object, ...]) -> None:
    [line] = from_feedback([said(verdict, correction)])
    fields = json.loads(line)
    assert (fields.get("articles"), fields.get("answers"), fields.get("must_not")) == expected
    assert fields["draft"] is True
    assert fields["tags"] == {"source": "feedback", "verdict": verdict, "answer": "x"}


@pytest.mark.parametrize("verdict", ["right", "wrong", "wrong_citation", "should_have_refused"])
def test_what_a_refusal_quotes_is_not_proposed_as_what_answers(verdict: str) -> None:
    exchange = said(verdict)
    assert exchange.answer
    refused = replace(exchange, answer=replace(exchange.answer, status="refused", short=None))
    fields = json.loads(from_feedback([refused])[0])
    assert (fields.get("articles"), fields.get("answers")) == (None, None)


def test_of_the_same_question_the_last_word_counts() -> None:
    lines = from_feedback([said("wrong"), said("right", question="Mấy giờ?"), said("right"), Exchange.now("Ai?")])
    assert [json.loads(line)["question"] for line in lines] == ["Mấy giờ?", "Giá vé?"]
    assert json.loads(lines[1])["tags"]["verdict"] == "right"


def test_the_command_writes_drafts_that_are_read_as_gold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*arguments: str) -> int:
        monkeypatch.setattr("sys.argv", ["hoidap", "gold", "add", *arguments, "--index", str(tmp_path)])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0)

    out = tmp_path / "gold.jsonl"
    assert run("--out", str(out)) == 2
    assert run("--out", str(out), "--from-feedback") == 2
    assert "no conversation was kept" in capsys.readouterr().err
    store = ConversationStore(tmp_path)
    store.add("", "me", replace(said("wrong"), feedback=None))
    assert run("--out", str(out), "--from-feedback") == 2
    store.add("", "me", said("wrong", "8.000 đồng"))
    assert run("--out", str(out), "--from-feedback") == 0
    [question] = load_gold(out)
    assert question.draft
    assert question.answers == ("8.000 đồng",)
    assert run("--out", str(out), "--from-feedback") == 2, "gold is never written over"
