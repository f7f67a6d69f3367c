from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import ir_measures
import pytest
from ir_measures import RR, R, nDCG

from rag.answering.answer import Answer, Fingerprint
from rag.answering.evidence import Evidence
from rag.evaluation.exports import junit, qrels, trec_id, trec_run
from rag.evaluation.gold import GoldQuestion
from rag.evaluation.outcome import DEPTH, Outcome, outcome_of
from rag.evaluation.report import Report, report_of
from rag.evaluation.run import Conditions
from rag.query.request import Request

ODD = ("a b", "a%20b", "a\tb", "a\u00a0b", "a\u2028b", "a\x85b", "%", "", " ", "tệp tin.md", "a\x00b", "a\ufeffb")


def answer(question: str, status: Any = "answered", text: str = "Chưa rõ.") -> Answer:
    return Answer(
        "x", Request.of(question), question, text, status, "extractive", (), (), 0.5, {}, Fingerprint("e", None, "p", 1)
    )


def outcome(gold: GoldQuestion, ranking: tuple[str, ...] = (), **changes: Any) -> Outcome:
    return outcome_of(gold, Evidence((), (), 0.5, ranking=ranking), answer(gold.question, **changes), {})


def report(*outcomes: Outcome, name: str = "questions.jsonl") -> Report:
    return report_of(name, Conditions("p", "g", "c", {}, {}), outcomes)


def judged(seed: int) -> tuple[list[GoldQuestion], list[Outcome]]:
    """Questions with graded articles, and rankings of all kinds: whole, short, empty, longer than is kept."""
    rng = random.Random(seed)
    names = [*ODD, *(f"bài {place}" for place in range(60))]
    gold, outcomes = [], []
    for place in range(40):
        grades = {name: rng.randint(1, 3) for name in rng.sample(names, rng.randint(1, 12))}
        question = GoldQuestion(f"câu {place}", "Ở đâu?", qrels=grades)
        gold.append(question)
        outcomes.append(outcome(question, tuple(rng.sample(names, rng.choice((0, 1, 5, 20, 60))))))
    return gold, outcomes


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_run_and_its_judgements_score_elsewhere_as_here(seed: int) -> None:
    gold, outcomes = judged(seed)
    held = list(ir_measures.read_trec_qrels(qrels(gold)))  # type: ignore[no-untyped-call]
    run = list(ir_measures.read_trec_run(trec_run(report(*outcomes))))  # type: ignore[no-untyped-call]
    assert len(run) == sum(min(len(each.ranking), DEPTH) for each in outcomes)
    measures = {R @ 1: "recall@1", nDCG @ 10: "nDCG@10", RR @ 10: "MRR@10"}
    found = {(each.query_id, each.measure): each.value for each in ir_measures.iter_calc(list(measures), held, run)}
    for each in outcomes:
        for measure, name in measures.items():
            assert found[trec_id(each.id), measure] == pytest.approx(each.scores[name], abs=1e-9)


def test_a_run_falls_from_line_to_line() -> None:
    question = GoldQuestion("câu 1", "Ở đâu?", qrels={"a b": 2})
    assert trec_run(report(outcome(question, ("a b", "c")))) == (
        "câu%201 Q0 a%20b 1 2 hoidap\ncâu%201 Q0 c 2 1 hoidap\n"
    )
    assert qrels([question]) == "câu%201 0 a%20b 2\n"
    assert trec_run(report()) == qrels([]) == ""


def test_ids_are_one_word_and_stay_apart() -> None:
    written = [trec_id(name) for name in ODD]
    assert all(len(name.split()) == 1 and name.isprintable() for name in written)
    assert len(set(written)) == len(ODD)
    assert trec_id("tệp-1.md") == "tệp-1.md"


def cases(text: str) -> Mapping[str, ElementTree.Element]:
    return {str(case.get("name")): case for case in ElementTree.fromstring(text.encode()).iter("testcase")}


def test_wrong_replies_are_failures() -> None:
    right = GoldQuestion("đúng", "Nấu phở?", tags={"kind": "none"})
    wrong = GoldQuestion("sai", "Mấy ga?", qrels={"metro": 1}, answers=("12 ga", "mười hai"))
    text = junit(report(outcome(right, status="refused"), outcome(wrong, ("metro",))))
    suite = ElementTree.fromstring(text.encode())[0]
    assert {name: suite.get(name) for name in ("name", "tests", "failures", "errors")} == {
        "name": "questions",
        "tests": "2",
        "failures": "1",
        "errors": "0",
    }
    found = cases(text)
    assert found["đúng"].get("classname") == "questions.none"
    assert list(found["đúng"]) == []
    assert found["sai"].get("classname") == "questions"
    (failure,) = found["sai"]
    assert failure.get("type") == "article not read"
    assert failure.text == ("question: Mấy ga?\nexpected: 12 ga | mười hai\narticles: metro\ngot (answered): Chưa rõ.")


def test_what_should_have_been_refused_says_so() -> None:
    (failure,) = cases(junit(report(outcome(GoldQuestion("không", "Nấu phở?")))))["không"]
    assert failure.get("type") == "answered what is not held"
    assert "expected: a refusal" in str(failure.text)


def test_characters_that_xml_forbids_are_left_out() -> None:
    bad = "a\x00\x0b\x1f\ufffe\ud800z<b>&\"']]>\U0001f600"
    wrong = outcome(GoldQuestion("x", "Mấy ga?", answers=("b",)))
    wrong = replace(wrong, id=bad, question=bad, answer=bad, tags={"kind": bad})
    text = junit(report(wrong, name=f"{bad}.jsonl"))
    (case,) = cases(text).values()
    plain = "az<b>&\"']]>\U0001f600"
    assert case.get("name") == plain
    assert case.get("classname") == f"{plain}.{plain}"
    assert str(case[0].text).endswith(f"got (answered): {plain}")
