from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rag.assistant import Assistant
from rag.errors import GoldError
from rag.evaluation.gold import GoldQuestion, load_gold, parse_line
from rag.evaluation.run import run
from rag.index.filter import Filter

WHOLE = {
    "id": "a",
    "question": "Năm ngoái cầu nào dài nhất?",
    "articles": {"cau.md": 1, "khac.md": 0},
    "answers": ["Nhật Tân", "Thăng Long"],
    "match": "all",
    "must_not": ["Long Biên"],
    "today": "2025-03-01",
    "tags": {"language": "vi", "kind": "plain"},
    "filter": {"since": "2024", "languages": ["vi-VN"], "articles": ["cau.md"]},
    "draft": True,
}


def parsed(**fields: Any) -> GoldQuestion:
    return parse_line("gold.jsonl:1", json.dumps({"id": "a", "question": "Gì?", **fields}))


def test_a_line_may_carry_all_of_it() -> None:
    gold = parsed(**WHOLE)
    assert (gold.answers, gold.every, gold.must_not) == (("Nhật Tân", "Thăng Long"), True, ("Long Biên",))
    assert (gold.today, gold.tags, gold.draft) == ("2025-03-01", {"language": "vi", "kind": "plain"}, True)
    assert gold.qrels == {"cau.md": 1, "khac.md": 0}
    assert gold.only == Filter(since="2024", languages=("vi",), articles=("cau.md",))


def test_what_a_line_leaves_out_says_nothing() -> None:
    gold = parsed()
    assert gold == GoldQuestion("a", "Gì?")
    assert not gold.answerable
    assert not any((gold.every, gold.must_not, gold.today, gold.tags, gold.only, gold.draft))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"anwsers": ["12"]}, "unknown field 'anwsers'"),
        ({"match": "some"}, "none of any, all"),
        ({"reply": "fact"}, "'fact' is none of collection, vague, small_talk, order"),
        ({"reply": ""}, "'' is none of"),
        ({"reply": None}, "None is none of"),
        ({"reply": ["order"]}, "is none of"),
        ({"must_not": "12"}, "not a list"),
        ({"must_not": [""]}, "not a text"),
        ({"today": "hôm qua"}, "Invalid isoformat"),
        ({"today": 2025}, "TypeError"),
        ({"tags": ["vi"]}, "AttributeError"),
        ({"tags": {"language": 1}}, "not a text"),
        ({"filter": {"since": "hôm qua"}}, "is no date"),
        ({"filter": {"author": "An"}}, "unexpected keyword"),
        ({"filter": "vi"}, "TypeError"),
    ],
)
def test_a_malformed_field_is_named_with_its_place(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(GoldError, match=said) as raised:
        parsed(**fields)
    assert str(raised.value).startswith("gold.jsonl:1: ")


@pytest.mark.parametrize("reply", ["small_talk", "order", "collection", "vague"])
def test_a_reply_without_an_article_is_no_refusal(reply: str) -> None:
    gold = parsed(reply=reply)
    assert (gold.reply, gold.answers, gold.relevant) == (reply, (), ())
    assert gold.answerable
    assert parsed().reply is None


def test_articles_of_no_grade_hold_no_answer() -> None:
    assert not parsed(articles={"a": 0}).answerable
    assert parsed(articles={"a": 1}).answerable
    assert parsed(answers=["12"]).answerable


def test_a_line_that_is_nested_without_end_is_malformed() -> None:
    with pytest.raises(GoldError):
        parse_line("gold.jsonl:1", "[" * 100_000)


def test_drafts_are_not_asked(sample: Assistant, tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text(json.dumps({"id": "a", "question": "Gì?", "draft": True}), encoding="utf-8")
    with pytest.raises(GoldError, match="1 questions are drafts"):
        run(sample.config, load_gold(path))
