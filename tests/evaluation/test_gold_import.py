from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from rag.cli.gold import app
from rag.documents.formats import Loaded, load
from rag.errors import GoldError
from rag.evaluation.gold import GoldQuestion, load_gold
from rag.evaluation.gold_import import read_foreign
from rag.query.conversation import Turn

CONTEXT = "Cầu Sông Vàng dài 450 m, thông xe ngày 2/9."


def squad(path: Path, *paragraphs: Any, title: Any = "Cầu_Sông_Vàng") -> Path:
    data = {"version": "2.0", "data": [{"title": title, "paragraphs": list(paragraphs)}]}
    path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    return path


def asked(id: str, *answers: str, **fields: Any) -> dict[str, Any]:
    return {
        "id": id,
        "question": f"Hỏi {id}?",
        "answers": [{"text": answer, "answer_start": CONTEXT.find(answer)} for answer in answers],
        **fields,
    }


def gold_of(file: Path, tmp_path: Path, language: str | None = None) -> list[GoldQuestion]:
    written = tmp_path / "written.jsonl"
    written.write_text("\n".join(read_foreign(file, language).gold), encoding="utf-8")
    return load_gold(written)


def test_squad_with_answers_and_without(tmp_path: Path) -> None:
    impossible = asked("không", is_impossible=True, plausible_answers=[{"text": "450 m", "answer_start": 18}])
    qas = [asked("dài", "450 m", "450 m", "dài 450 m"), {**asked("xe", "ngày 2/9"), "is_impossible": False}, impossible]
    file = squad(tmp_path / "a.json", {"context": CONTEXT, "qas": qas})
    article = f"squad-{hashlib.sha256(CONTEXT.encode()).hexdigest()[:16]}"
    long, opened, refused = gold_of(file, tmp_path, "vi")
    assert long.answers == ("450 m", "dài 450 m")
    assert long.qrels == opened.qrels == {article: 1}
    assert long.tags == {"language": "vi", "source": "squad"}
    assert not refused.answerable
    assert refused.tags["kind"] == "none"


def test_contexts_are_articles_that_can_be_ingested(tmp_path: Path) -> None:
    paragraphs = [{"context": text, "qas": [asked(str(number), "450 m")]} for number, text in enumerate([CONTEXT] * 2)]
    paragraphs.append({"context": f" Khác: {CONTEXT}\r\n", "qas": [asked("khác", "450 m")]})
    found = read_foreign(squad(tmp_path / "a.json", *paragraphs))
    path = tmp_path / "articles.jsonl"
    path.write_text("\n".join(found.articles), encoding="utf-8")
    articles = [each.article for each in load(path) if isinstance(each, Loaded)]
    assert [each.text for each in articles] == [CONTEXT, f"Khác: {CONTEXT}"]
    assert {each.title for each in articles} == {"Cầu Sông Vàng"}
    assert {each.language for each in articles} == {"vi"}
    named = [next(iter(json.loads(line)["articles"])) for line in found.gold]
    assert named == [articles[0].id, articles[0].id, articles[1].id]


@pytest.mark.parametrize(
    ("paragraph", "said"),
    [
        ({"context": CONTEXT, "qas": [asked("a")]}, "qas[0]: ValueError: no answer stands in its context"),
        ({"context": CONTEXT, "qas": [asked("a", "540 m")]}, "no answer stands in its context"),
        ({"context": CONTEXT, "qas": [{"id": "a"}]}, "qas[0]: KeyError: 'question'"),
        ({"context": CONTEXT, "qas": [{**asked("a", "450 m"), "question": ""}]}, "KeyError: 'question'"),
        ({"context": CONTEXT, "qas": [{**asked("a"), "answers": [None]}]}, "TypeError"),
        ({"context": CONTEXT, "qas": ["a"]}, "TypeError"),
        ({"context": CONTEXT, "qas": [asked("gut", "450 m")]}, "the id 'gut' was there before"),
        ({"context": "", "qas": []}, "paragraphs[1]: its context is empty"),
        ({"qas": []}, "paragraphs[1]: is no paragraph"),
        (None, "paragraphs[1]: is no paragraph"),
    ],
)
def test_what_is_bad_in_squad_is_told_with_its_place(tmp_path: Path, paragraph: Any, said: str) -> None:
    file = squad(tmp_path / "a.json", {"context": CONTEXT, "qas": [asked("gut", "450 m")]}, paragraph)
    found = read_foreign(file)
    assert len(found.gold) == 1
    (told,) = found.passed_over
    assert told.startswith(f"{file}: data[0].paragraphs[1]")
    assert said in told


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"data": {}}', '{"data": []}', '{"data": [7]}', "[" * 100_000])
def test_what_is_no_squad_is_an_error(tmp_path: Path, text: str) -> None:
    file = tmp_path / "a.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(GoldError, match=r"a\.json"):
        read_foreign(file)


# CSV

ROWS = (
    "question{0}answers{0}article{0}id{0}history{0}tags{0}match{0}must_not{0}today\n"
    "Dài bao nhiêu?{0}450 m | 450{0}cau.md{0}dài{0}Cầu nào? | Cầu Sông Vàng.{0}kind=plain|subject=cầu{0}all{0}540 m{0}"
    "2025-03-01\n"
)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_table_is_read_whatever_parts_its_cells(tmp_path: Path, delimiter: str, encoding: str) -> None:
    file = tmp_path / "a.csv"
    file.write_text(ROWS.format(delimiter), encoding=encoding)
    (gold,) = gold_of(file, tmp_path, "vi")
    assert (gold.id, gold.question, gold.answers) == ("dài", "Dài bao nhiêu?", ("450 m", "450"))
    assert (gold.qrels, gold.every, gold.must_not, gold.today) == ({"cau.md": 1}, True, ("540 m",), "2025-03-01")
    assert gold.history == (Turn("Cầu nào?", "Cầu Sông Vàng."),)
    assert gold.tags == {"language": "vi", "kind": "plain", "subject": "cầu"}


def test_a_question_without_an_id_gets_the_same_one_each_time(tmp_path: Path) -> None:
    file, other = tmp_path / "a.csv", tmp_path / "b.csv"
    file.write_text('Question,Answer\n"Dài, bao nhiêu?",450 m\nRộng?,\n', encoding="utf-8")
    other.write_text("answer;question\n;Rộng?\n", encoding="utf-8")
    long, wide = gold_of(file, tmp_path)
    assert (long.question, long.answers) == ("Dài, bao nhiêu?", ("450 m",))
    assert not wide.answerable
    assert gold_of(other, tmp_path) == [wide]


def test_bad_rows_are_told_by_line_and_the_rest_goes_in(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    rows = [
        "id,question,answers,history,tags,today",
        'a,"Hai\ndòng?",x,,,',
        "b,,x,,,",
        "c,Gì?,x,chỉ một,,",
        "d,Gì?,x,,kind,",
        "e,Gì?,x,,,hôm qua",
        "a,Nữa?,x,,,",
        "f,Gì, nữa, và, nữa, và, nữa?",
        ",,,,,",
        'g,"Gì" nữa?,x,,,',
        "h,Cuối?,x,,,",
    ]
    file.write_text("\r\n".join(rows), encoding="utf-8")
    found = read_foreign(file)
    assert [json.loads(line)["id"] for line in found.gold] == ["a", "h"]
    assert [told.split(":")[1] for told in found.passed_over] == ["4", "5", "6", "7", "8", "9", "11"]
    for told, said in zip(
        found.passed_over,
        ("'question'", "`history`", "`tags`", "isoformat", "was there before", "7 cells for 6", "no row of CSV"),
        strict=True,
    ):
        assert said in told


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"", "needs a column `question`"),
        ("a.csv", b"answers,article\nx,y\n", "needs a column `question`"),
        ("a.csv", b"question,anwser\nx,y\n", "unknown column 'anwser'"),
        ("a.csv", b"question,answer,answers\nx,y,z\n", "each column once"),
        ("a.csv", b"question\n", "holds no question"),
        ("a.csv", b"question\n\n,,x\n", "the first of them: .*:3: has 3 cells"),
        ("a.csv", "question\nGì?".encode("utf-16"), "UTF-8"),
        ("a.xlsx", b"PK", r"unknown format; known are \.json, \.csv, \.tsv"),
        ("nowhere/a.csv", None, "cannot be read"),
    ],
)
def test_a_table_that_cannot_be_read_is_an_error(tmp_path: Path, name: str, content: bytes | None, said: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(GoldError, match=said):
        read_foreign(tmp_path / name)


# The command


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["import", *map(str, arguments)])


def test_the_command_writes_gold_and_articles_and_overwrites_none(tmp_path: Path) -> None:
    file = squad(tmp_path / "a.json", {"context": CONTEXT, "qas": [asked("a", "450 m"), asked("b", "540 m")]})
    out, articles = tmp_path / "gold.jsonl", tmp_path / "articles.jsonl"
    ended = run(file, "--out", out, "--articles", articles, "--language", "vi")
    assert ended.exit_code == 0, ended.output
    assert "passed over: " in ended.output
    assert "1 questions, 1 articles; 1 passed over" in ended.output
    (gold,) = load_gold(out)
    (loaded,) = load(articles)
    assert isinstance(loaded, Loaded)
    assert gold.qrels == {loaded.article.id: 1}
    again = run(file, "--out", tmp_path / "new.jsonl", "--articles", articles)
    assert isinstance(again.exception, GoldError)
    assert "is there already" in str(again.exception)
    assert not (tmp_path / "new.jsonl").exists()
    nowhere = run(file, "--out", tmp_path / "nowhere" / "gold.jsonl")
    assert isinstance(nowhere.exception, GoldError)
