from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rag.answering.refusal import refusal
from rag.assistant import Assistant
from rag.config import ChunkSettings
from rag.index.ingest import ingest
from rag.index.snapshot import Collection
from rag.query.conversation import Turn
from rag.query.query import make_query
from rag.retrieval.passage import Passage
from tests.doubles import HashEmbedder

Say = Callable[..., str]


def passage(text: str, title: str = "", language: str = "vi") -> Passage:
    return Passage("a", 1, title, "a", None, language, text, 0, len(text), 1.0, 1.0)


@pytest.fixture
def say(tmp_path: Path) -> Say:
    """The refusal of a question over a collection with one article."""
    (tmp_path / "a.txt").write_text("Cầu\nCầu Vàng ở Đà Nẵng dài 150 m.", encoding="utf-8")
    embedder = HashEmbedder()
    ingest(tmp_path / "i", [tmp_path / "a.txt"], embedder, ChunkSettings())
    statistics = Collection(tmp_path / "i", embedder).snapshot().statistics
    return lambda question, language, *passages: refusal(make_query(question, statistics, embedder), language, passages)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("vi", "Không tìm thấy"),
        ("en", "was not found"),
        ("fr", "ne se trouve pas"),
        ("de", "nicht gefunden"),
        ("es", "no se encontró"),
        ("zh", "没有找到"),
        ("ja", "見つかりません"),
        ("th", "was not found"),
        ("und", "was not found"),
    ],
)
def test_a_refusal_speaks_the_language_of_the_question(say: Say, language: str, said: str) -> None:
    assert said in say("Cầu Vàng?", language)


def test_it_says_what_was_looked_for_and_what_is_not_mentioned(say: Say) -> None:
    said = say("Khi nào Cầu Rồng ở Đà Nẵng được khánh thành?", "vi", passage("Cầu Vàng ở Đà Nẵng dài 150 m."))
    assert said == (
        "Không tìm thấy câu trả lời trong bộ bài viết này. Đã tìm: Cầu Rồng, Đà Nẵng, khánh thành."
        " Các đoạn gần nhất không nhắc đến: Cầu Rồng, khánh thành."
    )


def test_a_name_is_missing_when_no_passage_holds_it_whole(say: Say) -> None:
    near = (passage("Trần Văn Hùng kể."), passage("Ông An đến."))
    assert say("Ai là Trần Văn An?", "vi", *near).endswith("không nhắc đến: Trần Văn An.")
    assert "không nhắc đến" not in say("Ai là Trần Văn Hùng?", "vi", *near)


def test_words_of_a_title_and_in_the_other_case_are_mentioned(say: Say) -> None:
    said = say(
        "What is the length of the Golden Bridge?", "en", passage("It is long, the LENGTH says.", "Golden bridge", "en")
    )
    assert said == "The answer was not found in this collection. Looked for: length, Golden Bridge."


def test_diacritics_are_as_the_question_is_compared(say: Say) -> None:
    assert "nhắc đến" not in say("dai bao nhieu cau vang da nang", "vi", passage("Cầu Vàng ở Đà Nẵng dài 150 m."))


def test_nothing_is_said_of_passages_in_another_language(say: Say) -> None:
    question = "When was the Dragon Bridge opened?"
    assert say(question, "en", passage("Cầu Rồng.")).endswith("Looked for: Dragon Bridge opened.")
    assert "mention" not in say(question, "en")
    both = say(question, "en", passage("Cầu Dragon Bridge."), passage("A bridge.", language="en"))
    assert both.endswith("The nearest passages in the same language do not mention: opened.")


def test_a_script_without_blanks(say: Say) -> None:
    said = say("金桥有多长？", "zh", passage("龙桥很长。", language="zh"))
    assert said.startswith("在这些文章中没有找到答案。已查找：")
    assert "金" in said.split("没有提到")[1]


def test_a_long_question_is_cut(say: Say) -> None:
    said = say("cầu " + " ".join(f"từ{number}" for number in range(300)), "vi", passage("Cầu."))
    assert len(said) < 500
    assert said.count(" ….") == 2


def test_a_question_of_small_words_alone(say: Say) -> None:
    assert say("Là gì?", "vi", passage("Cầu.")).startswith("Không tìm thấy câu trả lời trong bộ bài viết này. Đã tìm: ")


def test_a_follow_up_is_refused_with_what_it_is_about(sample: Assistant) -> None:
    history = sample.ask("Tuyến Cát Linh – Hà Đông có bao nhiêu nhà ga?")
    assert history.status == "answered"
    turns = (Turn(history.question, history.text),)
    answer = sample.ask("Nó được sơn màu tím violet bởi họa sĩ nào?", turns)
    assert answer.status == "refused"
    assert "Cát Linh" in answer.text.split("không nhắc đến")[0]
    assert "violet" in answer.text.split("không nhắc đến")[1]
    assert answer.passages


def test_what_was_asked_holds_no_markers(say: Say) -> None:
    assert "Rồng(1)mới" in say("Cầu Rồng[1]mới ở đâu?", "vi")
