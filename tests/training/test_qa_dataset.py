from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from rag.errors import GoldError
from rag.training.qa_dataset import (
    Context,
    QaRecord,
    held_out_keys,
    load_articles,
    load_qa_dataset,
    neighbouring_contexts,
    on_parallel_texts,
    without_answer,
)

TEXT = "Cầu Vàng dài 450 m và cao 45 m."
NONE: frozenset[str] = frozenset()


def line(**fields: Any) -> dict[str, Any]:
    answered = {"answers": ["450 m"], "answer_starts": [13], "language": "vi"}
    return {"id": "q1", "question": "Cầu dài bao nhiêu?", "context": TEXT, **answered, **fields}


def write(path: Path, *lines: dict[str, Any]) -> Path:
    text = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in lines)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def record(text: str = TEXT, answer: str = "450 m", **fields: Any) -> QaRecord:
    start = text.index(answer)
    values = {"id": "q", "question": "?", "title": "Tin", "language": "vi", **fields}
    return QaRecord(text=text, answers=((start, start + len(answer)),), **values)


@pytest.mark.parametrize("name", ["set.jsonl", "set.jsonl.gz"])
def test_records_are_read_in_order(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name, line(), line(id="q2", answers=[], answer_starts=[]))
    one, two = load_qa_dataset(path, {}, NONE)
    assert (one.id, one.title, one.text, one.answers) == ("q1", "", TEXT, ((13, 18),))
    assert (two.id, two.answers) == ("q2", ())


def test_a_title_before_the_text_is_no_part_of_it(tmp_path: Path) -> None:
    context = f"Cầu Vàng [SEP] {TEXT}"
    path = write(tmp_path / "s.jsonl", line(context=context, answer_starts=[context.index("450")]))
    (found,) = load_qa_dataset(path, {}, NONE)
    assert (found.title, found.text, found.answers) == ("Cầu Vàng", TEXT, ((13, 18),))


def test_the_start_tells_which_of_several_occurrences(tmp_path: Path) -> None:
    text = "450 m là ngắn. Cầu dài 450 m."
    path = write(tmp_path / "s.jsonl", line(context=text, answer_starts=[24]))
    (found,) = load_qa_dataset(path, {}, NONE)
    assert found.answers == ((23, 28),)


def test_a_text_is_referred_to_by_id(tmp_path: Path) -> None:
    articles = load_articles(write(tmp_path / "a.jsonl", {"id": "a", "title": "Cầu Vàng", "text": TEXT}))
    path = write(tmp_path / "s.jsonl", {key: value for key, value in line(article="a").items() if key != "context"})
    (found,) = load_qa_dataset(path, articles, NONE)
    assert (found.title, found.text) == ("Cầu Vàng", TEXT)
    with pytest.raises(GoldError, match=r"s\.jsonl:1: .*'a'"):
        load_qa_dataset(path, {}, NONE)


@pytest.mark.parametrize(
    "held",
    [
        [{"id": "q1", "question": "Gì?"}],
        [{"id": "vi-q1", "question": "Gì?"}],
        [{"id": "a", "title": "Tin", "text": f"  {TEXT.upper()}!"}],
        [{"id": "another", "question": "Gì?", "articles": ["a"]}],
    ],
)
@pytest.mark.parametrize("prefix", ["", "en-"])
def test_records_over_held_out_contexts_are_left_out(tmp_path: Path, held: list[Any], prefix: str) -> None:
    lines = line(id=f"{prefix}q1", article="a"), line(id="q2", article="a"), line(id="q3", context="Tin khác: 450 m.")
    path = write(tmp_path / "s.jsonl", *lines)
    held_out = held_out_keys([write(tmp_path / "held.jsonl", *held)])
    assert [each.id for each in load_qa_dataset(path, {"a": Context("", TEXT)}, held_out)] == ["q3"]


@pytest.mark.parametrize(
    "malformed",
    ["{", "3", "[]", "{}", json.dumps(line(answers=["600 m"])), json.dumps(line(answer_starts=[]))],
)
def test_a_malformed_line_is_named(tmp_path: Path, malformed: str) -> None:
    path = tmp_path / "s.jsonl"
    path.write_text(f"{json.dumps(line())}\n\n{malformed}\n", encoding="utf-8")
    with pytest.raises(GoldError, match=r"s\.jsonl:3: "):
        load_qa_dataset(path, {}, NONE)
    with pytest.raises(GoldError, match=r"s\.jsonl"):
        load_articles(path)


@pytest.mark.parametrize("content", [None, b"\xff\xfe", gzip.compress(b"{}" * 99, mtime=0)[:-9]])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / ("s.jsonl" if content is None or content[:1] == b"\xff" else "s.jsonl.gz")
    if content is not None:
        path.write_bytes(content)
    for read in (lambda: load_qa_dataset(path, {}, NONE), lambda: held_out_keys([path]), lambda: load_articles(path)):
        with pytest.raises(GoldError, match=r"s\.jsonl"):
            read()


def test_a_line_may_hold_the_other_marks_that_end_lines(tmp_path: Path) -> None:
    path = write(tmp_path / "s.jsonl", {"id": "q1", "question": "Gì\u2028đó?"})
    assert "q1" in held_out_keys([path])


def test_a_text_that_contains_the_answer_is_no_negative() -> None:
    others = [Context("a", TEXT), Context("b", "Ở đây dài 450 M."), Context("c", "Ở đây dài 45 m.")]
    (negative,) = without_answer(record(), others)
    assert (negative.title, negative.text, negative.answers) == ("c", "Ở đây dài 45 m.", ())


def test_neighbours_are_the_texts_nearest_in_the_set() -> None:
    records = [record(f"Bài {letter}: 450 m.") for letter in "aabcdef"]
    near = neighbouring_contexts(records)
    assert [text for _, text in near["Bài c: 450 m."]] == [f"Bài {each}: 450 m." for each in "abde"]
    assert [text for _, text in near["Bài a: 450 m."]] == ["Bài b: 450 m.", "Bài c: 450 m."]


def test_a_question_goes_before_the_parallel_text() -> None:
    english = record("The Golden Bridge in Da Nang opened in 2018 and is 150 metres long.", "2018", language="en")
    same, other = "Cầu Golden Bridge ở Da Nang mở cửa năm 2018, dài 150 mét.", "Hồ Gươm ở Hà Nội có từ năm 1428."
    (found,) = on_parallel_texts([english], [other, same])
    assert found.text == same
    assert [same[start:end] for start, end in found.answers] == ["2018"]
    assert not list(on_parallel_texts([english], [other]))
