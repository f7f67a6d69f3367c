from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from rag.answering.answer import Answer, Fingerprint
from rag.answering.citations import Citation
from rag.answering.evidence import Evidence
from rag.answering.quote import Quote
from rag.evaluation.gold import TODAY, GoldQuestion
from rag.evaluation.outcome import Outcome, agrees
from rag.evaluation.run import ask
from rag.evaluation.summary import Summary, summary
from rag.query.request import Request
from rag.retrieval.passage import Passage

GRADES = ("right", "partly right", "wrong", "refused wrongly")


def passage(article: str) -> Passage:
    return Passage(article, 1, "", article, None, "vi", "Ba.", 0, 3, 1.0, 0.9)


class Answered:
    """An assistant whose answers are given."""

    def __init__(self, **answers: tuple[str, Sequence[str], Sequence[str]]) -> None:
        """Each answer is its status, the articles cited and the ranking."""
        self.answers = answers
        self.days: list[object] = []

    def stream(self, question: str, history: object, *, only: object, today: object) -> Iterator[Evidence | Answer]:
        self.days.append(today)
        quotes = tuple(Quote(each, "", each, None, "vi", 0, 3, "Ba.", 1.0) for each in self.answers[question][1])
        ranking = tuple(dict.fromkeys(self.answers[question][2]))
        yield Evidence(quotes, tuple(map(passage, ranking[:5])), 0.5, ranking=ranking)
        yield self.answer(question, quotes)

    def answer(self, question: str, quotes: Sequence[Quote]) -> Answer:
        status = self.answers[question][0]
        citations = tuple(Citation(marker, quote, "supported") for marker, quote in enumerate(quotes, start=1))
        assert status in ("answered", "refused")
        text = "Ba. [1]" if status == "answered" else "Không tìm thấy."
        return Answer(
            id=question,
            request=Request.of(question),
            standalone_question=question,
            text=text,
            status="answered" if status == "answered" else "refused",
            mode="extractive",
            citations=citations,
            passages=(),
            confidence=0.5,
            timings={},
            fingerprint=Fingerprint("", None, None, 1),
        )


def gold(name: str, qrels: Mapping[str, int] | None = None, *answers: str) -> GoldQuestion:
    return GoldQuestion(name, name, (), qrels or {}, answers)


def outcomes(questions: Sequence[GoldQuestion], **answers: tuple[str, Sequence[str], Sequence[str]]) -> list[Outcome]:
    assistant: Any = Answered(**answers)
    return [ask(assistant, question) for question in questions]


def measured(
    questions: Sequence[GoldQuestion], **answers: tuple[str, Sequence[str], Sequence[str]]
) -> dict[str, float]:
    return means_of(summary(outcomes(questions, **answers)))


def means_of(found: Summary) -> dict[str, float]:
    return {name: mean.value for name, mean in found.means.items()}


def test_each_mean_is_over_the_questions_that_it_applies_to() -> None:
    means = measured(
        [gold("q1", {"a": 1}, "ba"), gold("q2", {"a": 1}), gold("q3", None, "bốn"), gold("q4")],
        q1=("answered", ["a", "b"], ["a", "b"]),
        q2=("answered", ["b"], ["b", "a"]),
        q3=("answered", ["b"], []),
        q4=("refused", [], []),
    )
    assert means["recall@1"] == 0.5
    assert means["recall@3"] == 1.0
    assert means["MRR@10"] == 0.75
    assert means["exact match"] == 0.5
    assert means["citation precision"] == (0.5 + 0.0) / 2
    assert means["citation recall"] == (1.0 + 0.0) / 2
    assert means["first quote holds answer"] == 1.0
    assert means["refusal precision"] == means["refusal recall"] == 1.0


def test_the_short_answer_is_compared_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assistant: Any = Answered(q1=("answered", ["a"], ["a"]))
    given = assistant.answer
    monkeypatch.setattr(
        assistant, "answer", lambda *asked: replace(given(*asked), text="3 ga. “Có 3 ga.” [1]", short="3 ga")
    )
    means = means_of(summary([ask(assistant, gold("q1", {"a": 1}, "3 ga"))]))
    assert (means["exact match"], means["token F1"], means["short answer exact match"]) == (1.0, 1.0, 1.0)
    assert means["answer contains"] == 1.0


def test_refusals_counted_by_hand() -> None:
    answered, refused = ("answered", ["a"], ["a"]), ("refused", (), ["a"])
    answerable = [gold(name, {"a": 1}, "ba") for name in ("q1", "q2", "q3", "q4")]
    unanswerable = [gold(name) for name in ("n1", "n2", "n3")]
    means = measured(
        [*answerable, *unanswerable],
        q1=answered, q2=answered, q3=answered, q4=refused, n1=refused, n2=refused, n3=answered,
    )  # fmt: skip
    assert means["refusal precision"] == pytest.approx(2 / 3)
    assert means["refusal recall"] == pytest.approx(2 / 3)
    assert means["answerable refused"] == 0.25
    assert means["exact match"] == 0.75
    assert means["citation recall"] == 0.75
    assert means["citation precision"] == 1.0


def test_measures_that_apply_to_nothing_are_left_out() -> None:
    means = measured([gold("q1", {"a": 1})], q1=("answered", ["a"], ["a"]))
    assert not any(name.startswith("refusal") or name in ("exact match", "token F1") for name in means)
    means = measured([gold("n1")], n1=("refused", (), ()))
    assert set(means) == {"refusal precision", "refusal recall", *GRADES}


@pytest.mark.parametrize("doubtful", [True, False])
def test_what_is_doubted_is_a_share_of_wrong_and_of_right_answers(
    monkeypatch: pytest.MonkeyPatch, doubtful: bool
) -> None:
    assistant: Any = Answered(q1=("answered", ["a"], ["a"]), q2=("answered", ["a"], ["a"]))
    given = assistant.answer
    monkeypatch.setattr(assistant, "answer", lambda *asked: replace(given(*asked), doubtful=doubtful))
    for asked, grade, other in (
        (gold("q1", {"a": 1}, "ba"), "right", "wrong"),
        (gold("q2", {"a": 1}, "bốn"), "wrong", "right"),
    ):
        scores = ask(assistant, asked).scores
        assert scores[f"{grade}, doubted"] == float(doubtful)
        assert f"{other}, doubted" not in scores


def test_outcomes_keep_what_they_were_computed_from() -> None:
    (outcome,) = outcomes([gold("q1", {"a": 1}, "bốn")], q1=("answered", ["a"], ["b", "a", "b"]))
    assert (outcome.id, outcome.answer, outcome.status, outcome.confidence) == ("q1", "Ba. [1]", "answered", 0.5)
    assert (outcome.ranking, outcome.read, outcome.quotes) == (("b", "a"), ("b", "a"), ("Ba.",))
    assert (outcome.expected, outcome.relevant, outcome.tags) == (("bốn",), ("a",), {"language": "und"})


def test_evidence_counts_whether_it_is_shown_or_not() -> None:
    means = measured(
        [gold("q1", {"a": 1}, "ba"), gold("q2", {"a": 1}, "tư")],
        q1=("refused", ["a", "b"], ["a"]),
        q2=("answered", ["a", "b"], ["a"]),
    )
    assert means["evidence@1 holds answer"] == means["evidence@3 holds answer"] == 0.5
    assert means["answer contains"] == 0.0


def written(monkeypatch: pytest.MonkeyPatch, *answers: Mapping[str, Any]) -> Mapping[str, float]:
    """The means over answers that a language model was asked for, changed in this."""
    names = [f"q{number}" for number in range(len(answers))]
    assistant: Any = Answered(**{name: ("answered", ["a", "a"], ["a"]) for name in names})
    given, changes = assistant.answer, dict(zip(names, answers, strict=True))

    def answer(question: str, quotes: Sequence[Quote]) -> Any:
        plain = given(question, quotes)
        citations = (plain.citations[0], replace(plain.citations[1], support="partly"))
        return replace(plain, **{"mode": "generative", "citations": citations, **changes[question]})

    monkeypatch.setattr(assistant, "answer", answer)
    return means_of(summary([ask(assistant, gold(name, {"a": 1})) for name in names]))


def test_sentences_that_a_model_wrote_counted_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    means = written(
        monkeypatch,
        {"text": "Ba. [1] Bốn. [2] Năm. [1][2]"},
        {"text": "Ba. [1]", "unsupported": 1},
        {"text": "Ba. [1] Bốn. [2]", "mode": "extractive", "notice": "Không trả lời được.", "unsupported": 3},
        {"text": "Không tìm thấy.", "status": "refused"},
    )
    assert means["sentences supported"] == 2 / 8
    assert means["sentences partly"] == 2 / 8
    assert means["sentences dropped"] == 4 / 8
    assert means["fell back to quotes"] == pytest.approx(1 / 3)


def test_a_sentence_that_is_marked_and_stays_counts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    means = written(monkeypatch, {"text": "Ba. [1] Sáu (chưa kiểm chứng được).", "unsupported": 1})
    assert (means["sentences supported"], means["sentences dropped"]) == (0.5, 0.5)


def test_of_quotes_alone_no_sentence_is_counted() -> None:
    means = measured([gold("q1", {"a": 1})], q1=("answered", ["a"], ["a"]))
    assert not any(name.startswith(("sentences", "fell back")) for name in means)


@pytest.mark.parametrize(
    ("question", "given", "fault"),
    [
        (gold("q1", {"a": 1}, "ba"), ("answered", ["a"], ["a"]), None),
        (gold("q1", {"a": 1}, "bốn"), ("answered", ["a"], ["a"]), "wrong sentence"),
        (gold("q1", {"a": 1}, "bốn"), ("answered", ["b"], ["b"]), "article not found"),
        (gold("q1", {"a": 1}, "bốn"), ("answered", ["b"], [*"bcdefg", "a"]), "article not read"),
        (gold("q1", {"a": 1}, "ba"), ("refused", [], ["a"]), "refused what is held"),
        (gold("q1", {"a": 1}, "ba"), ("refused", [], ["b"]), "article not found"),
        (gold("q1"), ("answered", ["a"], ["a"]), "answered what is not held"),
        (gold("q1"), ("refused", [], ["a"]), None),
        (replace(gold("q1", {"a": 1}, "ba"), must_not=("Ba",)), ("answered", ["a"], ["a"]), "wrong sentence"),
        (replace(gold("q1", {"a": 1}, "ba", "bốn"), every=True), ("answered", ["a"], ["a"]), "wrong sentence"),
    ],
)
def test_the_first_stage_that_went_wrong_is_at_fault(
    question: GoldQuestion, given: tuple[str, Sequence[str], Sequence[str]], fault: str | None
) -> None:
    (outcome,) = outcomes([question], q1=given)
    assert outcome.fault == fault
    assert outcome.scores["right"] == float(fault is None)


def asked(question: GoldQuestion, status: str = "answered", article: str = "a", **changes: Any) -> Outcome:
    """The outcome of an answer that quotes an article, changed in this."""
    assistant: Any = Answered(q1=(status, [article], ["a"]))
    given = assistant.answer
    assistant.answer = lambda *said: replace(given(*said), **changes)
    return ask(assistant, question)


@pytest.mark.parametrize(
    ("question", "text", "grade"),
    [
        (gold("q1", {"a": 1}, "ba"), "Ba. [1]", "right"),
        (gold("q1", {"a": 1}, "bốn"), "Ba. [1]", "wrong"),
        (gold("q1"), "Ba. [1]", "wrong"),
        (gold("q1", {"a": 1}, "ba", "bốn"), "Ba. [1]", "right"),
        (replace(gold("q1", {"a": 1}, "ba", "bốn"), every=True), "Ba, bốn. [1]", "right"),
        (replace(gold("q1", {"a": 1}, "ba", "bốn"), every=True), "Ba. [1]", "partly right"),
        (replace(gold("q1", {"a": 1}, "ba", "bốn"), every=True), "Sáu. [1]", "wrong"),
        (replace(gold("q1", {"a": 1}, "ba", "bốn"), every=True, must_not=("năm",)), "Ba, năm. [1]", "wrong"),
    ],
)
def test_an_answer_has_one_grade(question: GoldQuestion, text: str, grade: str) -> None:
    scores = asked(question, text=text).scores
    assert {name: scores[name] for name in GRADES} == {name: float(name == grade) for name in GRADES}


@pytest.mark.parametrize(
    ("question", "grade"),
    [
        (gold("q1", {"a": 1}, "ba"), "refused wrongly"),
        (replace(gold("q1", {"a": 1}, "tìm", "bốn"), every=True), "refused wrongly"),
        (replace(gold("q1"), reply="vague"), "refused wrongly"),
        (replace(gold("q1"), reply="order"), "refused wrongly"),
        (gold("q1"), "right"),
    ],
)
def test_a_refusal_has_one_grade(question: GoldQuestion, grade: str) -> None:
    scores = asked(question, "refused").scores
    assert {name: scores[name] for name in GRADES} == {name: float(name == grade) for name in GRADES}


def test_of_grades_there_is_one_in_all() -> None:
    means = measured(
        [
            gold("q1", {"a": 1}, "ba"), replace(gold("q2", {"a": 1}, "ba", "bốn"), every=True),
            gold("q3", {"a": 1}), gold("q4"),
        ],
        q1=("answered", ["a"], ["a"]), q2=("answered", ["a"], ["a"]), q3=("refused", [], ["a"]),
        q4=("answered", ["a"], ["a"]),
    )  # fmt: skip
    assert [means[name] for name in GRADES] == [0.25] * 4


@pytest.mark.parametrize("wanted", ["small_talk", "order"])
@pytest.mark.parametrize(
    ("status", "kind", "fault"),
    [
        ("answered", "small_talk", None),
        ("answered", "order", None),
        ("answered", "fact", "wrong wording"),
        ("answered", "collection", "wrong wording"),
        ("refused", "fact", "refused what is held"),
    ],
)
def test_what_is_no_question_is_answered_as_such(wanted: Any, status: str, kind: str, fault: str | None) -> None:
    assert asked(replace(gold("q1"), reply=wanted), status, kind=kind).fault == fault


def test_articles_to_choose_from_are_to_be_the_right_ones() -> None:
    choice = replace(gold("q1", {"a": 1}), reply="vague")
    assert asked(choice, kind="vague").fault is None
    assert asked(choice, kind="vague", article="b").fault == "wrong sentence"
    count = replace(gold("q1", None, "20 bài"), reply="collection")
    assert asked(count, kind="collection", text="Bộ sưu tập có 20 bài.").fault is None
    assert asked(count, kind="collection", text="Bộ sưu tập có 21 bài.").fault == "wrong sentence"


def test_a_short_answer_is_not_held_against_a_reply_of_another_form() -> None:
    counted = gold("q1", {"a": 1}, "ba")
    assert asked(counted, short="bốn").fault == "wrong short answer"
    assert asked(replace(counted, every=True), short="bốn").fault is None
    assert asked(replace(counted, reply="collection"), short="bốn", kind="collection").fault is None


@pytest.mark.parametrize("reply", ["vague", "collection"])
def test_a_reply_of_another_kind_is_wrong(reply: Any) -> None:
    found = asked(replace(gold("q1"), reply=reply), kind="fact")
    assert (found.scores["right"], found.fault) == (0.0, "wrong wording")


def test_a_follow_up_whose_article_is_not_read_was_misread() -> None:
    from rag.query.conversation import Turn

    follow_up = replace(gold("q1", {"a": 1}, "ba"), history=(Turn("Gì?", "Đây."),))
    (outcome,) = outcomes([follow_up], q1=("answered", ["b"], ["b"]))
    assert outcome.fault == "follow-up misread"


def test_questions_are_asked_on_their_day() -> None:
    assistant: Any = Answered(q1=("answered", ["a"], ["a"]))
    ask(assistant, gold("q1", {"a": 1}))
    ask(assistant, replace(gold("q1", {"a": 1}), today="2024-09-28"))
    assert assistant.days == [TODAY, "2024-09-28"]


@pytest.mark.parametrize(
    ("answer", "reference", "agreeing"),
    [
        ("13 km", "13 km", True),
        ("khoảng 13 km", "13 km", True),
        ("13", "13 km", True),
        ("682 mètres", "1 682 mètres", False),
        ("1", "1 tỷ", False),
        ("1 tỷ", "1 tỷ 200 triệu", False),
        ("ông Trần Sỹ Thanh", "Trần Sỹ Thanh", True),
        ("12 km", "13 km", False),
        ("một câu rất dài có 13 km ở trong", "13 km", False),
    ],
)
def test_an_answer_agrees_with_a_reference(answer: str, reference: str, agreeing: bool) -> None:
    assert agrees(answer, [reference]) is agreeing
