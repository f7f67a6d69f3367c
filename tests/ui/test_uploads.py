"""Files that readers add, and the example questions, over a real collection."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

import pytest

from rag import Assistant, Config, ExampleQuestion, IngestReport, UsageError, example_questions, removed_articles
from rag.config import LlmSettings, ModelSettings
from tests.ui.scripted_assistant import ScriptedAssistant
from ui import uploads
from ui.english import ENGLISH
from ui.examples import Examples
from ui.library import ingestion_html
from ui.uploads import Uploads
from ui.vietnamese import VIETNAMESE

KINDS = 3  # of templates


def test_added_files_can_be_asked_and_bad_ones_are_told(models_folder: Path, tmp_path: Path) -> None:
    config = Config(index=tmp_path, models=ModelSettings(cache=models_folder), llm=LlmSettings(model="none"))
    assistant = Assistant(config)
    kept = Uploads(assistant)
    text = "Cầu mới\n\nCầu Hàm Luông thứ hai dài 1.280 mét và khánh thành năm 2025."
    for name, content in (("../cầu.txt", text.encode()), ("rỗng.txt", b" "), ("hình.xyz", b"?")):
        kept.take(name, content)
    taken_in(kept)
    assert kept.state.report is not None
    assert kept.state.report.added == ("added/cầu.txt",)
    told = ingestion_html(kept.state, ENGLISH)
    for part in ("1 added", "rỗng", "is empty", "hình"):
        assert part in told
    assert [file.name for file in (tmp_path / "uploads" / "added").iterdir()] == ["cầu.txt"]
    assert "1.280" in assistant.ask("Cầu Hàm Luông thứ hai dài bao nhiêu mét?").text
    kept.take("cầu.txt", b" ")
    for failed in (1, 0):
        taken_in(kept)
        assert kept.state.report is not None
        assert len(kept.state.report.failed) == failed, "a file that is broken does not cost the one before it"
        assert kept.state.report.removed == ()
    kept.take("cầu.txt", text.replace("1.280", "1.300").encode())
    taken_in(kept)
    assert kept.state.report is not None
    assert kept.state.report.updated == ("added/cầu.txt",), "replaced at once, neither removed nor added"
    assert list((tmp_path / "uploads-before").iterdir()) == []
    assistant.remove("added/cầu.txt")
    assert removed_articles(tmp_path) == ["added/cầu.txt"]
    assistant.restore("added/cầu.txt")
    assert removed_articles(tmp_path) == []


def taken_in(kept: Uploads) -> None:
    kept.begin()
    wait_for(kept)


def wait_for(kept: Uploads) -> None:
    ends = time.monotonic() + 60
    while kept.state.running and time.monotonic() < ends:
        time.sleep(0.05)


def test_too_much_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Uploads(Assistant(Config(index=tmp_path)))
    monkeypatch.setattr(uploads, "MAX_FILE", 10)
    monkeypatch.setattr(uploads, "MAX_FILES", 1)
    with pytest.raises(UsageError, match="more than 10 bytes"):
        kept.take("a.txt", b"x" * 11)
    assert kept.take("a.txt", b"x") == "a.txt"
    assert kept.take("a.txt", b"y") == "a.txt", "the same file again"
    with pytest.raises(UsageError, match="no room"):
        kept.take("b.txt", b"x")


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / uploads.FOLDER).write_text("in the way of the folder")
    with pytest.raises(UsageError, match=r"a\.txt: cannot be kept"):
        Uploads(Assistant(Config(index=tmp_path))).take("a.txt", b"x")


def test_what_comes_while_others_are_taken_in_is_taken_in_after_them(tmp_path: Path) -> None:
    assistant, kept = ScriptedAssistant(Config(index=tmp_path)), list[Uploads]()
    ingest, came = assistant.ingest, threading.Event()

    def while_more_comes(paths: Sequence[Path], progress: Callable[[str, int, int], None]) -> IngestReport:
        report = ingest(paths, progress)
        if not came.is_set():
            kept[0].take("b.txt", b"x")
            kept[0].begin()
            assert kept[0].state.running
            came.set()
        return report

    assistant.ingest = while_more_comes  # type: ignore[method-assign]
    kept.append(Uploads(cast(Assistant, assistant)))
    kept[0].take("a.txt", b"x")
    taken_in(kept[0])
    assert came.is_set()
    assert kept[0].state.report is not None
    assert kept[0].state.report.added == ("a.txt", "b.txt")


def test_while_one_ingestion_goes_on_no_other_is_begun(tmp_path: Path) -> None:
    assistant, begun, go = ScriptedAssistant(Config(index=tmp_path)), threading.Semaphore(0), threading.Event()

    def ingest(*_: object) -> IngestReport:
        begun.release()
        assert go.wait(30)
        return IngestReport()

    assistant.ingest = ingest  # type: ignore[method-assign, assignment]
    kept = Uploads(cast(Assistant, assistant))
    kept.take("a.txt", b"x")
    kept.begin()
    assert begun.acquire(timeout=30)
    for _ in range(3):
        kept.begin()
    # One that was begun beside it would come here; nothing came that is to be taken in after it.
    assert not begun.acquire(timeout=0.2)
    go.set()
    wait_for(kept)
    assert kept.state.report is not None
    assert not begun.acquire(blocking=False)


def test_examples_are_questions_that_are_answered_and_are_found_once(
    sample: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = example_questions(sample)
    assert {each.language for each in found} == {"vi", "en"}
    assert 1 < sum(each.language == "vi" for each in found) <= KINDS
    for each in found:
        answer = sample.ask(each.question, mode="extractive")
        assert answer.status == "answered"
        told, words = answer.citations[0].quote.text, each.question.rstrip("?").split()
        assert sum(word in told for word in words) > 0.7 * len(words), "its own sentence"
    monkeypatch.setattr(Assistant, "evidence", None)
    assert example_questions(sample) == found


def test_examples_are_those_of_the_collection_as_others_have_left_it(
    assistant: ScriptedAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = iter(("Cũ?", "Mới?"))
    monkeypatch.setattr("ui.examples.example_questions", lambda _: (ExampleQuestion(next(asked), "vi"),))
    monkeypatch.setattr(assistant, "generation", 1)
    examples = Examples(cast(Assistant, assistant))

    def offered() -> str:
        ends = time.monotonic() + 30
        while (found := examples.offered(VIETNAMESE))[1] and time.monotonic() < ends:
            time.sleep(0.01)
        return found[0][0]

    assert offered() == offered() == "Cũ?"
    assistant.generation = 2
    assert offered() == "Mới?"


def test_titles_are_asked_about_until_examples_are_found(sample: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.examples.example_questions", lambda _: ())
    questions, _ = Examples(sample).offered(ENGLISH)
    assert questions
    assert all(each.startswith("What is “") for each in questions)
