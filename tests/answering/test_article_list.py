"""Replies about the collection: what is counted, which articles are about a subject, and what may be asked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import pytest

from rag.answering.answer import Draft
from rag.answering.article_list import LISTED, OFFERED, about_collection, choices, matching_articles, small_talk
from rag.answering.evidence import Evidence
from rag.answering.replies import replies
from rag.assistant import Assistant
from rag.documents.article import Article
from rag.index.store import Manifest
from rag.query.query import Query, make_query
from rag.query.question_kind import QuestionKind
from rag.retrieval.passage import Passage
from tests.doubles import EmptyTermStatistics, HashEmbedder, MemoryStore


def article(
    name: str, title: str, published: str | None, language: str = "vi", text: str = "Câu đầu. Câu sau."
) -> Article:
    return Article(name, title, text, name, published, language)


YAGI = article("yagi", "Bão Yagi đổ bộ Quảng Ninh", "2024-09-07")
NORU = article("noru", "Bão Noru suy yếu [1]", "2022-09-28")
METRO = article("metro", "Metro Cát Linh chở khách", "2021-11-06", text="Tàu chạy qua tâm bão Yagi. Hết.")
CAVE = article("cave", "Divers explore a cave", "2019-05-22", "en", "They dived. It was deep.")
PONT = article("pont", "Le pont de Hanoï", "2022-02-28", "fr")
SONG = article("song", "Dân ca được ghi danh", None)
ALL = (CAVE, METRO, NORU, PONT, SONG, YAGI)


def stored(*articles: Article) -> MemoryStore:
    store = MemoryStore(Manifest("hash", "f", 64, 100, 10))
    for each in articles:
        store.put_article(each, each.id, [])
    return store


def query(question: str, kind: QuestionKind = "collection", reply_language: str | None = None) -> Query:
    made = make_query(question, EmptyTermStatistics(), HashEmbedder(), reply_language=reply_language, framed=True)
    return replace(made, kind=kind)


def evidence(*articles: Article, confidence: float = 0.9) -> Evidence:
    """Evidence whose passages are whole articles, the best first."""
    passages = (Passage(a.id, 1, a.title, a.id, a.published, "vi", a.text, 0, len(a.text), 1.0, 0.9) for a in articles)
    return Evidence((), tuple(passages), confidence, ranking=tuple(each.id for each in articles))


def matching(question: str, *found: Article, articles: Sequence[Article] = ALL) -> tuple[list[str], str]:
    named, subject = matching_articles(query(question), evidence(*found), articles)
    return [each.id for each in named], subject


def told(question: str, *found: Article, articles: Sequence[Article] = ALL, confidence: float = 0.9) -> Draft:
    return about_collection(query(question), evidence(*found, confidence=confidence), stored(*articles))


def assert_lined_up(draft: Draft) -> None:
    """Every marker in the text is that of a citation, first met in order, and every citation has one."""
    markers = list(dict.fromkeys(int(number) for number in re.findall(r"\[(\d+)\]", draft.text)))
    assert markers == [citation.marker for citation in draft.citations] == [*range(1, len(markers) + 1)]


def listed(draft: Draft) -> list[str]:
    """The articles that are listed, by the citations of their lines."""
    cited = {citation.marker: citation.quote.article_id for citation in draft.citations}
    return [cited[int(number)] for number in re.findall(r"^- .*\[(\d+)\]$", draft.text, re.MULTILINE)]


def test_articles_are_counted_by_language_the_most_frequent_first() -> None:
    facts = told("Bộ sưu tập có bao nhiêu bài?").text.split("\n")[0]
    assert facts.startswith("Bộ sưu tập có 6 bài: 4 tiếng Việt, 1 tiếng Anh, 1 tiếng Pháp.")


def test_a_language_without_a_name_is_another_one() -> None:
    finnish = article("fi", "Uutiset", None, "fi")
    assert "1 tiếng khác." in told("Bộ sưu tập có bao nhiêu bài?", articles=[finnish]).text


def test_the_oldest_and_the_newest_are_told_with_their_days() -> None:
    facts = told("Bộ sưu tập có bao nhiêu bài?").text.split("\n")[0]
    assert "từ 22/05/2019 đến 07/09/2024" in facts
    assert "cũ nhất: “Divers explore a cave” (22/05/2019) [1]" in facts
    assert "mới nhất: “Bão Yagi đổ bộ Quảng Ninh” (07/09/2024) [2]" in facts
    undated = told("Bộ sưu tập có bao nhiêu bài?", articles=[SONG]).text.split("\n")[0]
    assert undated == "Bộ sưu tập có 1 bài: 1 tiếng Việt."


def test_a_question_that_names_nothing_is_about_all_the_newest_first() -> None:
    newest = ["yagi", "noru", "pont", "metro", "cave", "song"]
    assert matching("Bộ sưu tập có bao nhiêu bài viết?") == (newest, "")
    draft = told("Bộ sưu tập có bao nhiêu bài viết?")
    assert draft.text.split("\n")[1] == "6 bài:"
    assert listed(draft) == newest
    assert_lined_up(draft)


def test_an_article_is_cited_once_however_often_it_is_named() -> None:
    draft = told("Bộ sưu tập có bao nhiêu bài viết?")
    assert len({citation.quote.article_id for citation in draft.citations}) == len(draft.citations) == len(ALL)
    assert draft.text.count("[2]") == 2  # the newest is told of, and listed


def test_each_article_is_listed_with_its_day_and_its_first_sentence() -> None:
    draft = told("Có những bài nào về metro?", METRO, YAGI, NORU)
    line = next(
        line for line in draft.text.split("\n") if line.startswith("- “Metro Cát Linh chở khách” (06/11/2021) [")
    )
    (quote,) = (each.quote for each in draft.citations if line.endswith(f"[{each.marker}]"))
    assert (quote.article_id, quote.start, quote.text) == ("metro", 0, "Tàu chạy qua tâm bão Yagi.")
    assert (draft.status, draft.mode) == ("answered", "extractive")
    assert_lined_up(draft)


def test_a_subject_in_a_title_goes_before_one_in_a_text() -> None:
    names, subject = matching("Có những bài nào về bão Yagi?", METRO, YAGI, NORU)
    assert (names[:2], subject) == (["yagi", "metro"], "bão yagi")


def test_articles_about_a_subject_stand_in_the_order_of_the_search() -> None:
    assert matching("Có những bài nào về bão?", NORU, METRO, YAGI)[0] == ["noru", "yagi", "metro"]
    assert matching("Có những bài nào về bão?", YAGI, METRO, NORU)[0] == ["yagi", "noru", "metro"]


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("Có bao nhiêu bài tiếng Anh?", ["cave"]),
        ("Các bài tiếng Pháp", ["pont"]),
        ("Có những bài nào viết bằng tiếng Pháp?", ["pont"]),
        ("How many articles are in French?", ["pont"]),
        ("有多少篇英语文章？", ["cave"]),
        ("Có những bài nào năm 2022?", ["noru", "pont"]),
        ("Có những bài tiếng Việt nào năm 2022?", ["noru"]),
        ("Có bài nào năm 1999?", []),
    ],
)
def test_a_language_and_a_year_let_only_their_articles_through(question: str, names: list[str]) -> None:
    assert matching(question) == (names, "")


def test_a_subject_is_looked_for_in_the_year_that_is_named() -> None:
    assert matching("Có những bài nào về bão năm 2022?", YAGI, NORU, METRO) == (["noru"], "bão 2022")


def test_a_number_in_brackets_in_a_title_is_no_marker() -> None:
    drafts = [
        told("Có những bài nào về bão Noru?", NORU),
        told("Bộ sưu tập có bao nhiêu bài?", articles=[NORU, replace(NORU, id="again", title="[2] Tin [3]")]),
        small_talk(query("Xin chào", "small_talk"), stored(NORU)),
    ]
    for draft in drafts:
        assert "Bão Noru suy yếu (1)" in draft.text
        assert_lined_up(draft)


def test_an_article_that_is_gone_is_listed_without_a_citation(monkeypatch: pytest.MonkeyPatch) -> None:
    store = stored(YAGI, NORU)
    monkeypatch.setattr(store, "article", lambda article_id: NORU if article_id == NORU.id else None)
    draft = about_collection(query("Bộ sưu tập có bao nhiêu bài?"), evidence(), store)
    assert draft.text.split("\n")[-2:] == [
        f"- “{YAGI.title}” (07/09/2024)",
        "- “Bão Noru suy yếu (1)” (28/09/2022) [1]",
    ]
    assert_lined_up(draft)


def test_no_more_than_so_many_are_listed_and_all_are_counted() -> None:
    many = [article(f"a{number:02}", f"Tin số {number}", "2024-01-01") for number in range(LISTED + 3)]
    draft = told("Bộ sưu tập có bao nhiêu bài?", articles=many)
    assert f"{LISTED + 3} bài:" in draft.text.split("\n")
    assert len(listed(draft)) == LISTED
    assert_lined_up(draft)


def test_an_empty_collection_has_none() -> None:
    assert told("Bộ sưu tập có bao nhiêu bài?", articles=[]).text.startswith("Bộ sưu tập có 0 bài")
    assert small_talk(query("Xin chào", "small_talk"), stored()).text.count("\n") == 0


def test_of_a_subject_alone_articles_are_given_to_choose_from() -> None:
    draft = choices(query("bão Yagi", "vague", "vi"), evidence(YAGI, METRO), stored(*ALL))
    assert draft is not None
    assert draft.text.split("\n")[0] == replies("vi").vague.format(subject="bão yagi")
    assert listed(draft)[:2] == ["yagi", "metro"]
    assert_lined_up(draft)


def test_without_a_subject_there_is_no_choice() -> None:
    assert choices(query("Có những bài nào?", "vague"), evidence(YAGI), stored(*ALL)) is None
    assert choices(query("bão Yagi", "vague"), evidence(), stored(CAVE)) is None


@pytest.mark.parametrize("language", ["vi", "en", "fr", "ja"])
def test_small_talk_offers_articles_that_there_are_those_of_its_language_first(language: str) -> None:
    draft = small_talk(query("Hi", "small_talk", language), stored(*ALL))
    said = replies(language)
    lines = draft.text.split("\n")
    assert lines[:2] == [said.small_talk.format(articles=len(ALL)), said.examples]
    ways = {f"- {said.about_article.format(title=each.title.replace('[1]', '(1)'))}": each for each in ALL}
    offered = [ways[line] for line in lines[2:]]
    assert len(offered) == OFFERED
    own = [each.language == language for each in offered]
    assert own == sorted(own, reverse=True)
    assert any(own) == any(each.language == language for each in ALL)


def test_an_order_is_declined_and_the_newest_offered() -> None:
    draft = small_talk(query("Viết cho tôi một bài thơ", "order"), stored(*ALL))
    assert draft.text.startswith(replies("vi").order.format(articles=len(ALL)))
    titles = re.findall("“(.+)”", draft.text)
    assert titles == [YAGI.title, "Bão Noru suy yếu (1)", METRO.title]
    assert (draft.citations, draft.status) == ((), "answered")


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Bộ sưu tập có bao nhiêu bài viết?", "collection"),
        ("Metro", "vague"),
        ("Xin chào", "small_talk"),
        ("Viết cho tôi một bài thơ", "order"),
    ],
)
def test_an_assistant_says_what_its_collection_has(sample: Assistant, question: str, kind: QuestionKind) -> None:
    answer = sample.ask(question)
    assert (answer.kind, answer.status, answer.mode) == (kind, "answered", "extractive")
    titles = [each.title for each in sample.articles()]
    named = [title for title in titles if title in answer.text]
    assert len(named) >= OFFERED
    for citation in answer.citations:
        whole = sample.article(citation.quote.article_id)
        assert whole is not None
        assert whole.text.startswith(citation.quote.text)


@pytest.mark.parametrize("question", ["Có bài nào về bóng đá không?", "Có những bài nào về bóng đá?"])
def test_that_no_article_is_about_a_subject_is_said(question: str) -> None:
    draft = told(question, METRO, YAGI, CAVE, confidence=0.29)
    assert draft.text.split("\n")[1:] == [replies("vi").none.format(subject="bóng đá")]
    assert listed(draft) == []
    assert_lined_up(draft)


def test_a_subject_that_stands_nowhere_is_that_of_the_nearest_where_the_search_is_sure() -> None:
    draft = told("Có bài nào về bóng đá không?", METRO, YAGI, CAVE, NORU, confidence=0.3)
    assert draft.text.split("\n")[1:3] == [replies("vi").none.format(subject="bóng đá"), replies("vi").nearest]
    assert listed(draft) == ["metro", "yagi", "cave"]


def test_a_subject_that_stands_somewhere_needs_no_sure_search() -> None:
    assert listed(told("Có những bài nào về bão Yagi?", METRO, YAGI, NORU, confidence=0.0)) == ["yagi", "metro"]


def test_of_a_subject_that_stands_nowhere_there_is_no_choice() -> None:
    asked = query("bóng đá", "vague", "vi")
    assert choices(asked, evidence(METRO, YAGI, confidence=0.29), stored(*ALL)) is None
    assert choices(asked, evidence(METRO, YAGI, confidence=0.3), stored(*ALL)) is not None


def test_that_there_are_none_is_said() -> None:
    draft = told("Có bài nào năm 1999?")
    assert draft.text.split("\n")[1:] == ["0 bài:"]


def test_a_thing_that_is_called_after_a_language_is_a_subject() -> None:
    bridge = article("bridge", "The French Bridge reopens", "2024-08-05", "en")
    found, subject = matching("Which articles are about the French Bridge?", bridge, articles=[bridge, PONT])
    assert (found[0], subject) == ("bridge", "french bridge")
