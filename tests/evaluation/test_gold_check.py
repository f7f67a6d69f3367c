from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from rag.cli.gold import app
from rag.errors import CollectionNotFound, ModelMissing
from rag.evaluation.gold_check import KINDS, MARK, REMARKS, Check, Kind, check
from rag.index.sqlite_store import SqliteStore
from rag.index.store import Store
from rag.models.embedder import Embedder

METRO, DIVERS = "metro-cat-linh-ha-dong.md", "son-doong-divers.md"
STATIONS = {
    "question": "Tuyến Cát Linh – Hà Đông có bao nhiêu nhà ga?",
    "articles": {METRO: 1},
    "answers": ["12 nhà ga"],
}
LENGTH = {"question": "Tuyến Cát Linh dài bao nhiêu?", "articles": {METRO: 1}, "answers": ["13 km"]}
REFUSED = {"question": "Nấu phở bò thế nào?", "tags": {MARK[0]: MARK[1]}}


def write(path: Path, *questions: dict[str, Any] | str) -> Path:
    lines = (
        each if isinstance(each, str) else json.dumps({"id": f"{path.stem}-{number}", **each}, ensure_ascii=False)
        for number, each in enumerate(questions, start=1)
    )
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def store(sample_index: Path) -> Store:
    return SqliteStore(sample_index)


def kinds(found: Check) -> Sequence[Kind]:
    return [each.kind for each in found.findings]


def test_gold_that_fits_has_no_findings(tmp_path: Path, store: Store) -> None:
    found = check([write(tmp_path / "a.jsonl", STATIONS, REFUSED)], store)
    assert found == Check(2, ())
    assert (found.errors, found.counts) == (0, {})


def test_every_malformed_line_is_told_and_the_others_are_looked_at(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", "{", "", STATIONS, '{"id": "b"}', {**STATIONS, "match": "most"})
    found = check([path])
    assert [(each.kind, each.place, each.id) for each in found.findings] == [
        ("malformed line", f"{path}:1", None),
        ("malformed line", f"{path}:4", None),
        ("malformed line", f"{path}:5", None),
    ]
    assert found.questions == 1
    assert found.findings[1].what == "not a gold question (KeyError: 'question')"


@pytest.mark.parametrize("content", [None, b"", b"\n \n", b"\xff\xfe\x00"])
def test_a_file_without_questions_is_an_error(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "a.jsonl"
    if content is not None:
        path.write_bytes(content)
    found = check([path, write(tmp_path / "b.jsonl", STATIONS)])
    assert kinds(found) == ["unreadable file"]
    assert (found.findings[0].place, found.questions) == (str(path), 1)


def test_ids_are_unique_in_a_file_and_across_files(tmp_path: Path) -> None:
    one = write(tmp_path / "one.jsonl", {**STATIONS, "id": "x"}, {**REFUSED, "id": "x"})
    other = write(tmp_path / "other.jsonl", {**LENGTH, "id": "x"})
    found = check([one, other])
    assert [(each.kind, each.place) for each in found.findings] == [
        ("id twice", f"{one}:2"),
        ("id twice", f"{other}:1"),
    ]
    assert all(f"{one}:1" in each.what for each in found.findings)


@pytest.mark.parametrize(
    ("fields", "same"),
    [
        ({"question": "tuyến cát linh hà đông, có bao nhiêu nhà ga"}, True),
        ({"question": "Tuyến Cát Linh – Hà Đông có bao nhiêu nhà ga ngầm?"}, False),
        ({"question": STATIONS["question"], "today": "2025-01-01"}, False),
        ({"question": STATIONS["question"], "filter": {"languages": ["vi"]}}, False),
        ({"question": STATIONS["question"], "history": [{"question": "Gì?", "answer": "Đây."}]}, False),
    ],
)
def test_a_question_is_asked_once(tmp_path: Path, fields: dict[str, Any], same: bool) -> None:
    within = check([write(tmp_path / "a.jsonl", STATIONS, {**REFUSED, **fields})])
    across = check([write(tmp_path / "b.jsonl", STATIONS), write(tmp_path / "c.jsonl", {**REFUSED, **fields})])
    assert kinds(within) == kinds(across) == ["question twice"] * same


@pytest.mark.parametrize(
    ("answers", "articles", "missing"),
    [
        (["12 nhà ga", "12"], {METRO: 1}, []),
        (["18,002 tỷ đồng"], {METRO: 1}, []),  # written 18.002 there
        (["12 nhà ga"], {DIVERS: 1, METRO: 1}, []),
        (["12 nhà ga"], {DIVERS: 1, METRO: 0}, ["12 nhà ga"]),  # judged not to answer
        (["12 nhà ga", "13 nhà ga"], {METRO: 1}, ["13 nhà ga"]),
        (["2 nhà ga"], {METRO: 1}, ["2 nhà ga"]),
    ],
)
def test_answers_stand_in_one_of_their_articles(
    tmp_path: Path, store: Store, answers: list[str], articles: dict[str, int], missing: list[str]
) -> None:
    question = {"question": STATIONS["question"], "articles": articles, "answers": answers}
    found = check([write(tmp_path / "a.jsonl", question)], store)
    assert kinds(found) == ["answer not in its articles"] * len(missing)
    assert all(repr(answer) in each.what for answer, each in zip(missing, found.findings, strict=True))


def test_an_answer_in_another_language_stands_in_the_article_too(tmp_path: Path, store: Store) -> None:
    question = {"question": "Tường chắn trong hang cao bao nhiêu?", "articles": {DIVERS: 1}}
    right, translated = (
        {**question, "answers": ["90 metres"]},
        {**question, "answers": ["90 mét"], "today": "2025-01-01"},
    )
    found = check([write(tmp_path / "a.jsonl", right, translated)], store)
    assert [(each.kind, each.id) for each in found.findings] == [("answer not in its articles", "a-2")]


def test_unknown_articles_and_filters_are_named(tmp_path: Path, store: Store) -> None:
    unknown = {**STATIONS, "articles": {"nowhere.md": 1, METRO: 1}}
    known = {"articles": [METRO], "languages": ["vi"], "sources": ["EXAMPLE"], "since": "2020"}
    wrong = {"articles": ["gone.md"], "languages": ["de"], "sources": ["nowhere.test"]}
    questions = (unknown, {**LENGTH, "filter": known}, {**LENGTH, "filter": wrong})
    found = check([write(tmp_path / "a.jsonl", *questions)], store)
    assert kinds(found) == ["unknown article", *["unknown filter value"] * 3]
    told = " ".join(each.what for each in found.findings)
    assert all(name in told for name in ("nowhere.md", "gone.md", "'de'", "nowhere.test"))


@pytest.mark.parametrize(
    ("text", "meets"), [("12", True), ("12 nhà ga ngầm", True), ("13 nhà ga", False), ("2", False)]
)
def test_must_not_meets_no_answer(tmp_path: Path, text: str, meets: bool) -> None:
    found = check([write(tmp_path / "a.jsonl", {**STATIONS, "must_not": [text]})])
    assert kinds(found) == ["must_not meets an answer"] * meets


def test_drafts_are_errors_and_what_is_mostly_meant_is_a_remark(tmp_path: Path) -> None:
    no_article = {"question": "Mấy ga?", "answers": ["12"]}
    found = check([write(tmp_path / "a.jsonl", {**STATIONS, "draft": True}, {"question": "Phở?"}, no_article)])
    assert kinds(found) == ["draft", "to be refused, unmarked", "answers without an article"]
    assert [each.error for each in found.findings] == [True, False, False]
    assert found.errors == 1


def test_near_duplicates_of_two_files_are_remarks(tmp_path: Path, embedder: Embedder) -> None:
    """Another wording of the same, after a turn too; not another question about the same article, nor the same file."""
    worded = {**STATIONS, "question": "Có bao nhiêu nhà ga trên tuyến Cát Linh – Hà Đông?"}
    after: dict[str, Any] = {**STATIONS, "question": "Nó có bao nhiêu nhà ga?"}
    after["history"] = [{"question": "Tuyến Cát Linh – Hà Đông khởi công ngày nào?", "answer": "10/10/2011"}]
    other = {"question": "Vé tháng bao nhiêu tiền?", "articles": {METRO: 1}, "answers": ["200.000 đồng"]}
    one, two = write(tmp_path / "one.jsonl", STATIONS, worded), write(tmp_path / "two.jsonl", worded, after, other)
    found = check([one, two], embedder=lambda: embedder)
    near = [each for each in found.findings if each.kind == "near-duplicate"]
    assert {each.id for each in near} == {"two-1", "two-2"}
    assert all("the same answer, cosine" in each.what for each in near)
    assert all("Nó" not in each.what for each in near)  # a question after a turn is compared, and told, standing alone
    assert kinds(found).count("question twice") == 1
    assert not kinds(check([one], embedder=lambda: embedder)).count("near-duplicate")


def test_what_is_not_looked_at_is_said(tmp_path: Path, store: Store) -> None:
    def missing() -> Embedder:
        raise ModelMissing("it is not on this machine")

    one, two = write(tmp_path / "one.jsonl", STATIONS), write(tmp_path / "two.jsonl", LENGTH)
    assert "--index" in check([one]).skipped[0]
    assert check([one], store).skipped == ()
    (said,) = check([one, two], store, missing).skipped
    assert "it is not on this machine" in said


def test_kinds_are_errors_or_remarks() -> None:
    assert len(set(KINDS)) == len(KINDS)
    assert set(KINDS) > REMARKS


# The command


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["check", *map(str, arguments)])


def test_the_command_fails_on_errors_alone(tmp_path: Path, sample_index: Path) -> None:
    good = write(tmp_path / "good.jsonl", STATIONS, {"question": "Phở?"})
    ended = run(good, "--index", sample_index)
    assert ended.exit_code == 0, ended.output
    assert ended.output.splitlines() == ["2 questions, 0 errors, 1 remarks", "     1  to be refused, unmarked"]
    bad = write(tmp_path / "bad.jsonl", {**STATIONS, "answers": ["13 nhà ga"]}, "{")
    ended = run(bad, "--index", sample_index)
    assert ended.exit_code == 1
    assert f"{bad}:1: bad-1: the answer '13 nhà ga'" in ended.output
    assert "1 questions, 2 errors, 0 remarks" in ended.output
    ended = run(write(tmp_path / "unseen.jsonl", {**STATIONS, "answers": ["13 nhà ga"]}))
    assert ended.exit_code == 0
    assert "not looked at: articles, answers and filters" in ended.output


def test_the_command_prints_json(tmp_path: Path, sample_index: Path) -> None:
    ended = run(write(tmp_path / "bad.jsonl", {**STATIONS, "draft": True}), "--index", sample_index, "--json")
    told = json.loads(ended.output)
    assert ended.exit_code == 1
    assert (told["questions"], told["errors"], told["counts"], told["skipped"]) == (1, 1, {"draft": 1}, [])
    (finding,) = told["findings"]
    assert finding.keys() == {"kind", "place", "id", "what", "advice", "error"}


def test_a_collection_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    ended = run(write(tmp_path / "a.jsonl", STATIONS), "--index", tmp_path / "nowhere")
    assert isinstance(ended.exception, CollectionNotFound)
