from __future__ import annotations

import json
import stat
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag import (
    ConversationStore,
    Exchange,
    Feedback,
    Filter,
    UsageError,
    answer_markdown,
    conversation_json,
    conversation_markdown,
)
from rag.conversations import conversation_store
from rag.conversations.conversation import Conversation, title_of
from rag.errors import CollectionError
from rag.query.conversation import Turn
from tests.ui.test_render import answer, article, quote

ARTICLE = article("Giá vé là 7.000 đồng. Tàu chạy từ 5 giờ.", "Metro *số* 1", "https://bao.example/m")


@pytest.fixture
def store(tmp_path: Path) -> ConversationStore:
    return ConversationStore(tmp_path)


def answered(question: str = "Giá vé?", text: str = "Vé là 7.000 đồng. [1]") -> Exchange:
    from rag import Citation

    given = answer(text, Citation(1, quote(ARTICLE, "Giá vé là 7.000 đồng."), "supported"))
    given = replace(given, request=replace(given.request, question=question), standalone_question=question)
    return replace(Exchange.now(question, "extractive", 0.2, Filter(since="2024")), state="answered", answer=given)


def test_a_conversation_is_read_as_it_was_kept(store: ConversationStore, tmp_path: Path) -> None:
    first, second = answered(), replace(Exchange.now("Còn giờ?"), state="stopped", written="Tàu")
    known = store.add("", "me", first)
    assert store.add(known, "me", second) == known
    read = ConversationStore(tmp_path).conversation(known)
    assert read is not None
    assert read.exchanges == (first, second)
    assert [turn.question for turn in read.turns] == ["Giá vé?"]
    assert read.heading.title == "Giá vé?"
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600
    assert store.conversation("no such") is None


def test_of_a_refusal_no_word_is_built_on() -> None:
    refused = replace(answer("Không tìm thấy. Gần nhất: “Cầu Rồng…”", status="refused"), standalone_question="Cầu Mây?")
    assert replace(answered(), answer=refused).turn == Turn("?", "", "Cầu Mây?")
    assert answered("Giá vé?", "7.000 đồng.").turn == Turn("Giá vé?", "7.000 đồng.", "Giá vé?")


def test_an_id_that_is_not_known_begins_a_conversation_of_another(store: ConversationStore) -> None:
    known = store.add("guessed", "me", answered())
    assert known != "guessed"
    assert len(known) > 20


def test_readers_see_their_own_conversations_the_last_first(store: ConversationStore) -> None:
    one, two = store.add("", "me", answered("Một?")), store.add("", "me", answered("Hai?"))
    store.add("", "you", answered("Ba?"))
    assert [each.id for each in store.headings("me")] == [two, one]
    store.add(one, "me", answered("Bốn?"))
    assert [each.id for each in store.headings("me")] == [one, two]
    store.rename(two, "  Tàu \n điện  ")
    assert [each.title for each in store.headings("me")] == ["Một?", "Tàu điện"]
    with pytest.raises(UsageError, match="empty"):
        store.rename(two, " \n ")
    store.delete(one)
    assert [each.id for each in store.headings("me")] == [two]
    assert store.conversation(one) is None


@pytest.mark.parametrize("search", ["gia ve", "GIÁ", "7.000 dong", "metro vé"])
def test_conversations_are_found_by_questions_answers_and_titles(store: ConversationStore, search: str) -> None:
    known = store.add("", "me", answered())
    store.rename(known, "Metro")
    store.add("", "me", answered("Khác?", "Không."))
    assert [each.id for each in store.headings("me", search)] == [known]
    assert store.headings("you", search) == []


def test_only_the_last_question_is_replaced(store: ConversationStore) -> None:
    first, second, third, fourth = map(answered, ("Một?", "Hai?", "Ba?", "Bốn?"))
    known = store.add("", "me", first)
    store.add(known, "me", second)
    for added, replaced, left in ((third, first, [first, second, third]), (fourth, third, [first, second, fourth])):
        assert store.add(known, "me", added, replaced.id) == known
        read = store.conversation(known)
        assert read is not None
        assert list(read.exchanges) == left


def test_a_question_that_cannot_be_added_replaces_none(store: ConversationStore) -> None:
    first, second = answered("Một?"), answered("Hai?")
    known = store.add("", "me", first)
    store.add(known, "me", second)
    with pytest.raises(CollectionError, match="UNIQUE"):
        store.add(known, "me", first, second.id)
    read = store.conversation(known)
    assert read is not None
    assert read.exchanges == (first, second)


def test_conversations_have_an_owner_and_go_with_it(store: ConversationStore) -> None:
    mine, yours = store.add("", "me", answered()), store.add("", "you", answered())
    assert (store.owner(mine), store.owner(yours), store.owner("no such")) == ("me", "you", None)
    store.delete_all("me")
    assert (store.owner(mine), store.owner(yours)) == (None, "you")


def test_an_answer_that_comes_after_its_conversation_was_deleted_is_let_go(store: ConversationStore) -> None:
    asked = Exchange.now("Giá vé?")
    known = store.add("", "me", asked)
    store.delete(known)
    store.update(replace(asked, state="stopped"))
    assert store.headings("me") == []


def test_feedback_is_kept_with_the_answer_and_its_fingerprint(store: ConversationStore) -> None:
    first, second = answered(), Exchange.now("Còn giờ?")
    known = store.add("", "me", first)
    store.add(known, "me", second)
    said = Feedback.now("wrong", "7.000 đồng")
    assert store.give_feedback(known, first.id, said)
    assert not store.give_feedback(known, second.id, said), "there is no answer yet"
    assert not store.give_feedback("another", first.id, said)
    [(conversation, exchange)] = store.with_feedback()
    assert (conversation, exchange.feedback) == (known, said)
    assert exchange.answer is not None
    assert exchange.answer.fingerprint.embedding == "e"
    store.give_feedback(known, first.id, None)
    assert store.with_feedback() == []


def test_the_oldest_conversations_of_a_reader_go(store: ConversationStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation_store, "KEPT", 2)
    for question in ("Một?", "Hai?", "Ba?"):
        store.add("", "me", answered(question))
    assert [each.title for each in store.headings("me")] == ["Ba?", "Hai?"]


def test_where_nothing_can_be_kept_conversations_last_as_long_as_the_store(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for store in (ConversationStore(tmp_path / "file"), ConversationStore(tmp_path, keep=False)):
        known = store.add("", "me", answered())
        assert store.conversation(known) is not None
    assert not (tmp_path / "conversations.sqlite").exists()


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "conversations.sqlite").write_bytes(b"no database" * 100)
    with pytest.raises(CollectionError, match="remove the file"):
        ConversationStore(tmp_path)


def test_several_write_at_once(tmp_path: Path, store: ConversationStore) -> None:
    known = store.add("", "me", answered())
    threads = [threading.Thread(target=ConversationStore(tmp_path).add, args=(known, "me", answered())) for _ in "1234"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    read = store.conversation(known)
    assert read is not None
    assert len(read.exchanges) == 5


def test_markdown_has_the_sentences_that_an_answer_cites(store: ConversationStore) -> None:
    known = store.add("", "me", answered("Giá\n<b>vé</b>?"))
    read = store.conversation(known)
    assert read is not None
    text = conversation_markdown(read)
    assert "## Giá \\<b\\>vé\\</b\\>?" in text
    assert "Vé là 7.000 đồng. [^1-1]" in text
    assert "[^1-1]: “Giá vé là 7.000 đồng.” Metro \\*số\\* 1, 2024-12-22, https://bao.example/m (a, 0-21)" in text
    assert "→" not in text
    assert answer_markdown(read.exchanges[0]).startswith("Vé là 7.000 đồng. [^1]")
    told = json.loads(json.dumps(conversation_json(read)))
    assert told["exchanges"][0]["citations"][0]["text"] == "Giá vé là 7.000 đồng."
    assert told["exchanges"][0]["fingerprint"]["embedding"] == "e"


def test_markdown_names_pages_and_how_a_question_was_understood(store: ConversationStore) -> None:
    first = answered()
    assert first.answer is not None
    (citation,) = first.answer.citations
    on_page = replace(citation, quote=replace(citation.quote, page=3))
    understood = replace(first.answer, standalone_question="Giá *vé* metro?", citations=(on_page,))
    read = store.conversation(store.add("", "me", replace(first, answer=understood)))
    assert read is not None
    text = conversation_markdown(read)
    assert "## Giá vé?\n\n*→ Giá \\*vé\\* metro?*\n\nVé là" in text
    assert "(a, trang 3, 0-21)" in text


@given(st.text())
def test_titles_are_short_and_on_one_line(question: str) -> None:
    title = title_of(question)
    assert len(title) <= 81
    assert len(title.splitlines()) <= 1


def test_a_conversation_knows_its_questions(store: ConversationStore) -> None:
    known = store.add("", "me", answered())
    read = store.conversation(known)
    assert isinstance(read, Conversation)
    assert read.exchange(read.exchanges[0].id) == read.exchanges[0]
    assert read.exchange("another") is None
