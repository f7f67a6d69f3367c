from __future__ import annotations

import json
import os
import re
import resource
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from rag.answering.answer import Answer
from rag.answering.answer_check import Support
from rag.assistant import Assistant
from rag.cli.main import main
from rag.evaluation.gold import draw, load_gold
from rag.index.sqlite_store import FILE
from rag.models.embedder import Embedder
from tests.documents import pages

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:llama_index")

ROOT = Path(__file__).parents[2]
METRO = "Tuyến Cát Linh – Hà Đông có bao nhiêu nhà ga?"


class Ended(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Ended]


@pytest.fixture
def bare_run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Run a command line in this process, in a folder without settings."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str | Path) -> Ended:
        monkeypatch.setattr(sys, "argv", ["hoidap", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        assert isinstance(ended.value.code, int)
        return Ended(ended.value.code, said.out, said.err)

    return run


@pytest.fixture
def run(bare_run: Run, models_folder: Path, embedder: Embedder, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The same with the models, the embedding model loaded already and no language model."""
    monkeypatch.setenv("HOIDAP_MODELS__CACHE", str(models_folder))
    monkeypatch.setenv("HOIDAP_LLM__MODEL", "none")
    monkeypatch.setattr("rag.models.loaded.load_embedder", lambda *_: embedder)
    return bare_run


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "cầu.txt").write_text("Khánh thành cầu Vàng\nCầu Vàng dài 450 m.", encoding="utf-8")
    return folder


def python(*arguments: str, **environ: str) -> Ended:
    ended = subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, **environ},
        timeout=120,
        check=False,
    )
    return Ended(ended.returncode, ended.stdout.decode(), ended.stderr.decode())


def assert_one_line(said: str, *parts: str) -> None:
    assert said.startswith("hoidap: ")
    assert said.count("\n") == 1
    for part in parts:
        assert part in said


# Ingesting


def test_a_folder_is_ingested(run: Run, docs: Path) -> None:
    assert run("ingest", docs, "--index", "i") == (0, "1 added, 0 updated, 0 unchanged, 0 removed, 0 failed\n", "")
    again = run("ingest", docs, "--index", "i", "--json")
    report = {"added": [], "updated": [], "unchanged": ["cầu.txt"], "removed": [], "failed": []}
    assert json.loads(again.out) == {**report, "left_out": [], "passed_over": [], "repaired": []}
    listed = run("articles", "list", "--index", "i")
    assert listed.out == "cầu.txt\t-\tvi\tKhánh thành cầu Vàng\n"


def test_a_broken_file_is_reported_and_the_rest_goes_in(run: Run, docs: Path) -> None:
    (docs / "hỏng.jsonl").write_text('{"id": ', encoding="utf-8")
    (docs / "bytes.txt").write_bytes(b"Tin\n\xc3\x28")
    ended = run("ingest", docs, "--index", "i", "--json")
    assert ended.code == 0
    report = json.loads(ended.out)
    assert report["added"] == ["cầu.txt"]
    assert len(report["failed"]) == 2
    assert all(each["place"] and each["reason"] for each in report["failed"])
    assert ended.err.count("hoidap: ") == 2
    assert "hỏng.jsonl:1" in ended.err
    assert "450 m" in run("ask", "Cầu Vàng dài bao nhiêu mét?", "--index", "i").out


def test_what_was_repaired_is_told(run: Run, docs: Path) -> None:
    for name in "abcd":
        (docs / f"{name}.txt").write_text("Title\nA plain text.", encoding="utf-16-le")
    told = run("ingest", docs, "--index", "i").out.splitlines()
    assert told[1:] == ["4 repaired: UTF-16 without its mark -> Unicode (a.txt, b.txt, c.txt and 1 more)"]
    (docs / "a.txt").write_text("Title\nAnother text.", encoding="utf-16-le")
    repaired = json.loads(run("ingest", docs, "--index", "i", "--json").out)["repaired"]
    assert repaired == [{"article_id": "a.txt", "what": "UTF-16 without its mark -> Unicode"}]


def test_formats_that_are_not_read_are_told(run: Run, docs: Path) -> None:
    for name in ("a.mp4", "b.mp4", "c.avi", ".d.mp4"):
        (docs / name).write_bytes(b"%PDF")
    ended = run("ingest", docs, "--index", "i")
    assert (ended.code, ended.err) == (0, "")
    first, *told = ended.out.splitlines()
    assert first.startswith("1 added, ")
    assert told == [
        f"1 .avi file passed over: this format is not read yet ({docs / 'c.avi'})",
        f"2 .mp4 files passed over: this format is not read yet ({docs / 'a.mp4'}, {docs / 'b.mp4'})",
    ]
    report = json.loads(run("ingest", docs, "--index", "i", "--json").out)
    assert report["passed_over"] == [
        {"suffix": ".avi", "files": [str(docs / "c.avi")]},
        {"suffix": ".mp4", "files": [str(docs / "a.mp4"), str(docs / "b.mp4")]},
    ]
    assert report["failed"] == []


@pytest.mark.parametrize("what", ["broken", "empty", "nowhere", "unknown", "unreadable"])
def test_when_nothing_goes_in_it_failed(run: Run, tmp_path: Path, what: str) -> None:
    folder = tmp_path / "in"
    if what != "nowhere":
        folder.mkdir()
    if what == "broken":
        (folder / "x.jsonl").write_text("{", encoding="utf-8")
    if what == "unknown":
        (folder / "x.docx").write_bytes(b"PK")
    if what == "unreadable":
        (folder / "x.txt").symlink_to(folder / "x.txt")
    ended = run("ingest", folder, "--index", "i")
    assert ended.code == 1
    assert_one_line(ended.err, str(folder))
    assert not (tmp_path / "i").exists()


def test_a_file_that_may_not_be_read_is_reported(run: Run, docs: Path) -> None:
    (docs / "kín.txt").write_text("Tin\nKín.", encoding="utf-8")
    (docs / "kín.txt").chmod(0)
    if os.access(docs / "kín.txt", os.R_OK):
        pytest.skip("this user may read everything")
    ended = run("ingest", docs, "--index", "i")
    assert ended.code == 0
    assert_one_line(ended.err, "kín.txt")


def test_an_index_that_cannot_be_written(run: Run, docs: Path) -> None:
    Path("file").write_text("x", encoding="utf-8")
    ended = run("ingest", docs, "--index", "file")
    assert ended.code == 1
    assert_one_line(ended.err, "file", "cannot be written")


# Articles


def test_articles_are_shown_and_removed(run: Run, docs: Path) -> None:
    (docs / "ga.txt").write_text("Ga mới\nGa Hòa Bình có sáu sân ga.", encoding="utf-8")
    run("ingest", docs, "--index", "i")
    shown = run("articles", "show", "ga.txt", "--index", "i")
    assert shown.out.startswith("Ga mới\n")
    assert "sáu sân ga" in shown.out
    assert json.loads(run("articles", "show", "ga.txt", "--index", "i", "--json").out)["id"] == "ga.txt"
    assert run("articles", "remove", "ga.txt", "--index", "i") == (0, "1 removed\n", "")
    for ended in (
        run("articles", "show", "ga.txt", "--index", "i"),
        run("articles", "remove", "ga.txt", "--index", "i"),
    ):
        assert ended.code == 2
        assert_one_line(ended.err, "ga.txt", "articles list")
    listed = json.loads(run("articles", "list", "--index", "i", "--json").out)
    assert [row["id"] for row in listed] == ["cầu.txt"]


def test_a_page_is_shown_with_its_parts(run: Run, docs: Path) -> None:
    (docs / "trang.txt").write_text(pages.TEXT, encoding="utf-8")
    run("ingest", docs, "--index", "i")
    shown = run("articles", "show", "trang.txt", "--index", "i").out
    assert shown.startswith(f"{pages.TITLE}\nby Nguyễn Văn An/Báo Đường · trang.txt · no date · vi\n")
    assert f"\n[caption] {pages.CAPTION}\n" in shown
    assert shown.endswith(
        "\nTeasers on its page:\n"
        "  Hầm Hải Vân thông xe · no date · trang.txt#tin-lien-quan-1\n"
        "  Cầu Nhật Tân có dài không? · no date · trang.txt#tin-lien-quan-2\n"
    )
    teaser = run("articles", "show", "trang.txt#tin-lien-quan-1", "--index", "i").out
    assert f"only announced, on the page “{pages.TITLE}” (trang.txt)" in teaser
    listed = json.loads(run("articles", "show", "trang.txt", "--index", "i", "--json").out)["teasers"]
    assert listed == ["trang.txt#tin-lien-quan-1", "trang.txt#tin-lien-quan-2"]
    found = run("search", "Hầm Hải Vân dài bao nhiêu?", "--article", "trang.txt#tin-lien-quan-1", "--index", "i").out
    assert f"only announced, on the page “{pages.TITLE}”" in found


def test_a_collection_is_verified(run: Run, docs: Path) -> None:
    run("ingest", docs, "--index", "i")
    assert run("verify", "--index", "i") == (0, "i: as it was written\n", "")
    connection = sqlite3.connect(Path("i") / FILE)
    connection.execute("UPDATE articles SET title = 'Cầu khác'")
    connection.commit()
    connection.close()
    ended = run("verify", "--index", "i")
    assert ended.code == 1
    assert ended.out == "cầu.txt: damaged; ingest its file again, or remove it\ni: damaged\n"
    assert json.loads(run("verify", "--index", "i", "--json").out)["articles"] == ["cầu.txt"]
    shown = run("articles", "show", "cầu.txt", "--index", "i")
    assert shown.code == 1
    assert_one_line(shown.err, "'cầu.txt' is damaged", "hoidap verify", FILE)
    run("ingest", docs, "--index", "i")
    assert run("verify", "--index", "i").code == 0


def test_a_removed_article_stays_away_until_it_is_restored(run: Run, docs: Path) -> None:
    for name in ("ga.txt", "hồ.txt"):
        (docs / name).write_text("Tin mới\nGa Hòa Bình có sáu sân ga.", encoding="utf-8")
    run("ingest", docs, "--index", "i")
    run("articles", "remove", "ga.txt", "--index", "i")
    first, told = run("ingest", docs, "--index", "i").out.splitlines()
    assert first == "0 added, 0 updated, 2 unchanged, 0 removed, 0 failed"
    assert told == "1 left out, removed earlier: ga.txt; `hoidap articles restore ga.txt` brings it back"
    run("articles", "remove", "hồ.txt", "--index", "i")
    told = run("ingest", docs, "--index", "i").out.splitlines()[-1]
    assert told == "2 left out, removed earlier: ga.txt, hồ.txt; `hoidap articles restore ID` brings one back"
    report = json.loads(run("ingest", docs, "--index", "i", "--json").out)
    assert report["left_out"] == ["ga.txt", "hồ.txt"]
    assert run("articles", "restore", "ga.txt", "hồ.txt", "--index", "i") == (0, "2 restored\n", "")
    assert run("ingest", docs, "--index", "i").out == "0 added, 0 updated, 3 unchanged, 0 removed, 0 failed\n"
    ended = run("articles", "restore", "ga.txt", "--index", "i")
    assert ended.code == 2
    assert_one_line(ended.err, "no article 'ga.txt' was removed")


def test_a_folder_of_removed_articles_alone_is_no_failure(run: Run, docs: Path) -> None:
    run("ingest", docs, "--index", "i")
    run("articles", "remove", "cầu.txt", "--index", "i")
    (docs / "hỏng.txt").write_bytes(b"")
    assert run("ingest", docs, "--index", "i").code == 0


# A collection that cannot be used


@pytest.mark.parametrize(
    "command",
    [
        ("ask", METRO),
        ("search", METRO),
        ("articles", "list"),
        ("articles", "show", "x"),
        ("articles", "remove", "x"),
        ("articles", "restore", "x"),
        ("eval", str(ROOT / "tests" / "gold" / "questions.jsonl")),
        ("calibrate", str(ROOT / "tests" / "gold" / "questions.jsonl")),
        ("calibrate", "--reset"),
    ],
)
def test_without_a_collection(run: Run, command: Sequence[str]) -> None:
    ended = run(*command, "--index", "nowhere")
    assert (ended.code, ended.out) == (1, "")
    assert_one_line(ended.err, "nowhere", "hoidap ingest")
    assert not Path("nowhere").exists()


def changed_manifest(index: Path, **values: object) -> None:
    connection = sqlite3.connect(index / FILE)
    with connection:
        (text,) = connection.execute("SELECT manifest FROM collection").fetchone()
        changed = json.dumps({**json.loads(text), **values})
        connection.execute("UPDATE collection SET manifest = ?, sha256 = NULL", (changed,))
    connection.close()


@pytest.mark.parametrize(
    ("values", "said"),
    [({"embedding": "bge-m3", "fingerprint": "0" * 64}, "bge-m3"), ({"format": 99}, "format 99")],
)
def test_a_collection_of_another_make(run: Run, docs: Path, values: dict[str, object], said: str) -> None:
    run("ingest", docs, "--index", "i")
    changed_manifest(Path("i"), **values)
    for command in (("ask", METRO), ("ingest", docs)):
        ended = run(*command, "--index", "i")
        assert ended.code == 1
        assert_one_line(ended.err, said, "ingest")


def test_a_file_that_is_no_collection(run: Run) -> None:
    Path("i").mkdir()
    (Path("i") / FILE).write_text("not a database", encoding="utf-8")
    ended = run("ask", METRO, "--index", "i")
    assert ended.code == 1
    assert_one_line(ended.err, FILE, "damaged")


# Asking and searching


def test_an_answer_shows_its_quotes_and_where_they_stand(run: Run, sample_index: Path) -> None:
    ended = run("ask", METRO, "--index", sample_index)
    assert (ended.code, ended.err) == (0, "")
    assert "[1] “Tuyến dài hơn 13 km" in ended.out
    assert re.search(r"metro-cat-linh-ha-dong\.md, characters \d+-\d+", ended.out)
    assert "2021-11-06" in ended.out


def test_an_answer_for_machines(run: Run, sample_index: Path) -> None:
    answer = json.loads(run("ask", METRO, "--index", sample_index, "--json").out)
    assert (answer["status"], answer["mode"], answer["question"]) == ("answered", "extractive", METRO)
    citation = answer["citations"][0]
    shown = run("articles", "show", citation["quote"]["article_id"], "--index", sample_index, "--json")
    text = json.loads(shown.out)["text"]
    assert text[citation["quote"]["start"] : citation["quote"]["end"]] == citation["quote"]["text"]
    assert answer["fingerprint"]["generation"] == 1


def test_a_refusal_shows_what_is_nearest(run: Run, sample_index: Path) -> None:
    ended = run("ask", "Cách nấu phở bò gia truyền như thế nào?", "--index", sample_index)
    assert ended.code == 0
    assert ended.out.startswith("Không tìm thấy")
    assert "Nearest" in ended.out


def test_search(run: Run, sample_index: Path) -> None:
    ended = run("search", METRO, "--index", sample_index, "--top", "2")
    assert ended.out.startswith("1. Đường sắt đô thị Cát Linh")
    assert "\n2. " in ended.out
    assert "\n3. " not in ended.out
    passages = json.loads(run("search", METRO, "--index", sample_index, "--json").out)
    assert len(passages) == 5
    assert {"article_id", "text", "start", "end", "score"} <= set(passages[0])


def test_generative_answers(run: Run, sample_index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOIDAP_LLM__MODEL", "qwen2.5-coder-0.5b-instruct")
    monkeypatch.setenv("HOIDAP_LLM__MAX_TOKENS", "48")
    ended = run("ask", METRO, "--index", sample_index, "--mode", "generative")
    assert (ended.code, ended.err) == (0, "")
    assert "[1]" in ended.out
    assert "metro-cat-linh-ha-dong.md" in ended.out


@pytest.mark.parametrize(
    ("support", "mark"),
    [("supported", ""), ("partly", "  (borne out only in part)"), ("unsupported", "  (not borne out)")],
)
def test_how_far_a_quote_bears_the_answer_out_is_said(
    run: Run, sample_index: Path, monkeypatch: pytest.MonkeyPatch, support: Support, mark: str
) -> None:
    ask = Assistant.ask

    def asked(assistant: Assistant, question: str, **given: Any) -> Answer:
        answer = ask(assistant, question, **given)
        return replace(answer, citations=(replace(answer.citations[0], support=support),))

    monkeypatch.setattr(Assistant, "ask", asked)
    (line,) = (line for line in run("ask", METRO, "--index", sample_index).out.splitlines() if line.startswith("[1] "))
    assert line.endswith(f"”{mark}")


def test_a_hosted_model_that_is_down(run: Run, sample_index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:  # and not listened to
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HOIDAP_LLM__MODEL", "some-model")
        monkeypatch.setenv("HOIDAP_ANSWER__READER", "false")  # without it no short answer is given at once
        monkeypatch.setenv("HOIDAP_LLM__BASE_URL", f"http://127.0.0.1:{taken.getsockname()[1]}/v1")
        ended = run("ask", METRO, "--index", sample_index)
        answer = json.loads(run("ask", METRO, "--index", sample_index, "--json").out)
    assert ended.code == 0
    assert "12 nhà ga" in ended.out
    assert "(Mô hình ngôn ngữ không trả lời được" in ended.out
    assert answer["mode"] == "extractive"
    assert "some-model" in answer["notice"]


@pytest.mark.parametrize("command", ["ask", "search"])
@pytest.mark.parametrize("question", ["", "   ", "?!", "a" * 10_000])
def test_a_question_that_is_none(run: Run, sample_index: Path, command: str, question: str) -> None:
    ended = run(command, question, "--index", sample_index)
    assert (ended.code, ended.out) == (2, "")
    assert_one_line(ended.err, "the question")


# Wrong use


@pytest.mark.parametrize(
    "command",
    [
        ("ask", METRO, "--bogus"),
        ("ask",),
        ("ask", "Hai", "câu"),
        ("ingest",),
        ("bogus",),
        ("articles", "bogus"),
        ("search", METRO, "--top", "0"),
        ("search", METRO, "--top", "nhiều"),
        ("eval", "gold.jsonl", "--limit", "0"),
        ("calibrate",),
        ("calibrate", "gold.jsonl", "--reset"),
        ("train", "reader"),
        ("ask", METRO, "--caution", "reckless"),
        ("serve", "--port", "x"),
    ],
)
def test_a_wrong_command_line(bare_run: Run, command: Sequence[str]) -> None:
    assert bare_run(*command).code == 2


def test_a_wrong_setting_is_named(bare_run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = bare_run("ask", METRO, "--mode", "poetic")
    assert ended.code == 2
    assert_one_line(ended.err, "answer.mode")
    Path("hoidap.toml").write_text("[answer]\nquoats = 3\n", encoding="utf-8")
    ended = bare_run("ask", METRO)
    assert ended.code == 2
    assert_one_line(ended.err, "answer.quoats")
    Path("hoidap.toml").write_text("[answer\n", encoding="utf-8")
    ended = bare_run("models", "list")
    assert ended.code == 2
    assert_one_line(ended.err, "hoidap.toml", "TOML")
    Path("hoidap.toml").unlink()
    monkeypatch.setenv("HOIDAP_ANSWER__QUOTES", "many")
    ended = bare_run("models", "list")
    assert ended.code == 2
    assert_one_line(ended.err, "answer.quotes")


def test_what_is_allowed_is_said(bare_run: Run) -> None:
    ended = bare_run("ask", METRO, "--caution", "brave")
    assert ended.code == 2
    assert_one_line(ended.err, "'brave'", "never_wrong, careful, balanced, eager, always_try", "from 0 to 1")
    Path("hoidap.toml").write_text("[answer]\nquoats = 3\n", encoding="utf-8")
    assert_one_line(bare_run("ask", METRO).err, "did you mean 'answer.quotes'?", "unsupported")


def test_the_version(bare_run: Run) -> None:
    assert bare_run("--version") == (0, f"hoidap {version('hoidap')}\n", "")
    assert re.search(r"^ *--version ", bare_run("--help").out, re.MULTILINE)


def test_the_language_of_the_page_is_named(bare_run: Run) -> None:
    assert re.search(r"--language .*\bvi\b.*\ben\b", " ".join(bare_run("serve", "--help").out.split()))
    ended = bare_run("serve", "--language", "fr")
    assert ended.code == 2
    assert_one_line(ended.err, "ui.language", "'auto', 'vi' or 'en'")


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch, sample_index: Path) -> list[str]:
    """The hosts on which the chat was served, without a server."""
    hosts: list[str] = []
    monkeypatch.setattr("ui.server.serve", lambda _assistant, _sharing, host, *_: hosts.append(host))
    monkeypatch.setenv("HOIDAP_INDEX", str(sample_index))
    return hosts


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org", ""])
@pytest.mark.parametrize("how", ["option", "file", "variable"])
def test_a_chat_without_users_stays_on_this_machine(
    run: Run, served: list[str], monkeypatch: pytest.MonkeyPatch, host: str, how: str
) -> None:
    if how == "file":
        Path("hoidap.toml").write_text(f"[ui]\nhost = '{host}'\n", encoding="utf-8")
    if how == "variable":
        monkeypatch.setenv("HOIDAP_UI__HOST", host)
    command = ["serve", *(["--host", host] if how == "option" else [])]
    ended = run(*command)
    assert (ended.code, ended.out) == (2, "")
    assert_one_line(ended.err, f"{host!r}", "no users", "hoidap users add NAME --index", "--user-header", "--proxy")
    assert served == []
    assert run(*command, "--proxy", "10.0.0.1").code == 2
    assert run(*command, "--proxy", "10.0.0.1", "--user-header", "Remote-User").code == 0
    monkeypatch.setattr("rag.UserStore.is_empty", lambda _: False)
    assert run(*command).code == 0
    assert served == [host, host]


def test_a_chat_without_users_is_not_opened_to_a_proxy(run: Run, served: list[str]) -> None:
    ended = run("serve", "--host", "127.0.0.1", "--proxy", "127.0.0.1")
    assert (ended.code, ended.out) == (2, "")
    assert_one_line(ended.err, "proxy '127.0.0.1'", "no users", "--user-header")
    assert served == []


def test_a_proxy_is_an_address(bare_run: Run) -> None:
    ended = bare_run("serve", "--user-header", "Remote-User")
    assert ended.code == 2
    assert_one_line(ended.err, "--user-header Remote-User", "--proxy ADDRESS")
    ended = bare_run("serve", "--user-header", "Remote-User", "--proxy", "proxy.example")
    assert ended.code == 2
    assert_one_line(ended.err, "'proxy.example' is no IP address")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.0.0.2"])
def test_a_chat_for_this_machine_needs_no_more(run: Run, served: list[str], host: str) -> None:
    assert run("serve", "--host", host).code == 0
    assert run("serve").code == 0
    assert served == [host, "127.0.0.1"]


# Models


def test_a_missing_embedding_model(
    bare_run: Run, sample_index: Path, monkeypatch: pytest.MonkeyPatch, docs: Path
) -> None:
    Path("empty").mkdir()
    monkeypatch.setenv("HOIDAP_MODELS__CACHE", "empty")
    for command in (("ask", METRO, "--index", sample_index), ("ingest", docs, "--index", "i")):
        ended = bare_run(*command)
        assert ended.code == 1
        assert_one_line(ended.err, "hoidap models pull multilingual-e5-small")
    listed = json.loads(bare_run("models", "list", "--json").out)
    assert listed["models"]
    assert not any(model["present"] for model in listed["models"])


def test_unknown_models(bare_run: Run) -> None:
    ended = bare_run("models", "pull", "bogus")
    assert ended.code == 1
    assert_one_line(ended.err, "multilingual-e5-small")


def test_models_are_listed(run: Run) -> None:
    ended = run("models", "list")
    assert ended.code == 0
    assert re.search(r"multilingual-e5-small +present", ended.out)


# Evaluating


def test_an_evaluation_prints_means_and_writes_a_report(run: Run, sample_index: Path) -> None:
    gold = ROOT / "tests" / "gold" / "questions.jsonl"
    ended = run("eval", gold, "--index", sample_index, "--limit", "2", "--json", "report.json")
    assert ended.code == 0
    assert re.search(r"^recall@1 +[01]\.\d{3}  \[[01]\.\d{3}, [01]\.\d{3}\]  2$", ended.out, re.MULTILINE)
    report = json.loads(Path("report.json").read_text(encoding="utf-8"))
    assert report["questions"] == 2
    assert [outcome["id"] for outcome in report["outcomes"]] == [each.id for each in draw(load_gold(gold), 2)]


def test_an_evaluation_with_the_refusal_switched_off(run: Run, sample_index: Path) -> None:
    gold = ROOT / "tests" / "gold" / "unanswerable.jsonl"
    refused = {}
    for caution in ("never_wrong", "always_try"):
        run("eval", gold, "--index", sample_index, "--limit", "3", "--caution", caution, "--json", "report.json")
        report = json.loads(Path("report.json").read_text(encoding="utf-8"))
        refused[caution] = report["means"]["refusal recall"]["value"]
    assert refused["always_try"] == 0.0 < refused["never_wrong"]


def test_a_model_named_for_an_evaluation_is_asked(run: Run, sample_index: Path) -> None:
    gold = ROOT / "tests" / "gold" / "questions.jsonl"
    asked = ("eval", gold, "--index", sample_index, "--limit", "1", "--caution", "always_try", "--model")
    ended = run(*asked, "nowhere.gguf")  # found out before the first question, and not after the last
    assert (ended.code, ended.out) == (1, "")
    assert_one_line(ended.err, "nowhere.gguf does not exist")
    assert "fell back" not in run(*asked, "none").out


def test_an_evaluation_against_a_baseline_and_floors(run: Run, sample_index: Path) -> None:
    gold = ROOT / "tests" / "gold" / "questions.jsonl"
    asked = ("eval", gold, "--index", sample_index, "--limit", "2")
    assert run(*asked, "--out", "before").code == 0
    assert Path("before/report.html").is_file()
    ended = run(*asked, "--out", "after", "--baseline", "before/report.json", "--fail-on-regression")
    assert ended.code == 0
    assert "better: nothing beyond noise; worse: nothing beyond noise" in ended.out
    assert_one_line(run(*asked, "--fail-on-regression").err, "needs a --baseline")
    assert_one_line(run(*asked, "--floors", "floors.json").err, "hoidap eval pin")
    assert run("eval", "pin", *asked[1:], "--floors", "floors.json").code == 0
    assert run(*asked, "--floors", "floors.json").code == 0
    floors = json.loads(Path("floors.json").read_text(encoding="utf-8"))
    Path("floors.json").write_text(json.dumps({**floors, "floors": {"answer contains": 1.5}}), encoding="utf-8")
    ended = run(*asked, "--floors", "floors.json")
    assert ended.code == 1
    assert_one_line(ended.err, "answer contains is")
    assert run(*asked, "--fail-under", "recall@1=1.1").code == 1
    for wanted, said in (("recall@1", "MEASURE=VALUE"), ("right=nan", "MEASURE=VALUE"), ("recall=1", "no measure")):
        ended = run(*asked, "--fail-under", wanted)
        assert ended.code == 2
        assert_one_line(ended.err, said)


def test_a_malformed_gold_file(run: Run, sample_index: Path) -> None:
    Path("gold.jsonl").write_text('{"id": "a", "question": "Gì?"}\n{"id": 7}\n', encoding="utf-8")
    for gold, said in (("gold.jsonl", "gold.jsonl:2"), ("nowhere.jsonl", "nowhere.jsonl")):
        ended = run("eval", gold, "--index", sample_index)
        assert ended.code == 2
        assert_one_line(ended.err, said)


def test_a_report_that_cannot_be_written_is_found_out_first(run: Run, sample_index: Path) -> None:
    gold = ROOT / "tests" / "gold" / "questions.jsonl"
    ended = run("eval", gold, "--index", sample_index, "--limit", "1", "--json", "nowhere/report.json")
    assert (ended.code, ended.out) == (1, "")
    assert_one_line(ended.err, "nowhere/report.json")


# How careful an answer is


def test_how_careful_an_answer_is(run: Run, sample_index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unknown = "Cách nấu phở bò gia truyền như thế nào?"

    def status(*options: str) -> str:
        return str(json.loads(run("ask", unknown, "--index", sample_index, "--json", *options).out)["status"])

    assert status() == "refused"
    assert status("--caution", "always_try") == status("--caution", "0") == "answered"
    monkeypatch.setenv("HOIDAP_ANSWER__REFUSE_BELOW", "always_try")
    assert status() == "answered"
    assert status("--caution", "never_wrong") == "refused"


def test_calibrating_a_collection(run: Run, docs: Path) -> None:
    run("ingest", docs, "--index", "i")
    gold = ROOT / "tests" / "gold" / "questions.jsonl"
    ended = run("calibrate", gold, "--index", "i")
    assert (ended.code, ended.out) == (2, "")
    assert_one_line(ended.err, "too few questions")
    lines = [
        {"id": f"{held}{number}", "question": text.format(number), "articles": {"cầu.txt": 1} if held else {}}
        for number in range(60)
        for held, text in ((1, "Cầu Vàng dài {} mét?"), (0, "Ai nấu phở ngon nhất năm {}?"))
    ]
    Path("gold.jsonl").write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    ended = run("calibrate", "gold.jsonl", "--index", "i")
    assert ended.code == 0
    assert re.search(r"^auroc +[01]\.\d{3}  [01]\.\d{3}$", ended.out, re.MULTILINE)
    report = json.loads(run("calibrate", "gold.jsonl", "--index", "i", "--json").out)
    assert report["kept"] == (report["after"]["brier_score"] < report["before"]["brier_score"])
    assert ("better: kept" if report["kept"] else "no better: nothing") in ended.out
    assert not (Path("i") / "answers.sqlite").exists()
    assert run("calibrate", "--reset", "--index", "i") == (0, "the default refusal again\n", "")


# Kept answers


def test_a_kept_answer_is_asked_again(run: Run, docs: Path) -> None:
    run("ingest", docs, "--index", "i")
    assert run("replay", "--index", "i") == (0, "", "")
    asked = run("ask", "Cầu Vàng dài bao nhiêu mét?", "--index", "i", "--article", "cầu.txt")
    shown = asked.out.splitlines()[-1].removeprefix("id ")
    assert len(shown) == 12
    listed = run("replay", "--index", "i")
    assert re.fullmatch(rf"{shown}  \d{{4}}-\d\d-\d\dT[\d:]+\+00:00  Cầu Vàng dài bao nhiêu mét\?\n", listed.out)
    assert run("replay", shown[:6], "--index", "i").out.endswith("\nnothing changed\n")
    (docs / "cầu.txt").write_text("Khánh thành cầu Vàng\nCầu Vàng dài 512 m.", encoding="utf-8")
    run("ingest", docs, "--index", "i")
    changed = run("replay", shown, "--index", "i")
    assert changed.code == 0
    for line in ("generation: 1 -> 2", "+512 m. “Cầu Vàng dài 512 m.” [1]"):
        assert f"\n{line}\n" in changed.out
    told = json.loads(run("replay", shown, "--index", "i", "--json").out)
    assert told["changes"]["values"]["generation"] == [1, 2]
    assert told["before"]["only"]["articles"] == ["cầu.txt"]
    assert [each["id"][:12] for each in json.loads(run("replay", "--index", "i", "--json").out)] == [shown]


def test_the_caution_of_a_kept_answer_is_asked_for_again(run: Run, docs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("ingest", docs, "--index", "i")
    shown = [
        run("ask", "Ai thiết kế sân bay Long Thành?", "--index", "i", *options).out.splitlines()[-1].removeprefix("id ")
        for options in ((), ("--caution", "always_try"))
    ]
    monkeypatch.setenv("HOIDAP_ANSWER__REFUSE_BELOW", "always_try")
    assert "\nstatus: refused -> answered\n" in run("replay", shown[0], "--index", "i").out
    monkeypatch.setenv("HOIDAP_ANSWER__REFUSE_BELOW", "never_wrong")
    assert run("replay", shown[1], "--index", "i").out.endswith("\nnothing changed\n")


def test_an_answer_that_was_not_kept(run: Run, docs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("ingest", docs, "--index", "i")
    for given, said in (("abc", "too short"), ("abcdef", "no answer 'abcdef'")):
        ended = run("replay", given, "--index", "i")
        assert ended.code == 2
        assert_one_line(ended.err, said)
    monkeypatch.setenv("HOIDAP_ANSWER__KEEP", "false")
    assert "\nid " not in run("ask", "Cầu Vàng dài bao nhiêu mét?", "--index", "i").out
    assert run("replay", "--index", "i").out == ""


def test_kept_answers_that_are_damaged(run: Run, docs: Path) -> None:
    run("ingest", docs, "--index", "i")
    (Path("i") / "answers.sqlite").write_text("not a database", encoding="utf-8")
    assert "450 m" in run("ask", "Cầu Vàng dài bao nhiêu mét?", "--index", "i").out
    for command in (("replay",), ("replay", "abcdef")):
        ended = run(*command, "--index", "i")
        assert ended.code == 1
        assert_one_line(ended.err, "answers.sqlite", "remove the file")


# As a process of its own


def test_help_and_wrong_use_of_the_process() -> None:
    ended = python("-m", "rag", "--help")
    assert ended.code == 0
    for command in ("models", "ingest", "articles", "search", "ask", "serve", "eval", "calibrate", "replay", "train"):
        assert re.search(rf"^ *{command} ", ended.out, re.MULTILINE), command
    assert python("-m", "rag", "ask", "?", HOIDAP_BOGUS="1").code == 2


def test_a_terminal_without_vietnamese_letters(sample_index: Path) -> None:
    ended = python("-m", "rag", "articles", "list", "--index", str(sample_index), PYTHONIOENCODING="ascii")
    assert (ended.code, ended.err) == (0, "")
    assert "metro-cat-linh-ha-dong.md" in ended.out


def test_a_reader_that_goes_away(sample_index: Path) -> None:
    reading = f"{sys.executable} -m rag articles list --index '{sample_index}' | true; exit ${{PIPESTATUS[0]}}"
    ended = subprocess.run(["bash", "-c", reading], capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)
    assert ended.returncode in (0, 1)
    assert ended.stderr == ""


def test_help_is_there_at_once() -> None:
    def seconds(*arguments: str) -> float:
        """Of the processor, not of the clock: other tests run beside this one."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert python(*arguments).code == 0
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    bare, helped = (min(seconds(*each) for _ in range(3)) for each in (("-c", "pass"), ("-m", "rag", "--help")))
    assert helped - bare < 0.5


def test_an_id_cannot_write_on_the_terminal(run: Run, tmp_path: Path) -> None:
    hostile = "a\u202eb\x9b2Jc\nd"
    line = json.dumps({"id": hostile, "title": "Cầu\x9dVàng", "text": "Cầu Vàng dài 450 m."}, ensure_ascii=False)
    (tmp_path / "x.jsonl").write_text(line, encoding="utf-8")
    (tmp_path / "\x9b2J\n.txt").write_bytes(b"\xff")
    told = run("ingest", tmp_path / "x.jsonl", tmp_path / "\x9b2J\n.txt", "--index", "i")
    assert_one_line(told.err, "\\x9b2J\\x0a.txt")
    escaped = "a\\u202eb\\x9b2Jc\\x0ad"
    for command in (("articles", "list"), ("search", "Cầu Vàng dài bao nhiêu?"), ("ask", "Cầu Vàng dài bao nhiêu?")):
        shown = run(*command, "--index", "i").out
        assert escaped in shown
        assert not any(letter in shown for letter in "\x9b\x9d\u202e")
        assert json.loads(run(*command, "--index", "i", "--json").out)
    (tmp_path / "x.jsonl").write_text(line.replace("450", "451"), encoding="utf-8")
    run("ingest", tmp_path / "x.jsonl", "--index", "i")
    (kept,) = json.loads(run("replay", "--index", "i", "--json").out)[-1:]
    changed = run("replay", kept["id"], "--index", "i").out
    assert f"quote gained: {escaped}, " in changed
    assert not any(letter in changed for letter in "\x9b\x9d\u202e")
    (tmp_path / "\x9b2J\n.html").write_text("<p>", encoding="utf-8")
    assert_one_line(run("ingest", tmp_path / "\x9b2J\n.html", "--index", "i").err, "\\x9b2J\\x0a.html")
    assert_one_line(run("articles", "show", f"{hostile}?", "--index", "i").err, "articles list")
