"""Questions answered in the background, and the messages that they become."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from rag import (
    Assistant,
    Citation,
    Config,
    Delta,
    Exchange,
    Feedback,
    Filter,
    HoidapError,
    Passage,
    QuestionError,
    Turn,
)
from rag.config import AnswerSettings
from rag.query.request import Request
from tests.ui.scripted_assistant import METRO, PRICE, ScriptedAssistant, answer
from ui.chats import Busy, Chats, Draft, Event, Live
from ui.escaping import plain
from ui.events import _corrects
from ui.messages import bolder, conversation_messages, exchange_messages, spans
from ui.running import Run, Stopped
from ui.turns import AT_ONCE, AT_ONCE_OF_ONE, Crowded
from ui.vietnamese import VIETNAMESE


@pytest.fixture
def scripted(tmp_path: Path) -> ScriptedAssistant:
    return ScriptedAssistant(Config(index=tmp_path))


@pytest.fixture
def chats(scripted: ScriptedAssistant) -> Chats:
    return Chats(cast(Assistant, scripted))


def begun(chats: Chats, question: str, known: str = "", replaces: str = "", reader: str = "me", **changes: Any) -> Live:
    return chats.begin(known, reader, Exchange.now(question, **changes), replaces)


def answered(chats: Chats, question: str, known: str = "", **changes: Any) -> Live:
    live = begun(chats, question, known, **changes)
    assert live.left.wait(30)
    return live


def wait_until(there: Callable[[], bool]) -> None:
    ends = time.monotonic() + 30
    while not there() and time.monotonic() < ends:
        time.sleep(0.01)
    assert there()


def contents(live: Live, **more: Any) -> str:
    return "".join(
        each["content"] for each in exchange_messages(live.draft, VIETNAMESE, live=not live.draft.done, **more)
    )


def test_an_answer_is_kept_and_the_next_question_builds_on_it(chats: Chats, scripted: ScriptedAssistant) -> None:
    first = answered(chats, "giá vé?", mode="extractive", refuse_below=0.6, only=Filter(since="2024"))
    second = answered(chats, "còn giờ?", first.conversation_id)
    alone = answered(chats, "giá khác?", first.conversation_id, alone=True, as_typed=True)
    assert scripted.calls[0] == ("giá vé?", (), "extractive")
    assert scripted.asked[0] == (Filter(since="2024"), 0.6, False)
    [turn] = scripted.calls[1][1]
    assert (turn.question, turn.standalone) == ("giá vé?", "giá vé?")
    assert (scripted.calls[2][1], scripted.asked[2][2]) == ((), True)
    kept = chats.conversation(first.conversation_id, "me")
    assert kept is not None
    assert [each.id for each in kept.exchanges] == [each.draft.exchange.id for each in (first, second, alone)]
    assert VIETNAMESE.understood in contents(second)
    assert "#typed-" in contents(second)
    assert "#typed-" not in contents(second, last=False)


def test_the_last_question_is_asked_again_in_its_place(chats: Chats, scripted: ScriptedAssistant) -> None:
    first = answered(chats, "giá vé?")
    second = answered(chats, "còn giờ?", first.conversation_id)
    again = answered(chats, "mấy giờ?", first.conversation_id, replaces=second.draft.exchange.id)
    assert len(scripted.calls[-1][1]) == 1
    kept = chats.conversation(first.conversation_id, "me")
    assert kept is not None
    assert [each.question for each in kept.exchanges] == ["giá vé?", "mấy giờ?"]
    assert again.draft.done


def test_one_question_of_a_conversation_at_a_time(chats: Chats, scripted: ScriptedAssistant) -> None:
    live = begun(chats, "chậm đây?")
    with pytest.raises(Busy):
        begun(chats, "giá vé?", live.conversation_id)
    answered(chats, "giá vé?")
    wait_until(lambda: bool(live.draft.written))
    assert chats.live(live.conversation_id, "me") is live
    assert chats.draft(live.conversation_id, "me", live.draft.exchange.id) is live.draft
    assert list(spans(live.draft)) == [1, 2]
    assert "<details" in contents(live)
    scripted.go.set()
    assert live.left.wait(30)
    assert chats.live(live.conversation_id, "me") is None


def test_few_questions_are_answered_at_once_and_those_that_wait_can_be_stopped(
    chats: Chats, scripted: ScriptedAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.turns.WAITING", 2)
    running = [begun(chats, "chậm đây?", reader=f"reader {n // 2}") for n in range(AT_ONCE)]
    wait_until(lambda: len(scripted.calls) == AT_ONCE)
    first, waits = begun(chats, "giá vé?", reader="you"), begun(chats, "giá vé?")
    wait_until(lambda: waits.draft.ahead == 1)
    assert plain(VIETNAMESE.in_queue_behind.format(count=1)) in contents(waits)
    assert plain(VIETNAMESE.in_queue) in contents(first)
    with pytest.raises(Crowded):
        begun(chats, "giá vé?")
    for live in (first, waits):
        chats.stop(live.conversation_id, live.reader)
        assert live.left.wait(30)
        assert live.draft.exchange.state == "stopped"
    for live in running:
        chats.forget(live.conversation_id, live.reader)
        assert live.left.wait(30)
    scripted.go.set()
    assert [call[0] for call in scripted.calls] == ["chậm đây?"] * AT_ONCE
    assert answered(chats, "giá vé?").draft.exchange.state == "answered", "its turn was given back"


def test_many_questions_of_one_reader_do_not_keep_another_waiting(chats: Chats, scripted: ScriptedAssistant) -> None:
    many = [begun(chats, "chậm đây?", reader="greedy") for _ in range(AT_ONCE + 3)]
    wait_until(lambda: len(scripted.calls) == AT_ONCE_OF_ONE)
    assert answered(chats, "giá vé?", reader="another").draft.exchange.state == "answered"
    assert len(scripted.calls) == AT_ONCE_OF_ONE + 1, "and none of the others meanwhile"
    for live in many:
        chats.forget(live.conversation_id, live.reader)
    scripted.go.set()


def test_a_conversation_of_another_user_is_as_none(chats: Chats, scripted: ScriptedAssistant) -> None:
    first = answered(chats, "giá vé?", reader="user:one")
    known, exchange = first.conversation_id, first.draft.exchange.id
    for reader in ("user:two", "cookie", "", "proxy:one"):
        assert chats.conversation(known, reader) is None
        assert chats.draft(known, reader, exchange) is None
        assert not chats.rename(known, reader, "Mine")
        assert not chats.give_feedback(known, reader, exchange, Feedback.now("wrong"))
        assert not chats.forget(known, reader)
        other = answered(chats, "còn giờ?", known, replaces=exchange, reader=reader)
        assert other.conversation_id != known
        assert scripted.calls[-1][1] == (), "it builds on nothing"
    kept = chats.conversation(known, "user:one")
    assert kept is not None
    assert [each.id for each in kept.exchanges] == [exchange]
    assert kept.exchanges[0].feedback is None


def test_an_answer_of_another_user_that_is_being_made_is_not_followed(
    chats: Chats, scripted: ScriptedAssistant
) -> None:
    live = begun(chats, "chậm đây?", reader="user:one")
    wait_until(lambda: bool(live.draft.written))
    assert chats.live(live.conversation_id, "user:two") is None
    assert chats.draft(live.conversation_id, "user:two", live.draft.exchange.id) is None
    chats.stop(live.conversation_id, "user:two")
    assert not live.run.stopping
    other = answered(chats, "giá vé?", live.conversation_id, reader="user:two")
    assert other.conversation_id != live.conversation_id
    scripted.go.set()
    assert live.left.wait(30)
    assert live.draft.exchange.state == "answered"


def test_a_question_that_cannot_be_kept_gives_its_turn_back(chats: Chats, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> str:
        raise HoidapError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(chats.store, "add", fail)
        for _ in range(AT_ONCE + 1):
            with pytest.raises(HoidapError):
                begun(chats, "giá vé?")
    assert answered(chats, "giá vé?").draft.exchange.state == "answered"


def test_a_stop_keeps_what_there_was(chats: Chats, scripted: ScriptedAssistant) -> None:
    live = begun(chats, "chậm đây?")
    wait_until(lambda: bool(live.draft.written))
    chats.stop(live.conversation_id, "me")
    assert live.left.wait(30)
    html = contents(live)
    assert plain("Đang viết dở") in html
    assert html.count(plain(VIETNAMESE.stopped)) == 1
    assert "hd-draft" not in html
    scripted.go.set()
    wait_until(lambda: scripted.closed == ["chậm đây?"])
    answered(chats, "sau đó?", live.conversation_id)
    assert scripted.calls[-1][1] == ()


def test_failures_are_told_and_are_no_turns(
    chats: Chats, scripted: ScriptedAssistant, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    told = answered(chats, "lỗi gì?")
    for part in (VIETNAMESE.failures["GenerationError"], "the model is away; pull it into …/models"):
        assert plain(part) in contents(told)

    def fail(error: Exception) -> Live:
        def stream(*_: Any, **__: Any) -> Iterator[Event]:
            raise error
            yield

        monkeypatch.setattr(scripted, "stream", stream)
        return answered(chats, "giá vé?", told.conversation_id)

    hidden = fail(ValueError("secret path"))
    assert "secret" not in contents(hidden)
    assert plain(VIETNAMESE.failed_advice) in contents(hidden)
    assert "secret path" in caplog.text
    assert plain(VIETNAMESE.question_failed) in contents(fail(QuestionError("empty")))
    kept = chats.conversation(told.conversation_id, "me")
    assert kept is not None
    assert kept.turns == ()


@pytest.mark.parametrize("error", [HoidapError("the disk is full"), UnicodeEncodeError("utf-8", "", 0, 1, "?")])
def test_an_answer_that_cannot_be_kept_is_shown_and_the_chat_goes_on(
    chats: Chats, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    def fail(_: Exchange) -> None:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(chats.store, "update", fail)
        live = answered(chats, "giá vé?")
    assert plain("vé 7.000 đồng") in contents(live)
    assert plain(VIETNAMESE.unkept) in contents(live)
    assert "the answer could not be kept" in caplog.text
    after = answered(chats, "còn giờ?", live.conversation_id)
    assert after.draft.exchange.state == "answered"
    assert plain(VIETNAMESE.unkept) not in contents(after)


def test_a_question_that_was_cut_off_says_so(chats: Chats) -> None:
    known = chats.store.add("", "me", Exchange.now("giá vé?"))
    kept = chats.conversation(known, "me")
    assert kept is not None
    html = "".join(each["content"] for each in conversation_messages(kept.exchanges, VIETNAMESE))
    assert plain(VIETNAMESE.interrupted) in html
    assert "#retry-" in html


def test_nothing_is_kept_where_answers_are_not_to_be(tmp_path: Path) -> None:
    scripted = ScriptedAssistant(Config(index=tmp_path, answer=AnswerSettings(keep=False)))
    chats = Chats(cast(Assistant, scripted))
    assert chats.conversation(answered(chats, "giá vé?").conversation_id, "me") is not None
    assert list(tmp_path.iterdir()) == []


def test_quotes_can_be_put_into_words_where_there_is_a_model_for_it() -> None:
    def offered(*, writes: bool = True, last: bool = True, **changes: Any) -> bool:
        draft = Draft(replace(Exchange.now("Ai?"), state="answered", answer=answer("Ai?", "Ông An.", **changes)))
        shown = exchange_messages(draft, VIETNAMESE, live=False, last=last, writes=writes)
        return "#write-" in "".join(each["content"] for each in shown)

    assert offered()
    assert not offered(writes=False)
    assert not offered(last=False)
    assert not offered(status="refused")
    assert not offered(short="An")
    for kind in ("yes_no", "collection", "vague", "small_talk", "order"):
        assert not offered(kind=kind)
    assert not offered(request=Request.of("Ai?", mode="generative"))


@pytest.mark.parametrize(("confidence", "level"), [(0.85, 0.6), (0.6, 0.6), (0.59, 0.4), (0.39, None), (0.0, None)])
def test_a_refusal_offers_the_level_that_would_have_answered(confidence: float, level: float | None) -> None:
    refused = answer("Ai?", "Không có.", status="refused", confidence=confidence)
    assert bolder(refused) == level
    draft = Draft(replace(Exchange.now("Ai?"), state="answered", answer=refused))
    html = "".join(each["content"] for each in exchange_messages(draft, VIETNAMESE, live=False))
    assert ("#bolder-" in html) == (level is not None)
    assert (level is None) or plain(VIETNAMESE.caution(level)) in html


def test_a_refusal_shows_its_nearest_sentence_and_the_passages_beside_it() -> None:
    at = (PRICE.start - 10, PRICE.end + 10)
    near = Passage("metro", 1, METRO.title, METRO.source, None, "vi", METRO.text[slice(*at)], *at, 0.1, 0.1)
    far = replace(near, chunk_id=2, text=METRO.text[:20], start=0, end=20)
    cited = Citation(1, PRICE, "supported")
    refused = answer("Ai?", "Không có. “…” [1]", (cited,), status="refused", passages=(near, far))
    draft = Draft(replace(Exchange.now("Ai?"), state="answered", answer=refused))
    assert spans(draft) == {1: PRICE, 2: far}
    assert spans(replace(draft, exchange=replace(draft.exchange, answer=replace(refused, citations=())))) == {
        1: near,
        2: far,
    }


def test_each_quote_of_a_refusal_can_be_opened() -> None:
    cited = tuple(Citation(marker, replace(PRICE, start=marker), "supported") for marker in range(1, 6))
    refused = answer("Ai?", "Không có.\n“…” [5]", cited, status="refused")
    assert [*spans(Draft(replace(Exchange.now("Ai?"), state="answered", answer=refused)))] == [1, 2, 3, 4, 5]


def test_a_correction_is_told_from_another_question() -> None:
    assert _corrects("Giá vé xe buýt?", "Giá vé metro?")
    assert not _corrects("Còn ông ấy là ai?", "Giá vé metro?")


def test_a_stop_does_not_wait_for_the_assistant() -> None:
    go, closed = threading.Event(), threading.Event()

    def slow() -> Iterator[Event]:
        try:
            yield Delta("Vé")
            assert go.wait(30)
            yield Delta("7.000")
        finally:
            closed.set()

    run = Run[Event]()
    events = run.follow(slow())
    assert next(events) == Delta("Vé")
    threading.Timer(0.2, run.stop).start()
    with pytest.raises(Stopped):
        next(events)
    assert not closed.is_set()
    go.set()
    assert closed.wait(30)


def test_turns_are_those_of_answers() -> None:
    exchange = replace(Exchange.now("Giá?"), answer=answer("Giá?", "7.000", standalone_question="Giá vé?"))
    assert exchange.turn == Turn("Giá?", "7.000", "Giá vé?")
    assert Exchange.now("Giá?").turn is None
