from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, cast

import pytest

from rag import (
    Answer,
    Article,
    Assistant,
    Citation,
    Config,
    Delta,
    Evidence,
    Fingerprint,
    GenerationError,
    HoidapError,
    Passage,
    Quote,
    Standalone,
    Status,
    Turn,
)
from rag.query.request import Request
from ui import handlers
from ui.escaping import plain
from ui.handlers import Event, Session
from ui.running import Run, Stopped
from ui.strings import VIETNAMESE

ARTICLE = Article("a", "Metro", "Giá vé là 7.000 đồng. Tàu chạy từ 5 giờ.", "bai/metro.md", "2024-12-22", "vi")


def quote(text: str) -> Quote:
    start = ARTICLE.text.index(text)
    return Quote("a", "Metro", "bai/metro.md", "2024-12-22", "vi", start, start + len(text), text, 0.9)


PRICE, HOURS = quote("Giá vé là 7.000 đồng."), quote("Tàu chạy từ 5 giờ.")
NEAREST = Passage("a", 1, "Metro", "bai/metro.md", "2024-12-22", "vi", ARTICLE.text, 0, len(ARTICLE.text), 0.2, 0.2)
EVIDENCE = Evidence((PRICE, HOURS), (NEAREST,), 0.9)


def answer(question: str, text: str = "Vé 7.000 đồng [1].", **changes: Any) -> Answer:
    values: dict[str, Any] = {
        "id": "x",
        "request": Request.of(question),
        "standalone_question": question,
        "text": text,
        "status": "answered",
        "mode": "generative",
        "citations": (Citation(1, PRICE, "supported"),),
        "passages": (NEAREST,),
        "confidence": 0.9,
        "timings": {"search": 0.1},
        "fingerprint": Fingerprint("e", "l", "p", 1),
        "notice": None,
    }
    return Answer(**(values | changes))


@dataclass
class Scripted:
    """An assistant that plays back events; an exception among them is raised."""

    events: Sequence[object]
    known: dict[str, Article] = field(default_factory=lambda: {"a": ARTICLE})
    calls: list[tuple[str, tuple[Turn, ...], str | None]] = field(default_factory=list)
    thresholds: list[float | None] = field(default_factory=list)
    as_typed: list[bool] = field(default_factory=list)
    closed: int = 0

    def stream(
        self,
        question: str,
        history: Sequence[Turn] = (),
        mode: str | None = None,
        refuse_below: float | None = None,
        as_typed: bool = False,
    ) -> Iterator[object]:
        self.as_typed.append(as_typed)
        self.calls.append((question, tuple(history), mode))
        self.thresholds.append(refuse_below)
        try:
            for event in self.events:
                if isinstance(event, Exception):
                    raise event
                yield event
        finally:
            self.closed += 1

    def article(self, article_id: str) -> Article | None:
        return self.known.get(article_id)

    def status(self) -> Status:
        raise HoidapError("nothing was ingested")


class Clock:
    """Time that goes on by a step at each look."""

    def __init__(self, step: float) -> None:
        self.now, self.step = 0.0, step

    def __call__(self) -> float:
        self.now += self.step
        return self.now


def ask(scripted: Scripted, question: str = "Giá vé?", session: Session = Session(), **more: Any) -> list[Session]:  # noqa: B008
    return list(handlers.ask(cast(Assistant, scripted), question, session, VIETNAMESE, **more))


def open_source(scripted: Scripted, session: Session, reference: str) -> str:
    return handlers.open_source(cast(Assistant, scripted), session, reference, VIETNAMESE)


def contents(session: Session) -> list[str]:
    return [message["content"] for message in session.messages]


def test_evidence_comes_before_the_answer_and_quotes_stay_below() -> None:
    sessions = ask(Scripted([EVIDENCE, Delta("Vé "), Delta("7.000"), answer("Giá vé?")]))
    waiting, evidence, *_, last = sessions
    assert len(waiting.messages) == 2
    assert waiting.reply == 1
    assert "7.000 đồng" in contents(evidence)[2]
    assert "#cite-1-2" in contents(evidence)[2]
    assert "#cite-1-1" in contents(last)[1]
    assert "#cite-1-1" in contents(last)[2]
    assert "#cite-1-2" not in contents(last)[2], "a quote that the answer does not cite is not listed"
    assert last.turns == (Turn("Giá vé?", "Vé 7.000 đồng [1].", "Giá vé?"),)


def test_evidence_can_be_opened_while_the_answer_is_written() -> None:
    scripted = Scripted([EVIDENCE, Delta("Vé"), answer("Giá vé?")])
    during = ask(scripted)[1]
    assert '<mark class="hd-mark" id="hd-target" tabindex="-1">Tàu chạy' in open_source(scripted, during, "cite-1-2")


def test_updates_are_limited_and_only_append() -> None:
    pieces = [Delta(f"chữ{number} ") for number in range(1000)]
    sessions = ask(Scripted([EVIDENCE, *pieces, answer("Giá vé?")]), clock=Clock(0.005))
    drafts = [contents(session)[1] for session in sessions if "hd-draft" in contents(session)[1]]
    assert 20 < len(drafts) <= 110, "1000 pieces in ten seconds or so"
    assert all(later.startswith(earlier) for earlier, later in pairwise(drafts))
    assert len({contents(session)[2] for session in sessions if "hd-draft" in contents(session)[1]}) == 1


def test_refusal_offers_the_nearest_passages_and_they_open() -> None:
    refused = answer("Ai?", "Không có câu trả lời.", status="refused", citations=(), confidence=0.1)
    scripted = Scripted([Evidence((), (NEAREST,), 0.1), refused])
    last = ask(scripted, "Ai?")[-1]
    assert "Không có câu trả lời." in contents(last)[1]
    assert VIETNAMESE.nearest.split(",")[0] in contents(last)[2]
    assert "hd-target" in open_source(scripted, last, "cite-1-1")
    assert last.turns[0].question == "Ai?"


@pytest.mark.parametrize(
    ("confidence", "level"), [(0.85, "careful"), (0.6, "careful"), (0.59, "balanced"), (0.39, None), (0.0, None)]
)
def test_a_refusal_names_the_level_that_would_have_answered(confidence: float, level: str | None) -> None:
    refused = answer("Ai?", "Không có câu trả lời.", status="refused", citations=(), confidence=confidence)
    reply = contents(ask(Scripted([EVIDENCE, refused]), "Ai?", refuse_below=0.9)[-1])[1]
    assert [name for name, words in VIETNAMESE.cautions.items() if plain(f"“{words}”") in reply] == [
        *([level] if level else [])
    ]
    assert ("hd-note" in reply) == (level is not None)


def test_an_answer_names_no_other_level() -> None:
    assert "hd-note" not in contents(ask(Scripted([EVIDENCE, answer("Giá vé?")]))[-1])[1]


def test_what_needs_no_search_has_no_quotes() -> None:
    talk = answer("Xin chào", "Chào bạn!", citations=(), passages=(), kind="small_talk", confidence=1.0)
    session = ask(Scripted([talk]), "Xin chào")[-1]
    assert len(session.messages) == 2
    assert plain("Chào bạn!") in contents(session)[1]


def test_a_correction_is_asked_as_it_is_typed() -> None:
    scripted = Scripted([EVIDENCE, answer("Giá vé metro?")])
    first = ask(scripted, "Gia vé mtro?")[-1]
    ask(scripted, "Giá vé mtro?", first, offered="Giá vé metro?")
    ask(scripted, "Còn giờ chạy?", first)
    assert scripted.as_typed == [False, True, False]


def test_the_threshold_is_handed_on() -> None:
    scripted = Scripted([EVIDENCE, answer("Giá vé?")])
    ask(scripted)
    ask(scripted, refuse_below=0.0)
    assert scripted.thresholds == [None, 0.0]


def test_rewritten_question_is_shown() -> None:
    events = [Standalone("Giá vé metro?"), EVIDENCE, answer("Còn giá?", standalone_question="Giá vé metro?")]
    last = ask(Scripted(events), "Còn giá?")[-1]
    assert "Giá vé metro" in contents(last)[1]
    assert last.turns == (Turn("Còn giá?", "Vé 7.000 đồng [1].", "Giá vé metro?"),)
    same = ask(Scripted([EVIDENCE, answer("giá   vé", standalone_question="giá vé")]), " giá   vé ")[-1]
    assert VIETNAMESE.understood not in "".join(contents(same))


def test_the_question_as_understood_is_offered_for_correction() -> None:
    events = [Standalone("Giá vé metro?"), EVIDENCE, answer("Còn giá?", standalone_question="Giá vé metro?")]
    first = ask(Scripted([EVIDENCE, answer("Giờ chạy?")]), "Giờ chạy?")[-1]
    last = ask(Scripted(events), "Còn giá?", first)[-1]
    assert 'href="#edit-2"' in "".join(contents(last))
    assert handlers.understood(last, "edit-2") == "Giá vé metro?"
    assert not any(
        handlers.understood(last, reference) for reference in ("edit-1", "edit-3", "edit-2x", "", "cite-2-1")
    )


def test_a_corrected_question_is_asked_as_it_is() -> None:
    scripted = Scripted([EVIDENCE, answer("Giá vé?")])
    first = ask(scripted)[-1]
    last = ask(scripted, "Giá vé xe buýt?", first, offered="Giá vé metro?")[-1]
    assert scripted.calls[-1] == ("Giá vé xe buýt?", (), None)
    assert len(last.turns) == 2, "the conversation goes on"
    ask(scripted, "Còn ông ấy là ai?", first, offered="Giá vé metro?")
    assert scripted.calls[-1][1] == first.turns, "another question was typed instead"


def test_history_and_mode_are_handed_on_and_answers_are_numbered() -> None:
    scripted = Scripted([EVIDENCE, answer("Giá vé?")])
    first = ask(scripted)[-1]
    second = ask(scripted, "Còn giờ?", first, mode="extractive")[-1]
    assert scripted.calls[1] == ("Còn giờ?", (Turn("Giá vé?", "Vé 7.000 đồng [1].", "Giá vé?"),), "extractive")
    assert len(second.turns) == 2
    assert "#cite-2-1" in "".join(contents(second))
    assert contents(second)[: len(first.messages)] == contents(first)
    assert first.turns == (Turn("Giá vé?", "Vé 7.000 đồng [1].", "Giá vé?"),), "an earlier session is not changed"


@pytest.mark.parametrize("events", [[], [EVIDENCE, Delta("Vé")]])
def test_failure_is_told_and_is_no_turn(events: list[object], caplog: pytest.LogCaptureFixture) -> None:
    told = ask(Scripted([*events, GenerationError("the model is gone <b>; pull it")]))[-1]
    assert "the model is gone" in contents(told)[1]
    assert "<b>" not in contents(told)[1]
    assert told.turns == ()
    hidden = ask(Scripted([*events, ValueError("secret path")]))[-1]
    assert "secret" not in "".join(contents(hidden))
    assert VIETNAMESE.failed.split(",")[0] in contents(hidden)[1]
    assert "secret path" in caplog.text
    assert VIETNAMESE.failed.split(",")[0] in contents(ask(Scripted(events))[-1])[1], "no answer came"


def test_after_a_failure_the_chat_goes_on() -> None:
    failed = ask(Scripted([GenerationError("no")]))[-1]
    scripted = Scripted([EVIDENCE, answer("Giá vé?")])
    last = ask(scripted, session=failed)[-1]
    assert scripted.calls[0][1] == ()
    assert "hd-target" in open_source(scripted, last, "cite-2-1")


def test_closing_stops_the_assistant() -> None:
    scripted = Scripted([EVIDENCE, Delta("Vé"), answer("Giá vé?")])
    stream = handlers.ask(cast(Assistant, scripted), "Giá vé?", Session(), VIETNAMESE)
    next(stream), next(stream)
    assert scripted.closed == 0
    cast(Any, stream).close()
    assert scripted.closed == 1


def test_evidence_is_folded_and_short_while_the_answer_is_written() -> None:
    many = Evidence(tuple(quote(text) for text in ("Giá", "vé", "là", "7.000", "đồng")), (NEAREST,), 0.9)
    _, evidence, last = ask(Scripted([many, answer("Giá vé?")]))
    assert contents(evidence)[2].startswith('<details class="hd-quotes"><summary class="hd-heading">3 câu trích<')
    assert contents(evidence)[2].count('class="hd-quote"') == 3
    assert "details" not in "".join(contents(last))


@pytest.mark.parametrize("seen", range(1, 6))
def test_a_stop_ends_in_the_same_state_whenever_it_comes(seen: int) -> None:
    scripted = Scripted([EVIDENCE, Delta("Vé "), Delta("7.000 <b>"), answer("Giá vé?")])
    run = Run[Event]()
    sessions: list[Session] = []
    for session in handlers.ask(cast(Assistant, scripted), "Giá vé?", Session(), VIETNAMESE, clock=Clock(1.0), run=run):
        sessions.append(session)
        if len(sessions) == seen:
            assert run.stop()
    assert run.end(), "a stop was asked for"
    assert not run.stop(), "there is nothing left to stop"
    stopped = handlers.stop(sessions[-1], VIETNAMESE)
    reply = contents(stopped)[1]
    assert reply.count(plain(VIETNAMESE.stopped)) == 1
    assert not any(name in reply for name in ("hd-draft", "hd-wait", "<b>"))
    assert ("7.000" in reply) == (seen >= 4)
    assert bool(stopped.turns) == (seen == 5), "an answer that is there stays"
    assert len(stopped.messages) == (2 if seen == 1 else 3)
    assert handlers.stop(stopped, VIETNAMESE) == stopped
    following = ask(Scripted([EVIDENCE, answer("Còn giá?")]), "Còn giá?", stopped)[-1]
    assert "#cite-2-1" in contents(following)[-1]


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


def test_a_run_that_is_left_is_waited_for_by_nobody() -> None:
    run = Run[Event]()
    run.wait(0.01)
    run.leave()
    run.wait(30)
    assert not run.stop(drop=True)
    assert not run.dropped


def test_stop_before_any_question_changes_nothing() -> None:
    assert handlers.stop(Session(), VIETNAMESE) == Session()


def test_blank_question_is_not_asked() -> None:
    scripted = Scripted([])
    assert ask(scripted, " \n ") == []
    assert scripted.calls == []


def test_source_that_is_gone_or_unknown_is_told() -> None:
    scripted = Scripted([EVIDENCE, answer("Giá vé?")])
    last = ask(scripted)[-1]
    for reference in ("cite-9-9", "cite-1-2", "", "cite-1-1x"):
        assert "hd-note" in open_source(scripted, last, reference)
        assert "hd-article" not in open_source(scripted, last, reference)
    scripted.known.clear()
    gone = open_source(scripted, last, "cite-1-1")
    assert "blockquote" in gone
    assert "Giá vé là 7.000 đồng." in gone


def test_header_tells_what_is_wrong() -> None:
    assert "nothing was ingested" in handlers.header(cast(Assistant, Scripted([])), VIETNAMESE)


@pytest.mark.parametrize("question", ["???", "dài " * 3000])
def test_a_question_that_cannot_be_read_is_explained_in_the_readers_language(question: str) -> None:
    assistant = Assistant(Config())
    *_, last = handlers.ask(assistant, question, Session(), VIETNAMESE)
    assert VIETNAMESE.question_failed in last.messages[-1]["content"]
    assert last.turns == ()
