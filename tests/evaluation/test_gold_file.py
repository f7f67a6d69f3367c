from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from rag.assistant import Assistant
from rag.errors import GoldError
from rag.evaluation.gold import GoldQuestion, draw, load_gold
from rag.query.conversation import Turn

GOLD = Path(__file__).parents[1] / "gold" / "questions.jsonl"
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


def test_a_sample_is_the_same_each_time_and_in_order() -> None:
    questions = [GoldQuestion(f"q{number:02}", "Gì?") for number in range(50)]
    drawn = draw(questions, 10)
    assert drawn == draw(questions, 10) == sorted(drawn, key=lambda each: each.id)
    assert len({each.id for each in drawn}) == 10
    assert drawn != questions[:10]
    assert draw(questions, None) == draw(questions, 50) == draw(questions, 80) == questions
