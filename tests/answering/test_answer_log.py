from __future__ import annotations

import json
import logging
import sqlite3
import stat
import threading
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answering import answer_log as record_module
from rag.answering.answer import Answer, Fingerprint
from rag.answering.answer_log import FILE, AnswerLog, KeptCitation, KeptPassage, LoggedAnswer, logged_answer
from rag.answering.citations import Citation
from rag.answering.quote import Quote
from rag.config import AnswerSettings, Config, LlmSettings
from rag.errors import CollectionError, UsageError
from rag.index.filter import Filter
from rag.query.conversation import Turn
from rag.query.request import Request
from rag.retrieval.passage import Passage
from tests.strategies import texts

clean = texts.map(lambda text: text.encode(errors="ignore").decode())
places = st.integers(0, 9999)
records = st.builds(
    LoggedAnswer,
    id=st.text("0123456789abcdef", min_size=32, max_size=32),
    asked=st.just("2024-09-07T12:00:00+00:00"),
    question=clean,
    history=st.lists(st.builds(Turn, clean, clean), max_size=2).map(tuple),
    standalone_question=clean,
    mode=st.sampled_from(["extractive", "generative"]),
    only=st.sampled_from([Filter(), Filter("2016", "2017-02-03", ("bao.example",), ("vi", "en"), ("a", "b"))]),
    settings=st.dictionaries(clean, st.none() | st.integers() | st.floats(0, 1) | clean, max_size=3),
    fingerprint=st.builds(
        Fingerprint,
        clean,
        st.none() | clean,
        st.none() | clean,
        places,
        st.none() | clean,
        st.lists(st.floats(-9, 9), max_size=7).map(tuple),
        st.none() | clean,
    ),
    passages=st.lists(st.builds(KeptPassage, clean, places, places, clean), max_size=3).map(tuple),
    text=clean,
    status=st.sampled_from(["answered", "refused"]),
    confidence=st.floats(0, 1),
    citations=st.lists(st.builds(KeptCitation, clean, places, places, clean, clean), max_size=3).map(tuple),
    refuse_below=st.none() | st.floats(0, 1),
)


def record(name: str, question: str = "Gì?") -> LoggedAnswer:
    values = {"settings": {}, "fingerprint": Fingerprint("e", None, None, 1), "passages": (), "citations": ()}
    return LoggedAnswer(
        **{name: value for name, value in values.items()},  # type: ignore[arg-type]
        id=name.ljust(32, "0"),
        asked="2024-09-07T12:00:00+00:00",
        question=question,
        history=(),
        standalone_question=question,
        mode="extractive",
        only=Filter(),
        text="Ba.",
        status="answered",
        confidence=0.5,
    )


@given(records)
def test_what_is_kept_is_read_again(tmp_path_factory: pytest.TempPathFactory, kept: LoggedAnswer) -> None:
    found = AnswerLog(tmp_path_factory.mktemp("r"))
    found.add(kept)
    assert found.find(kept.id) == kept
    assert found.newest(1) == [kept]


def test_a_record_holds_what_the_answer_depended_on() -> None:
    quote = Quote("a", "Bài", "a.md", None, "vi", 3, 7, "Bốn.", 1.0)
    passage = Passage("a", 1, "Bài", "a.md", None, "vi", "Ba. Bốn.", 0, 8, 1.0, 0.9)
    fingerprint = Fingerprint("e", "l", "p", 4, "r", (1.0, 2.0), "s")
    turns, only = (Turn("Gì?", "Ba."),), Filter(since="2016")
    request = Request("Nó?", turns, only, date(2024, 9, 7), "generative")
    answer = Answer(
        "id", request, "Gì (Nó)?", "Bốn. [1]", "answered", "extractive", (Citation(1, quote, "partly"),), (passage,),
        0.7, {}, fingerprint,
    )  # fmt: skip
    config = Config(llm=LlmSettings(base_url="https://user:secret@llm.example/v1", api_key_env="KEY"))
    kept = logged_answer(answer, config)
    assert kept.request == request
    assert (kept.history, kept.mode, kept.only, kept.fingerprint) == (turns, "generative", only, fingerprint)
    # SHA-256 of the passage in UTF-8, as `printf 'Ba. Bốn.' | sha256sum` gives it.
    assert kept.passages == (KeptPassage("a", 0, 8, kept.passages[0].sha256),)
    assert len(kept.passages[0].sha256) == 64
    assert kept.citations == (KeptCitation("a", 3, 7, "Bốn.", "partly"),)
    assert kept.asked.endswith("+00:00")
    assert kept.settings["answer.refuse_below"] == 0.4
    assert kept.settings["retrieval.top_n"] == 5
    assert kept.settings["llm.max_tokens"] == 256
    assert "answer.keep" not in kept.settings
    assert "secret" not in json.dumps(asdict(kept))


def test_a_threshold_asked_for_is_kept_beside_that_of_the_settings() -> None:
    fingerprint = Fingerprint("e", None, None, 1)
    requests = (Request.of("Gì?", refuse_below=threshold) for threshold in (None, 0.0))
    answers = (
        Answer("id", each, "Gì?", "", "refused", "extractive", (), (), 0.1, {}, fingerprint) for each in requests
    )
    of_settings, asked_for = (logged_answer(answer, Config()) for answer in answers)
    assert (of_settings.refuse_below, of_settings.settings["answer.refuse_below"]) == (None, 0.4)
    assert (asked_for.refuse_below, asked_for.settings["answer.refuse_below"]) == (0.0, 0.0)


def test_what_was_kept_before_a_question_could_ask_for_a_threshold_is_read(tmp_path: Path) -> None:
    found, kept = AnswerLog(tmp_path), record("abcdef1")
    found.add(kept)
    with sqlite3.connect(found.path) as connection:
        connection.execute("UPDATE answers SET record = json_remove(record, '$.refuse_below')")
    connection.close()
    assert found.newest(1) == [kept]


def test_what_was_kept_before_there_was_a_reader_is_read(tmp_path: Path) -> None:
    found, kept = AnswerLog(tmp_path), record("abcdef1")
    found.add(kept)
    with sqlite3.connect(found.path) as connection:
        connection.execute("UPDATE answers SET record = json_remove(record, '$.fingerprint.reader')")
    connection.close()
    assert found.newest(1) == [kept]
    assert kept.fingerprint.reader is None


def test_only_the_newest_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_module, "KEPT", 3)
    found = AnswerLog(tmp_path)
    for number in range(5):
        found.add(record(f"abcdef{number}"))
    assert [each.id[:7] for each in found.newest(20)] == ["abcdef4", "abcdef3", "abcdef2"]
    with pytest.raises(UsageError, match="no answer 'abcdef0'"):
        found.find("abcdef0")


def test_the_beginning_of_an_id_is_enough_when_it_is_unique(tmp_path: Path) -> None:
    found = AnswerLog(tmp_path)
    found.add(record("abcdef1"))
    found.add(record("abcdef2"))
    assert found.find("ABCDEF2").id.startswith("abcdef2")
    for prefix, said in (("abcdef", "several"), ("abcde", "too short"), ("", "too short"), ("%%%%%%", "no answer")):
        with pytest.raises(UsageError, match=said):
            found.find(prefix)


def test_where_nothing_is_kept_yet(tmp_path: Path) -> None:
    assert AnswerLog(tmp_path).newest(20) == []
    with pytest.raises(UsageError, match="no answer"):
        AnswerLog(tmp_path).find("abcdef")
    assert list(tmp_path.iterdir()) == []


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    found = AnswerLog(tmp_path)
    found.add(record("abcdef"))
    holder = sqlite3.connect(tmp_path / FILE)
    holder.execute("SELECT * FROM answers").fetchall()
    found.add(record("abcdf0"))
    files = list(tmp_path.iterdir())
    assert len(files) > 1
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    holder.close()


def test_several_may_add_at_once(tmp_path: Path) -> None:
    def add(first: int) -> None:
        own = AnswerLog(tmp_path)
        for number in range(10):
            own.add(record(f"{first}{number:05}"))

    threads = [threading.Thread(target=add, args=(first,)) for first in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({each.id for each in AnswerLog(tmp_path).newest(100)}) == 40


def test_a_file_that_is_damaged_is_an_error_for_readers_alone(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / FILE).write_bytes(b"not a database" * 100)
    found = AnswerLog(tmp_path)
    with caplog.at_level(logging.WARNING):
        found.add(record("abcdef"))
        found.add(record("abcdf0"))
    assert len(caplog.records) == 1
    assert "are not kept" in caplog.text
    for call in (lambda: found.find("abcdef"), lambda: found.newest(1)):
        with pytest.raises(CollectionError, match=r"cannot be read .*remove the file"):
            call()


@pytest.mark.parametrize("held", ["{", "[]", "{}", '{"only": 3}', "null"])
def test_a_record_that_is_none_is_an_error(tmp_path: Path, held: str) -> None:
    found = AnswerLog(tmp_path)
    found.add(record("abcdef"))
    connection = sqlite3.connect(found.path)
    with connection:
        connection.execute("UPDATE answers SET record = ?", (held,))
    connection.close()
    with pytest.raises(CollectionError, match="cannot be read"):
        found.find("abcdef")


def test_a_place_where_nothing_can_be_written(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / FILE).mkdir()
    found = AnswerLog(tmp_path)
    for _ in range(2):
        found.add(record("abcdef"))
    assert len(caplog.records) == 1
    with pytest.raises(CollectionError):
        found.newest(1)


def test_settings_are_named_as_in_the_file() -> None:
    config = Config(answer=AnswerSettings(quotes=2))
    fingerprint = Fingerprint("e", None, None, 1)
    answer = Answer("i", Request.of("Gì?"), "Gì?", "", "refused", "extractive", (), (), 0.0, {}, fingerprint)
    one, two = (logged_answer(answer, each) for each in (Config(), config))
    assert {name for name in one.settings if one.settings[name] != two.settings[name]} == {"answer.quotes"}
    assert replace(one, settings={}, asked="") == replace(two, settings={}, asked="")
