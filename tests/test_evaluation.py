from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rag.answer import Answer, Fingerprint
from rag.assistant import Assistant
from rag.citations import Citation
from rag.conversation import Turn
from rag.errors import GoldError
from rag.evaluation import GoldQuestion, Outcome, Report, as_json, draw, evaluate, load_gold, table
from rag.evidence import Evidence, Quote

GOLD = Path(__file__).parent / "gold" / "questions.jsonl"
TINY: Sequence[Mapping[str, Any]] = (
    {
        "id": "ga",
        "question": "Tuyến Cát Linh – Hà Đông có bao nhiêu nhà ga?",
        "articles": {"metro-cat-linh-ha-dong.md": 1},
        "answers": ["12 nhà ga"],
    },
    {
        "id": "theo",
        "question": "Nó khởi công ngày nào?",
        "history": [{"question": "Tuyến Cát Linh – Hà Đông có bao nhiêu nhà ga?", "answer": "12 nhà ga."}],
        "articles": {"metro-cat-linh-ha-dong.md": 1},
    },
    {"id": "không", "question": "Cách nấu phở bò gia truyền như thế nào?", "articles": {}, "answers": []},
)


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.fixture
def tiny(tmp_path: Path) -> list[GoldQuestion]:
    return load_gold(write(tmp_path / "gold.jsonl", *(json.dumps(each, ensure_ascii=False) for each in TINY)))


# Reading


def test_a_gold_file_is_read(tiny: list[GoldQuestion]) -> None:
    assert [gold.id for gold in tiny] == ["ga", "theo", "không"]
    assert tiny[0].answers == ("12 nhà ga",)
    assert tiny[1].history == (Turn("Tuyến Cát Linh – Hà Đông có bao nhiêu nhà ga?", "12 nhà ga."),)
    assert [gold.answerable for gold in tiny] == [True, True, False]


def test_blank_lines_and_nfd_are_read(tmp_path: Path) -> None:
    (gold,) = load_gold(write(tmp_path / "g", "", '{"id": "7", "question": "A\u0302n gi\u0300?"}', "  "))
    assert gold == GoldQuestion("7", "Ân gì?", (), {}, ())


@pytest.mark.parametrize(("name", "not_held"), [("questions", 18), ("plain_words", 20)])
def test_the_gold_sets_of_the_sample_fit_it(sample: Assistant, name: str, not_held: int) -> None:
    gold = load_gold(GOLD.with_stem(name))
    known = {article.id for article in sample.articles()}
    for question in gold:
        assert set(question.qrels) <= known, question.id
        texts = [article.text for id in question.qrels if (article := sample.article(id))]
        assert all(any(answer in text for text in texts) for answer in question.answers), question.id
    assert sum(not question.answerable for question in gold) == not_held


GOOD = '{"id": "a", "question": "Gì?"}'


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "null",
        "[]",
        '"text"',
        "7",
        '{"question": "Gì?"}',
        '{"id": "b"}',
        '{"id": 7, "question": "Gì?"}',
        '{"id": null, "question": "Gì?"}',
        '{"id": "b", "question": null}',
        '{"id": "b", "question": 7}',
        '{"id": "b", "question": "  "}',
        '{"id": "a", "question": "Gì nữa?"}',
        '{"id": "b", "question": "Gì?", "answers": "một"}',
        '{"id": "b", "question": "Gì?", "answers": [7]}',
        '{"id": "b", "question": "Gì?", "answers": null}',
        '{"id": "b", "question": "Gì?", "articles": ["a.md"]}',
        '{"id": "b", "question": "Gì?", "articles": {"a.md": "tốt"}}',
        '{"id": "b", "question": "Gì?", "articles": {"a.md": null}}',
        '{"id": "b", "question": "Gì?", "history": "trước"}',
        '{"id": "b", "question": "Gì?", "history": [{"question": "Gì?"}]}',
        '{"id": "b", "question": "Gì?", "history": {"question": "Gì?", "answer": "Đây."}}',
    ],
)
def test_a_malformed_line_is_named(tmp_path: Path, line: str) -> None:
    path = write(tmp_path / "gold.jsonl", GOOD, "", line)
    with pytest.raises(GoldError, match=r"gold\.jsonl:3: "):
        load_gold(path)


def test_files_that_hold_no_questions(tmp_path: Path) -> None:
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    for path in (
        write(tmp_path / "empty", ""),
        write(tmp_path / "blank", " \n\n"),
        tmp_path / "none",
        tmp_path,
        tmp_path / "bytes",
    ):
        with pytest.raises(GoldError, match=str(path)):
            load_gold(path)


# Measuring, on the sample


def test_measures_of_the_sample(sample: Assistant, tiny: list[GoldQuestion]) -> None:
    told: list[tuple[int, int]] = []
    report = evaluate(sample, tiny, "extractive", lambda done, of: told.append((done, of)))
    assert told == [(1, 3), (2, 3), (3, 3)]
    ga, theo, none = report.outcomes
    assert (ga.status, theo.status, none.status) == ("answered", "answered", "refused")
    assert "Cát Linh – Hà Đông" in theo.standalone_question
    assert ga.ranking[0] == "metro-cat-linh-ha-dong.md"
    assert len(set(ga.ranking)) == len(ga.ranking)
    assert ga.scores["answer contains"] == ga.scores["a quote holds answer"] == 1.0
    assert "answer contains" not in theo.scores
    assert none.scores == {}
    assert report.means["recall@1"] == 1.0
    assert (report.means["refusal precision"], report.means["refusal recall"], report.means["refusal F1"]) == (1, 1, 1)
    assert report.means["answerable refused"] == 0.0


def test_a_report_is_plain_and_a_table_has_a_line_for_each_measure(sample: Assistant, tiny: list[GoldQuestion]) -> None:
    report = evaluate(sample, tiny[:1])
    plain = json.loads(json.dumps(as_json(report)))
    assert plain["questions"] == 1
    assert plain["means"] == dict(report.means)
    assert plain["outcomes"][0]["ranking"] == list(report.outcomes[0].ranking)
    assert [line.rsplit(maxsplit=1)[0].strip() for line in table(report)] == list(report.means)


# Measuring, by hand


class Answered:
    """An assistant whose answers are given."""

    def __init__(self, **answers: tuple[str, Sequence[str], Sequence[str]]) -> None:
        """Each answer is its status, the articles cited and the ranking."""
        self.answers = answers

    def stream(self, question: str, history: object, mode: object) -> Iterator[Evidence | Answer]:
        quotes = tuple(Quote(each, "", each, None, "vi", 0, 3, "Ba.", 1.0) for each in self.answers[question][1])
        yield Evidence(quotes, (), 0.5)
        yield self.answer(question, quotes)

    def answer(self, question: str, quotes: Sequence[Quote]) -> Answer:
        status = self.answers[question][0]
        citations = tuple(Citation(marker, quote, "supported") for marker, quote in enumerate(quotes, start=1))
        assert status in ("answered", "refused")
        text = "Ba. [1]" if status == "answered" else "Không tìm thấy."
        return Answer(
            id=question,
            question=question,
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

    def search(self, question: str, top_n: int) -> list[Quote]:
        return [Quote(each, "", each, None, "vi", 0, 3, "Ba.", 1.0) for each in self.answers[question][2]]


def gold(name: str, qrels: Mapping[str, int] | None = None, *answers: str) -> GoldQuestion:
    return GoldQuestion(name, name, (), qrels or {}, answers)


def measured(questions: Sequence[GoldQuestion], **answers: tuple[str, Sequence[str], Sequence[str]]) -> Report:
    assistant: Any = Answered(**answers)
    return evaluate(assistant, questions)


def test_each_mean_is_over_the_questions_that_it_applies_to() -> None:
    report = measured(
        [gold("q1", {"a": 1}, "ba"), gold("q2", {"a": 1}), gold("q3", None, "bốn"), gold("q4")],
        q1=("answered", ["a", "b"], ["a", "b"]),
        q2=("answered", ["b"], ["b", "a"]),
        q3=("answered", ["b"], []),
        q4=("refused", [], []),
    )
    means = report.means
    assert means["recall@1"] == 0.5
    assert means["recall@3"] == 1.0
    assert means["MRR@10"] == 0.75
    assert means["exact match"] == 0.5
    assert means["citation precision"] == (0.5 + 0.0) / 2
    assert means["citation recall"] == (1.0 + 0.0) / 2
    assert means["first quote holds answer"] == 1.0
    assert means["refusal F1"] == 1.0


def test_the_short_answer_is_compared_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assistant: Any = Answered(q1=("answered", ["a"], ["a"]))
    given = assistant.answer
    monkeypatch.setattr(
        assistant, "answer", lambda *asked: replace(given(*asked), text="3 ga. “Có 3 ga.” [1]", short="3 ga")
    )
    means = evaluate(assistant, [gold("q1", {"a": 1}, "3 ga")]).means
    assert (means["exact match"], means["token F1"], means["short answer exact match"]) == (1.0, 1.0, 1.0)
    assert means["answer contains"] == 1.0


def test_refusals_counted_by_hand() -> None:
    answered, refused = ("answered", ["a"], ["a"]), ("refused", (), ["a"])
    answerable = [gold(name, {"a": 1}, "ba") for name in ("q1", "q2", "q3", "q4")]
    unanswerable = [gold(name) for name in ("n1", "n2", "n3")]
    means = measured(
        [*answerable, *unanswerable],
        q1=answered, q2=answered, q3=answered, q4=refused, n1=refused, n2=refused, n3=answered,
    ).means  # fmt: skip
    assert means["refusal precision"] == pytest.approx(2 / 3)
    assert means["refusal recall"] == pytest.approx(2 / 3)
    assert means["refusal F1"] == pytest.approx(2 / 3)
    assert means["answerable refused"] == 0.25
    assert means["exact match"] == 0.75
    assert means["citation recall"] == 0.75
    assert means["citation precision"] == 1.0


def test_measures_that_apply_to_nothing_are_left_out() -> None:
    means = measured([gold("q1", {"a": 1})], q1=("answered", ["a"], ["a"])).means
    assert not any(name.startswith("refusal") or name in ("exact match", "token F1") for name in means)
    means = measured([gold("n1")], n1=("refused", (), ())).means
    assert set(means) == {"refusal precision", "refusal recall", "refusal F1", "seconds p50", "seconds p95"}


def test_outcomes_keep_what_they_were_computed_from() -> None:
    (outcome,) = measured([gold("q1", {"a": 1})], q1=("answered", ["a"], ["b", "a", "b"])).outcomes
    assert outcome == Outcome("q1", "q1", "Ba. [1]", "answered", 0.5, ("b", "a"), outcome.seconds, outcome.scores, {})


def test_evidence_counts_whether_it_is_shown_or_not() -> None:
    means = measured(
        [gold("q1", {"a": 1}, "ba"), gold("q2", {"a": 1}, "tư")],
        q1=("refused", ["a", "b"], ["a"]),
        q2=("answered", ["a", "b"], ["a"]),
    ).means
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
    return evaluate(assistant, [gold(name, {"a": 1}) for name in names]).means


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
    means = measured([gold("q1", {"a": 1})], q1=("answered", ["a"], ["a"])).means
    assert not any(name.startswith(("sentences", "fell back")) for name in means)


def test_a_sample_is_the_same_each_time_and_in_order() -> None:
    questions = [gold(f"q{number:02}") for number in range(50)]
    drawn = draw(questions, 10)
    assert drawn == draw(questions, 10) == sorted(drawn, key=lambda each: each.id)
    assert len({each.id for each in drawn}) == 10
    assert drawn != questions[:10]
    assert draw(questions, None) == draw(questions, 50) == draw(questions, 80) == questions
