from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from rag.answering.answer import Answer, Delta, Standalone, Status
from rag.answering.evidence import Evidence
from rag.assistant import Assistant
from rag.config import AnswerSettings, ChunkSettings, Config, LlmSettings, Mode, ModelSettings
from rag.errors import CollectionNotFound, GenerationError, QuestionError, UsageError
from rag.models.embedder import Embedder
from rag.models.registry import find
from rag.prompts import fingerprint
from rag.query.conversation import Turn
from rag.query.request import MAX_QUESTION_CHARS
from tests.doubles import ScriptedLanguageModel

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:llama_index")

METRO = "Tuyến Cát Linh – Hà Đông có bao nhiêu nhà ga?"
UNKNOWN = "Cách nấu phở bò gia truyền như thế nào?"
HISTORY = (Turn("Tuyến Cát Linh – Hà Đông khởi công ngày nào?", "Ngày 10/10/2011."),)


@pytest.fixture
def scripted(
    sample_index: Path, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> tuple[Assistant, ScriptedLanguageModel]:
    llm = ScriptedLanguageModel("Tuyến có ", "12 nhà ga", " [1].")
    return with_model(llm, sample_index, embedder, monkeypatch), llm


def with_model(
    llm: ScriptedLanguageModel, index: Path, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> Assistant:
    monkeypatch.setattr("rag.models.loaded.load_llm", lambda *_: llm)
    monkeypatch.setattr("rag.models.loaded.load_embedder", lambda *_: embedder)
    # Without the reader no short answer is sure, so that the model is asked.
    return Assistant(Config(index=index, answer=AnswerSettings(mode="generative", reader=False)))


@pytest.fixture
def own(tmp_path: Path, models_folder: Path) -> Assistant:
    """An assistant over a collection of its own, with one article."""
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "cau-vang.txt").write_text("Khánh thành cầu Vàng\nCầu Vàng dài 450 m.", encoding="utf-8")
    own = Assistant(
        Config(index=tmp_path / "index", models=ModelSettings(cache=models_folder), llm=LlmSettings(model="none"))
    )
    assert own.ingest([docs]).added == ("cau-vang.txt",)
    return own


# The order of events


def test_events_come_in_order(scripted: tuple[Assistant, ScriptedLanguageModel]) -> None:
    events = list(scripted[0].stream(METRO))
    assert [type(event) for event in events] == [Evidence, Delta, Delta, Delta, Answer]
    answer = events[-1]
    assert isinstance(answer, Answer)
    assert (answer.text, answer.mode, answer.status) == ("Tuyến có 12 nhà ga. [1]", "generative", "answered")
    assert answer.citations[0].quote.article_id == "metro-cat-linh-ha-dong.md"
    assert list(answer.timings) == ["search", "evidence", "answer"]
    assert answer.notice is None


def test_a_follow_up_is_first_made_to_stand_alone(sample: Assistant) -> None:
    events = list(sample.stream("Nó có bao nhiêu nhà ga?", HISTORY))
    assert [type(event) for event in events] == [Standalone, Evidence, Answer]
    alone, answer = events[0], events[-1]
    assert isinstance(alone, Standalone)
    assert isinstance(answer, Answer)
    assert "Cát Linh – Hà Đông" in alone.question
    assert (answer.question, answer.standalone_question) == ("Nó có bao nhiêu nhà ga?", alone.question)
    assert "12 nhà ga" in answer.text


def test_a_question_of_its_own_is_left_alone_after_others(sample: Assistant) -> None:
    answer = sample.ask("Nhà máy thủy điện Sơn La có bao nhiêu tổ máy?", HISTORY)
    assert answer.standalone_question == answer.question
    assert "sáu tổ máy" in answer.text


def test_asking_gives_the_last_event(sample: Assistant) -> None:
    *_, last = sample.stream(METRO)
    asked = sample.ask(METRO)
    assert isinstance(last, Answer)
    for name in Answer.__slots__:
        if name not in ("id", "timings"):
            assert getattr(asked, name) == getattr(last, name), name
    assert asked.id != last.id


def test_a_stream_that_nobody_reads_on_is_harmless(scripted: tuple[Assistant, ScriptedLanguageModel]) -> None:
    stream: Iterator[object] = scripted[0].stream(METRO)
    assert isinstance(next(stream), Evidence)
    del stream
    assert scripted[1].asked == []
    assert scripted[0].ask(METRO).status == "answered"


YES_OR_NO = ("Fansipan có phải ngọn núi cao nhất Việt Nam không?", "Is Fansipan the highest mountain in Vietnam?")


@pytest.mark.parametrize("mode", ["extractive", "generative"])
@pytest.mark.parametrize("caution", ["never_wrong", "balanced", "always_try"])
@pytest.mark.parametrize("question", YES_OR_NO)
def test_yes_or_no_is_left_to_the_quotes(
    scripted: tuple[Assistant, ScriptedLanguageModel], question: str, caution: str, mode: Mode
) -> None:
    answer = scripted[0].ask(question, mode=mode, refuse_below=caution)
    assert answer.short is None
    assert scripted[1].asked == []
    if answer.status == "answered":
        assert answer.mode == "extractive"
        says = "The article says:" if question.startswith("Is") else "Bài viết nói:"
        assert answer.text.startswith(f"{says} “{answer.citations[0].quote.text}” [1]")


def test_a_sure_short_answer_is_given_without_the_model(
    scripted: tuple[Assistant, ScriptedLanguageModel], sample: Assistant
) -> None:
    sure = Assistant(scripted[0].config.model_copy(update={"answer": AnswerSettings()}))
    answer = sure.ask(METRO, mode="generative")
    assert answer.short == sample.ask(METRO, mode="extractive").short is not None
    assert (answer.mode, answer.notice, scripted[1].asked) == ("extractive", None, [])


def test_small_talk_is_answered_without_a_search(sample: Assistant) -> None:
    (answer,) = sample.stream("Xin chào bạn")
    assert isinstance(answer, Answer)
    assert (answer.kind, answer.status, answer.citations, answer.passages) == ("small_talk", "answered", (), ())


def test_small_talk_is_no_turn_to_build_on(sample: Assistant) -> None:
    history = [("bạn làm được gì", "Chào bạn! Mình trả lời câu hỏi từ 20 bài viết.")]
    answer = sample.ask("bão", history, mode="extractive")
    assert (answer.standalone_question, answer.kind, answer.status) == ("bão", "vague", "answered")
    thanks = sample.ask("Cảm ơn bạn nhé", [(METRO, "12 nhà ga")], mode="extractive")
    assert (thanks.standalone_question, thanks.kind) == ("Cảm ơn bạn nhé", "small_talk")


def test_a_word_that_the_collection_does_not_know_is_read_as_the_one_that_was_meant(sample: Assistant) -> None:
    corrected = sample.ask("Tuyến Cát Lnh Hà Đôg dài bao nhiêu km?", mode="extractive")
    assert corrected.standalone_question == "Tuyến Cát Linh Hà Đông dài bao nhiêu km?"
    assert "13 km" in corrected.text
    typed = sample.ask("Tuyến Cát Lnh Hà Đôg dài bao nhiêu km?", mode="extractive", as_typed=True)
    assert typed.standalone_question == typed.question
    assert typed.request.as_typed


def test_each_side_of_a_comparison_is_quoted(sample: Assistant) -> None:
    answer = sample.ask("Hòa Bình hay Lai Châu, nhà máy thủy điện nào mạnh hơn?", mode="extractive")
    assert answer.kind == "comparison"
    assert all(power in answer.text for power in ("1.920 MW", "1.200 MW"))


# The day on which it is asked


def test_the_figures_of_two_articles_differ_and_the_later_is_told_first(sample: Assistant) -> None:
    answer = sample.ask("Bão số 3 làm bao nhiêu người chết và mất tích?", today=date(2024, 10, 1))
    assert answer.citations[0].quote.published == "2024-09-28"
    assert "344" in answer.citations[0].quote.text
    assert "344" in (answer.short or "344")  # of several numbers in a sentence the wrong one never stands first
    (caveat,) = answer.caveats
    assert re.fullmatch(r"Số liệu khác nhau: 28/09/2024(: 344[^;]*)?[;,] 15/09/2024(: 348[^;]*)?", caveat)


def test_an_old_answer_about_how_things_are_now_says_how_old_it_is(sample: Assistant) -> None:
    now = METRO.replace("?", " hiện nay?")
    for question, day in ((METRO, date(2026, 11, 24)), (now, date(2022, 1, 1))):
        assert sample.ask(question, today=day).caveats == ()
    (caveat,) = sample.ask(now, today=date(2026, 11, 24)).caveats
    assert caveat == "Bài mới nhất được trích dẫn có từ 06/11/2021 (5 năm trước)."


def test_last_year_is_the_year_before_the_day(sample: Assistant) -> None:
    asked = "Năm ngoái bão Yagi gây thiệt hại bao nhiêu tỷ đồng?"
    events = list(sample.stream(asked, today=date(2025, 3, 1)))
    answer = events[-1]
    assert isinstance(answer, Answer)
    assert answer.question == asked
    assert answer.citations[0].quote.article_id.startswith("bao-yagi")


# What is asked


@pytest.mark.parametrize("question", ["", "   \n\t", "?!… — «»", "\u200b\u00ad", "\x00", "🙂", "a" * 10_000])
def test_what_is_no_question_is_refused_at_once(sample: Assistant, question: str) -> None:
    with pytest.raises(QuestionError):
        sample.ask(question)
    with pytest.raises(QuestionError):
        sample.search(question)


def test_the_longest_question_is_read(sample: Assistant) -> None:
    assert sample.ask("x" * MAX_QUESTION_CHARS).status == "refused"
    assert sample.ask("ga " * (MAX_QUESTION_CHARS // 3)).question.startswith("ga ga")


def test_blanks_and_unprintable_characters_are_cleaned(sample: Assistant) -> None:
    assert sample.ask(f"  \ufeff{METRO[:5]}\x00\n\n{METRO[5:]}\udcff ").question == METRO


# What is answered


def test_what_the_collection_does_not_say_is_refused(scripted: tuple[Assistant, ScriptedLanguageModel]) -> None:
    assistant, llm = scripted
    answer = assistant.ask(UNKNOWN)
    assert (answer.status, answer.citations) == ("refused", ())
    assert answer.text.startswith("Không tìm thấy")
    assert answer.passages
    assert answer.confidence < assistant.config.answer.refuse_below
    assert "nấu phở bò" in answer.text
    assert assistant.ask("Who won the World Cup of 1998?").text.startswith("The answer was not found")
    assert llm.asked == []
    assert (answer.fingerprint.llm, answer.fingerprint.prompt) == (None, None)


def test_a_threshold_of_zero_always_tries(sample: Assistant) -> None:
    assistant = Assistant(sample.config.model_copy(update={"answer": AnswerSettings(refuse_below=0.0)}))
    assert assistant.ask(UNKNOWN).status == "answered"


def test_the_threshold_of_a_call_goes_before_that_of_the_settings(sample: Assistant) -> None:
    assert sample.ask(UNKNOWN, refuse_below=0.0).status == "answered"
    assert sample.ask(METRO, refuse_below=1.0).status == "refused"
    *_, last = sample.stream(UNKNOWN, refuse_below=0.0)
    assert isinstance(last, Answer)
    assert last.status == "answered"
    assert [sample.ask(question).status for question in (UNKNOWN, METRO)] == ["refused", "answered"]


def test_a_refusal_quotes_what_the_next_bolder_level_would_answer_with(sample: Assistant) -> None:
    answered = sample.ask(METRO, mode="extractive")
    refused = sample.ask(METRO, refuse_below=1.0)
    assert refused.status == "refused"
    assert sample.ask("When was the Long Biên bridge opened?", refuse_below=1.0).citations == ()  # held in French
    assert refused.citations == answered.citations  # word for word: no mark says that they differ from their quotes
    first = refused.citations[0].quote
    assert f"có thể không trả lời câu hỏi: “{first.text}” [1]" in refused.text
    assert refused.caveats == ()
    far = sample.ask(UNKNOWN)
    assert (far.status, far.citations) == ("refused", ())
    assert "Gần nhất, có thể" not in far.text


def test_the_mode_of_a_call_goes_before_that_of_the_settings(scripted: tuple[Assistant, ScriptedLanguageModel]) -> None:
    assistant, llm = scripted
    assert assistant.ask(METRO, mode="extractive").mode == "extractive"
    assert llm.asked == []
    assert assistant.ask(METRO).mode == "generative"


def test_without_a_language_model_quotes_answer(sample: Assistant) -> None:
    answer = sample.ask(METRO)
    assert (answer.mode, answer.notice) == ("extractive", None)
    assert answer.short
    assert "12" in answer.short
    assert answer.text.startswith(f"{answer.short}. “")
    assert all(citation.support == "supported" for citation in answer.citations)


def test_a_missing_language_model_is_noted(sample_index: Path, models_folder: Path) -> None:
    models, llm = ModelSettings(cache=models_folder), LlmSettings(model="/nowhere/model.gguf")
    answers = AnswerSettings(mode="generative", reader=False)
    answer = Assistant(Config(index=sample_index, models=models, llm=llm, answer=answers)).ask(METRO)
    assert (answer.mode, answer.status) == ("extractive", "answered")
    assert answer.notice is not None
    assert "/nowhere/model.gguf" in answer.notice
    assert answer.fingerprint.llm is None


def test_a_failing_language_model_is_noted(
    sample_index: Path, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    llm = ScriptedLanguageModel("Tuyến", GenerationError("it broke off", retryable=True))
    events = list(with_model(llm, sample_index, embedder, monkeypatch).stream(METRO))
    assert [type(event) for event in events] == [Evidence, Delta, Answer]
    answer = events[-1]
    assert isinstance(answer, Answer)
    assert answer.mode == "extractive"
    assert answer.notice is not None
    assert "it broke off" in answer.notice


def test_the_language_model_itself_answers(sample_index: Path, models_folder: Path) -> None:
    small = "qwen2.5-coder-0.5b-instruct"
    llm = LlmSettings(model=small, max_tokens=64)
    models, answers = ModelSettings(cache=models_folder), AnswerSettings(mode="generative", reader=False)
    assistant = Assistant(Config(index=sample_index, models=models, llm=llm, answer=answers))
    try:
        events = list(assistant.stream(METRO))
    finally:
        assistant.close()
    assert any(isinstance(event, Delta) for event in events)
    answer = events[-1]
    assert isinstance(answer, Answer)
    assert answer.status == "answered"
    assert answer.citations
    if answer.mode == "generative":
        assert answer.fingerprint.llm == find(small).sha256
    else:
        assert answer.notice is not None


def test_a_fingerprint_names_all_that_an_answer_depends_on(scripted: tuple[Assistant, ScriptedLanguageModel]) -> None:
    assistant, llm = scripted
    written = assistant.ask(METRO).fingerprint
    assert (written.llm, written.prompt) == (llm.fingerprint, fingerprint("answer", "vi"))
    assert (written.embedding, written.generation) == (assistant.embedder.fingerprint, 1)
    quoted = assistant.ask(METRO, mode="extractive").fingerprint
    assert (quoted.llm, quoted.prompt) == (None, None)
    assert (quoted.embedding, quoted.generation) == (written.embedding, written.generation)


# What is in the collection


def test_a_folder_without_a_collection_says_so(tmp_path: Path, models_folder: Path) -> None:
    empty = Assistant(Config(index=tmp_path / "index", models=ModelSettings(cache=models_folder)))
    for call in (empty.status, empty.articles, lambda: empty.ask(METRO), lambda: empty.search(METRO)):
        with pytest.raises(CollectionNotFound, match="hoidap ingest"):
            call()
    assert not (tmp_path / "index").exists()


def test_what_is_ingested_is_answered_from_next(own: Assistant, tmp_path: Path) -> None:
    before = own.ask("Cầu Vàng dài bao nhiêu mét?")
    assert "450 m" in before.text
    article = tmp_path / "docs" / "cau-vang.txt"
    article.write_text("Khánh thành cầu Vàng\nCầu Vàng dài 512 m.", encoding="utf-8")
    (tmp_path / "docs" / "ga.txt").write_text("Ga mới\nGa Hòa Bình có sáu sân ga.", encoding="utf-8")
    report = own.ingest([tmp_path / "docs"])
    assert (report.added, report.updated) == (("ga.txt",), ("cau-vang.txt",))
    after = own.ask("Cầu Vàng dài bao nhiêu mét?")
    assert "512 m" in after.text
    assert "450 m" not in after.text
    assert after.fingerprint.generation == before.fingerprint.generation + 1
    assert own.status().articles == 2


def test_what_is_removed_is_nowhere(own: Assistant, tmp_path: Path) -> None:
    (tmp_path / "docs" / "ga.txt").write_text("Ga mới\nGa Hòa Bình có sáu sân ga.", encoding="utf-8")
    own.ingest([tmp_path / "docs"])
    own.remove(["cau-vang.txt"])
    assert own.article("cau-vang.txt") is None
    assert [article.id for article in own.articles()] == ["ga.txt"]
    assert {passage.article_id for passage in own.search("Cầu Vàng", top_n=50)} == {"ga.txt"}
    answer = own.ask("Cầu Vàng dài bao nhiêu mét?")
    assert "450" not in answer.text
    assert {passage.article_id for passage in answer.passages} == {"ga.txt"}


def test_what_is_removed_comes_back_when_it_is_restored(own: Assistant, tmp_path: Path) -> None:
    own.remove("cau-vang.txt")
    assert own.ingest(str(tmp_path / "docs")).left_out == ("cau-vang.txt",)
    assert own.articles() == []
    assert own.restore("cau-vang.txt").added == ("cau-vang.txt",)
    assert "450 m" in own.ask("Cầu Vàng dài bao nhiêu mét?").text


def test_the_last_article_can_go(own: Assistant) -> None:
    own.remove(["cau-vang.txt"])
    assert own.search("Cầu Vàng") == []
    answer = own.ask("Cầu Vàng dài bao nhiêu mét?")
    assert (answer.status, answer.passages, answer.confidence) == ("refused", (), 0.0)
    assert replace(own.status(), generation=0) == Status(0, 0, (), "multilingual-e5-small", None)


def test_removing_what_is_not_there_removes_nothing(own: Assistant) -> None:
    with pytest.raises(UsageError, match=r"b\.txt"):
        own.remove(["cau-vang.txt", "b.txt"])
    assert [article.id for article in own.articles()] == ["cau-vang.txt"]


def test_the_status_of_the_sample(sample: Assistant) -> None:
    status = sample.status()
    assert (status.articles, status.embedding, status.llm) == (20, "multilingual-e5-small", None)
    assert status.chunks >= 20
    assert status.languages[0] == "vi"
    assert set(status.languages) == {"vi", "en", "fr", "zh", "ja"}


@pytest.mark.parametrize(
    ("named", "said", "people", "question"),
    [
        (
            "Sáng nay, kỹ sư trưởng {} đi kiểm tra lần cuối các mối nối trên mặt cầu mới bắc qua con suối nhỏ đầu bản.",
            "Ông cũng cho biết đơn vị thi công sẽ bảo hành công trình này trong nhiều năm sau khi bàn giao cho xã.",
            ("Vũ Đình Cẩn", "Đoàn Quý Lương"),
            "{} cho biết ai sẽ bảo hành công trình sau khi bàn giao?",
        ),
        (
            "On Monday the keeper {} climbed the stairs and lit the lamp on the cliff for the first time in years.",
            "He also said that the light can be seen by every ship that comes within forty miles of the harbour wall.",
            ("Jonas Pellow", "Tobias Wrenfield"),
            "By which ships can the light be seen, as {} said?",
        ),
    ],
)
def test_a_passage_is_found_by_a_subject_that_it_does_not_name(
    tmp_path: Path, models_folder: Path, named: str, said: str, people: tuple[str, str], question: str
) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    for person in people:
        (docs / f"{person}.txt").write_text(f"Tin\n{named.format(person)} {said}", encoding="utf-8")
    settings = ChunkSettings(size=48, overlap=0)
    own = Assistant(Config(index=tmp_path / "index", models=ModelSettings(cache=models_folder), chunks=settings))
    own.ingest([docs])
    for person in people:
        first = own.search(question.format(person))[0]
        assert (first.article_id, first.text) == (f"{person}.txt", said)


def test_neighbours_stand_before_and_after_in_the_article(sample: Assistant) -> None:
    found = {passage.chunk_id: passage for passage in sample.search(METRO, top_n=100)}
    metro = sorted(
        (passage for passage in found.values() if passage.article_id == "metro-cat-linh-ha-dong.md"),
        key=lambda passage: passage.start,
    )
    assert len(metro) > 1
    assert sample.neighbours(metro[0]) == (None, replace(metro[1], score=0.0, cosine=0.0))
    assert sample.neighbours(metro[1])[0] == replace(metro[0], score=0.0, cosine=0.0)
    assert sample.neighbours(metro[-1])[1] is None


# Several at once


def test_two_may_ask_at_once(sample_index: Path, sample: Assistant) -> None:
    fresh = Assistant(sample.config)
    questions = [METRO, "Nhà máy thủy điện Sơn La có bao nhiêu tổ máy?", UNKNOWN] * 2
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(fresh.ask, questions))
    assert [answer.text for answer in answers] == [sample.ask(question).text for question in questions]
    assert len({answer.id for answer in answers}) == len(questions)


def test_asking_goes_on_while_articles_come_in(own: Assistant, tmp_path: Path) -> None:
    def ask(_: int) -> Answer:
        return own.ask("Cầu Vàng dài bao nhiêu mét?")

    with ThreadPoolExecutor(2) as pool:
        asked = pool.map(ask, range(12))
        for number in range(4):
            (tmp_path / "docs" / f"{number}.txt").write_text(f"Tin {number}\nChuyện số {number}.", encoding="utf-8")
            own.ingest([tmp_path / "docs"])
        answers = list(asked)
    assert all("450 m" in answer.text for answer in answers)
    generations = [answer.fingerprint.generation for answer in answers]
    assert 1 <= min(generations) <= max(generations) <= 5
