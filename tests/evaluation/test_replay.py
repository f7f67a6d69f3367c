from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from rag.answering.answer import Fingerprint
from rag.answering.answer_log import AnswerLog, KeptCitation, KeptPassage, LoggedAnswer
from rag.assistant import Assistant
from rag.config import AnswerSettings, Config, LlmSettings, ModelSettings
from rag.evaluation.replay import Moved, changes, lines, replay
from rag.index.filter import Filter
from rag.models.reader import READER_SHA256
from rag.query.conversation import Turn

A, B, C = (KeptPassage(name, 0, 9, f"hash of {name}") for name in "abc")
QUOTE = KeptCitation("a", 0, 3, "Ba.", "supported")
BEFORE = LoggedAnswer(
    id="abcdef",
    asked="2024-09-07T12:00:00+00:00",
    question="Gì?",
    history=(),
    standalone_question="Gì?",
    mode="extractive",
    only=Filter(),
    settings={"answer.quotes": 3, "llm.model": "none"},
    fingerprint=Fingerprint("e", None, None, 1),
    passages=(A, B),
    text="Ba.\nBốn.",
    status="answered",
    confidence=0.5,
    citations=(QUOTE,),
)


@pytest.fixture
def own(tmp_path: Path, models_folder: Path) -> Callable[..., Assistant]:
    """Assistants over a collection of its own, with one article."""
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "cau-vang.txt").write_text("Khánh thành cầu Vàng\nCầu Vàng dài 450 m.", encoding="utf-8")

    def opened(**answer: object) -> Assistant:
        settings = AnswerSettings.model_validate({"mode": "extractive", **answer})
        models, llm = ModelSettings(cache=models_folder), LlmSettings(model="none")
        return Assistant(Config(index=tmp_path / "index", models=models, llm=llm, answer=settings))

    opened().ingest([docs])
    return opened


def test_nothing_has_changed_at_another_time() -> None:
    after = replace(BEFORE, id="0", asked="2025-01-01T00:00:00+00:00", confidence=0.5000001)
    found = changes(BEFORE, after)
    assert not found
    assert list(lines(found)) == ["nothing changed"]


def test_every_change_is_told() -> None:
    moved = replace(B, start=4, end=13)
    after = replace(
        BEFORE,
        settings={"answer.quotes": 2, "llm.model": "none"},
        fingerprint=Fingerprint("e", "l", None, 2),
        passages=(moved, C),
        text="Ba.\nNăm.",
        status="refused",
        confidence=0.3,
        citations=(replace(QUOTE, text="Năm."),),
    )
    found = changes(BEFORE, after)
    assert found.values == {
        "llm": (None, "l"),
        "generation": (1, 2),
        "answer.quotes": (3, 2),
        "status": ("answered", "refused"),
        "confidence": (0.5, 0.3),
    }
    assert (found.passages_gained, found.passages_lost) == ((C,), (A,))
    assert found.passages_moved == (Moved(B, moved, 2, 1),)
    assert (found.quotes_gained, found.quotes_lost) == (after.citations, BEFORE.citations)
    said = list(lines(found))
    for line in (
        "generation: 1 -> 2",
        "passage lost: a, characters 0-9",
        "passage gained: c, characters 0-9",
        "passage moved: b, characters 0-9, rank 2 -> 1, now b, characters 4-13",
        "quote gained: a, characters 0-3, supported: “Năm.”",
        "-Bốn.",
        "+Năm.",
    ):
        assert line in said, line
    assert "nothing changed" not in said
    assert not any(line.startswith(("---", "+++", "@@")) for line in said)


def test_a_setting_that_is_new_or_gone() -> None:
    after = replace(BEFORE, settings={"llm.model": "none", "answer.more": True})
    assert changes(BEFORE, after).values == {"answer.quotes": (3, None), "answer.more": (None, True)}


def test_an_answer_is_given_again_and_what_changed_is_seen(own: Callable[..., Assistant], tmp_path: Path) -> None:
    history = (Turn("Ai khánh thành Cầu Vàng?", "Một người."),)
    only = Filter(articles=("cau-vang.txt", "ga.txt"))
    answer = own(refuse_below=0.0).ask("Nó dài bao nhiêu mét?", history, only=only)
    assert "450 m" in answer.text
    (before,) = AnswerLog(tmp_path / "index").newest(5)
    assert (before.id, before.history, before.only, before.mode) == (answer.id, history, only, "extractive")
    assert before.fingerprint == answer.fingerprint
    assert len(before.fingerprint.calibration) == 8
    assert before.fingerprint.reader == READER_SHA256
    again = replay(own(refuse_below=0.0, keep=False), before)
    assert not changes(before, again)
    assert again.standalone_question == before.standalone_question
    assert [each.id for each in AnswerLog(tmp_path / "index").newest(5)] == [before.id]
    (tmp_path / "docs" / "cau-vang.txt").write_text("Khánh thành cầu Vàng\nCầu Vàng dài 512 m.", encoding="utf-8")
    own().ingest([tmp_path / "docs"])
    found = changes(before, replay(own(refuse_below=0.0, keep=False, quotes=2), before))
    assert found.values["generation"] == (1, 2)
    assert found.values["answer.quotes"] == (3, 2)
    assert "reader" not in found.values
    assert [each.text for each in found.quotes_gained] == ["Cầu Vàng dài 512 m."]
    assert len(found.passages_gained) == len(found.passages_lost) == 1
    assert any(line.startswith("+") and "512" in line for line in found.text)


def test_a_reader_switched_off_is_told(own: Callable[..., Assistant], tmp_path: Path) -> None:
    question = "Cầu Vàng dài bao nhiêu mét?"
    own().ask(question)
    own(reader=False).ask(question)
    without, with_one = AnswerLog(tmp_path / "index").newest(2)
    assert (without.fingerprint.reader, len(without.fingerprint.calibration)) == (None, 6)
    found = changes(with_one, replay(own(keep=False, reader=False), with_one))
    assert found.values["reader"] == (READER_SHA256, None)
    assert found.values["answer.reader"] == (True, False)
    assert f"reader: {READER_SHA256} -> None" in list(lines(found))
    assert not changes(without, replay(own(keep=False, reader=False), without))


def test_a_threshold_asked_for_is_asked_for_again(own: Callable[..., Assistant], tmp_path: Path) -> None:
    unknown = "Ai thiết kế sân bay Long Thành?"
    assert own().ask(unknown, refuse_below=0.0).status == "answered"
    assert own().ask(unknown).status == "refused"
    of_settings, asked_for = AnswerLog(tmp_path / "index").newest(5)
    assert not changes(asked_for, replay(own(keep=False, refuse_below=0.9), asked_for))
    found = changes(of_settings, replay(own(keep=False, refuse_below=0.0), of_settings))
    assert found.values["answer.refuse_below"] == (0.4, 0.0)
    assert found.values["status"] == ("refused", "answered")


def test_an_answer_is_given_though_it_cannot_be_kept(own: Callable[..., Assistant], tmp_path: Path) -> None:
    (tmp_path / "index" / "answers.sqlite").mkdir()
    assert "450 m" in own().ask("Cầu Vàng dài bao nhiêu mét?").text


def test_nothing_is_kept_when_the_settings_say_so(own: Callable[..., Assistant], tmp_path: Path) -> None:
    own(keep=False).ask("Cầu Vàng dài bao nhiêu mét?")
    own().evidence("Cầu Vàng dài bao nhiêu mét?")
    own().search("Cầu Vàng dài bao nhiêu mét?")
    assert not (tmp_path / "index" / "answers.sqlite").exists()
