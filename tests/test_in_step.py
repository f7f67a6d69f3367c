"""After a sync nothing of an old text is found, answered from or quoted by an assistant that was open meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rag.answering.answer import Answer
from rag.answering.answer_log import AnswerLog
from rag.assistant import Assistant
from rag.config import AnswerSettings, Config, LlmSettings
from rag.evaluation.replay import changes, replay
from rag.index.filter import Filter
from rag.query.conversation import Turn
from tests.doubles import HashEmbedder
from tests.sources.web_site import Site, served

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:llama_index")

QUESTION = "Cầu Rồng dài bao nhiêu mét?"
OLD, NEW = "Cầu Rồng ở Đà Nẵng dài 999 mét.", "Cầu Rồng ở Đà Nẵng dài 666 mét."
OTHER = "Cầu Sông Hàn ở Đà Nẵng quay được, và cầu Rồng phun lửa cuối tuần."


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr("rag.sources.http_client.PAUSE", 0.0)
    with served() as found:
        yield found


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Assistant]:
    """Opens the collection once more, as another process would."""
    monkeypatch.setattr("rag.models.loaded.load_embedder", lambda *_: HashEmbedder())
    answer = AnswerSettings(reader=False, mode="extractive", refuse_below=0.0)
    config = Config(index=tmp_path / "index", answer=answer, llm=LlmSettings(model="none"))
    return lambda: Assistant(config)


def assert_answered_from_what_is_held(assistant: Assistant, answer: Answer) -> None:
    for citation in answer.citations:
        quote = citation.quote
        article = assistant.article(quote.article_id)
        assert article
        assert article.text[quote.start : quote.end] == quote.text
    assert "999" not in answer.text + "".join(passage.text for passage in answer.passages)


def assert_out_of_reach(assistant: Assistant, before: Answer, only: Filter) -> None:
    """What nobody can come upon any more: by either leg, by what is kept in memory, by a replay, by an earlier turn."""
    snapshot = assistant._snapshot()
    everything = snapshot.store.count()[1]
    found = {
        "dense": snapshot.dense.search(assistant.embedder.embed_queries([OLD])[0], 100).ids,
        "lexical": snapshot.lexical.search(OLD, 100).ids,
        "lexical, its number": snapshot.lexical.search("999", 100).ids,
    }
    chunks = snapshot.store.chunks([int(each) for ids in found.values() for each in ids])
    assert {leg: [each for each in ids.tolist() if each not in chunks] for leg, ids in found.items()} == {
        leg: [] for leg in found
    }
    assert len(found["dense"]) == everything
    assert found["lexical, its number"].tolist() == []
    assert all("999" not in chunk.indexed for chunk in chunks.values())
    assert all("999" not in passage.text for passage in assistant.search("999 mét"))
    assert snapshot.statistics.document_frequency("999", "words") == 0
    said = [Turn(QUESTION, before.text, before.standalone_question)]
    assert_answered_from_what_is_held(assistant, assistant.ask(QUESTION))
    assert_answered_from_what_is_held(assistant, assistant.ask(QUESTION, only=only))
    assert_answered_from_what_is_held(assistant, assistant.ask("Nó dài bao nhiêu mét?", said))
    assert_answered_from_what_is_held(assistant, assistant.ask(QUESTION, said))
    kept = AnswerLog(assistant.config.index).find(before.id)
    assert "999" in kept.text, "what was said stays said"
    again = replay(assistant, kept)
    assert "999" not in again.text
    assert changes(kept, again).quotes_lost


def test_of_files(tmp_path: Path, opened: Callable[[], Assistant]) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "rong.txt").write_text(f"Cầu Rồng\n\n{OLD}", encoding="utf-8")
    (docs / "khac.txt").write_text(f"Cầu Sông Hàn\n\n{OTHER}", encoding="utf-8")
    reader, writer = opened(), opened()
    writer.sources.add(docs)
    list(writer.sources.sync())
    only = Filter(languages=("vi",))
    before = reader.ask(QUESTION, only=only)
    assert "999" in before.text
    (docs / "rong.txt").write_text(f"Cầu Rồng\n\n{NEW}", encoding="utf-8")
    (report,) = writer.sources.sync()
    assert report.report.updated == ("rong.txt",)
    assert_out_of_reach(reader, before, only)
    assert "666" in reader.ask(QUESTION).text, "without a restart"
    (docs / "rong.txt").write_text(f"Cầu Rồng\n\n{OLD}", encoding="utf-8")
    list(writer.sources.sync())
    before = reader.ask(QUESTION)
    (docs / "rong.txt").unlink()
    list(writer.sources.sync())
    assert_out_of_reach(reader, before, only)
    assert reader.article("rong.txt") is None


def test_of_an_article_removed_by_its_id(tmp_path: Path, opened: Callable[[], Assistant]) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "rong.txt").write_text(f"Cầu Rồng\n\n{OLD}", encoding="utf-8")
    (docs / "khac.txt").write_text(f"Cầu Sông Hàn\n\n{OTHER}", encoding="utf-8")
    reader, writer = opened(), opened()
    writer.ingest(docs)
    before = reader.ask(QUESTION)
    writer.remove("rong.txt")
    (docs / "rong.txt").rename(docs / "moi.txt")
    writer.ingest(docs)
    assert_out_of_reach(reader, before, Filter(languages=("vi",)))


def test_of_addresses(site: Site, opened: Callable[[], Assistant]) -> None:
    address, other = site.page("/rong", "Cầu Rồng", OLD), site.page("/khac", "Cầu Sông Hàn", OTHER)
    reader, writer = opened(), opened()
    writer.sources.add([address, other], "address", allow_private=True)
    list(writer.sources.sync())
    before = reader.ask(QUESTION)
    assert "999" in before.text
    site.page("/rong", "Cầu Rồng", NEW)
    list(writer.sources.sync())
    assert_out_of_reach(reader, before, Filter(sources=(address.removeprefix("http://").partition("/")[0],)))
    site.page("/rong", "Cầu Rồng", OLD)
    list(writer.sources.sync())
    before = reader.ask(QUESTION)
    del site.replies["/rong"]
    list(writer.sources.sync())
    assert_out_of_reach(reader, before, Filter(sources=(other,)))
