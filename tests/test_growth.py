"""No function over a text takes more than linear time, whatever is repeated in the text.

A pattern is repeated to n, 2n and 4n characters. Only where the longest takes more than `FLOOR` is its growth judged:
each doubling of the text may multiply the processor time of this thread by `MOST` at most. That of one of the two
doublings is enough, so that a step (a text longer than what is kept, or read) is no growth; and each time is the least
of several, taken again before it counts, so that a busy machine fails nothing. Add patterns to `PATTERNS` and functions
to `FUNCTIONS`: each is tried with each.
"""

from __future__ import annotations

import io
import json
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import date
from functools import partial
from html import escape
from typing import Any

import numpy as np
import pytest
import trafilatura

from rag import Answer, Citation, Exchange, Fingerprint, Heading, answer_markdown
from rag.answering.caveats import caveats
from rag.answering.citations import cite
from rag.answering.claim_names import NameIndex, changed_places, is_made_of, names_in
from rag.answering.clauses import clauses
from rag.answering.conflicts import find_conflicts
from rag.answering.duplicates import grouped
from rag.answering.evidence import injections_last
from rag.answering.quote import Quote, opening
from rag.answering.refusal import refusal
from rag.answering.replies import replies
from rag.answering.short_answer_checks import is_of_another_person, is_of_unit
from rag.answering.short_answers import short_answers
from rag.answering.summary import central_sentences
from rag.answering.verification import LONGEST_CLAIM, RuleCheck, denies
from rag.cli.terminal import one_line
from rag.conversations.conversation import title_of
from rag.documents.archive import ArchiveLoader
from rag.documents.archive_members import members_of
from rag.documents.article import Article
from rag.documents.captions import captions, with_captions_marked
from rag.documents.chunk_context import headings, is_anaphoric
from rag.documents.chunking import split_into_chunks
from rag.documents.delimited import DelimitedLoader
from rag.documents.docx import DocxLoader
from rag.documents.epub import EpubLoader
from rag.documents.html import HtmlLoader
from rag.documents.jsonl import JsonLinesLoader
from rag.documents.legacy_encoding import marks_in_order, repaired, unconverted, unicode_of_runs
from rag.documents.loader import Loader
from rag.documents.mail import MailLoader
from rag.documents.markdown import MarkdownLoader
from rag.documents.number_format import Number
from rag.documents.page_captions import keep_captions
from rag.documents.page_metadata import page_metadata
from rag.documents.page_tail import take_tail
from rag.documents.passage_sentences import sentences_of
from rag.documents.pdf import PdfLoader
from rag.documents.pdf_lines import Line, in_reading_order
from rag.documents.pdf_paragraphs import placed_text
from rag.documents.plain_text import PlainTextLoader
from rag.documents.pptx import PptxLoader
from rag.documents.running_heads import without_running_heads
from rag.documents.saved_story import stories
from rag.documents.table import table_lines
from rag.documents.xhtml import page_of_html, page_of_xml
from rag.documents.xlsx import XlsxLoader
from rag.errors import DocumentError, QuestionError, UsageError
from rag.index.filter import EVERYTHING
from rag.index.leg import Field
from rag.models.reranker import ReaderAnswer
from rag.models.text_vectors import TextVectors
from rag.prompt_injection import is_injection
from rag.prompts import neutral, without_markers
from rag.query.comparison import sides
from rag.query.completion import completed
from rag.query.conversation import Turn
from rag.query.diacritics import restore, stripped
from rag.query.ellipsis import is_elliptical, names_only, parted, realigned, substituted, without_opening
from rag.query.entities import entities, first_of_kind, first_place, last_year, typed_with_diacritics
from rag.query.followup import is_followup, standalone
from rag.query.history_terms import terms_in
from rag.query.people import foreign_person, people, person_in_answer
from rag.query.query import make_query
from rag.query.question_kind import grams, question_kind, rule_signals
from rag.query.question_type import question_type
from rag.query.reference import references
from rag.query.relative_dates import asks_latest, with_absolute_dates
from rag.query.request import Request, question_of
from rag.query.rewriting import is_acceptable
from rag.query.spelling import corrected
from rag.query.term_selection import lacking
from rag.query.topic import subject_range
from rag.retrieval.passage import Passage
from rag.sources.address import normalised
from rag.sources.feed import feed_entries
from rag.sources.page import Page
from rag.sources.robots import Robots
from rag.sources.sitemap import announcement, sitemap_entries
from rag.text.analyzer import index_terms, terms
from rag.text.dates import dates
from rag.text.language import language_of
from rag.text.names import names
from rag.text.normalize import clean, fold, has_diacritics
from rag.text.quantities import quantities
from rag.text.ranges import tidied, whole_numbers
from rag.text.sentences import sentences
from rag.text.syllables import is_syllable
from rag.text.words import content_words, without_framing, words
from tests.documents.archive_files import tarred, zipped
from tests.documents.office_files import PAGE, book, saved, workbook
from tests.documents.pdf_files import Text, pdf
from tests.doubles import EmptyTermStatistics, HashEmbedder, SharedWordsCheck
from ui import article_page, render, sources
from ui.conversation_list import listed_html
from ui.escaping import plain
from ui.failures import without_folders
from ui.library import library_html
from ui.login_page import account_html
from ui.uploads import safe_name
from ui.vietnamese import VIETNAMESE

PATTERNS = (
    # Blanks, marks and brackets.
    " ", "\n", "\t \u3000", " \n", "a\n", "a\n\n", "A\n", "a", "-", "a-", "a.", "A. ", ".", "…", "?",
    ", ", ";", ": ", "# ", "# A\n", "*", "* ", "**a", "__", "> ", "| ", "---\n", "(", ")", "(A) ",
    "[", "]", "[1", "[1,", "[1]", "[1] ", "[1] [2]. ", "A [1]. ", "[ 1 ; 2 ]", "[a](", "[a](b)", "![", "\"",
    "”", "«", "«a» ", "「a」", "《", "'", "‘", "{", "{% chat", "\\", "%", "&amp;", "<", ">", "<p>",
    "<div>", "<a href=\"", "<!--", "{\"id\":", "{\"a\":[", "- a: ", "a: b\n", "&a [", "x@",
    "https://a.b ", "www.", "–", " – ", "\u2028", "\u00a0",
    # Numbers, dates and units.
    "1", "1,", "1\u00a0", "12 345 ", "1.000.000 ", "12 ", "1/", "1/2/", "21/7/2016 ", "21/7 ",
    "ngày 2 tháng 9 ", "tháng 7 ", "July 21, 2016 ", "2016年7月21日", "7月", "năm 2016 ", "5 triệu ",
    "5 vạn 5 triệu ", "âm 5 ", "mười ", "hai mươi mốt ", "năm ", "từ 5 đến 7 km, ", "5 km 300 m ", "8:30 ",
    "80% ", "7.000 đồng ", "QL1A ", "a1b2", "12/2021/NQ-HĐND ", "số 1 ", "Nghị quyết số ", "１２/", "²",
    # Names and words.
    "La ", "aA", "Hà Nội – ", "Nội-", "Nguyễn ", "Ông ", "Ông Bà ", "Mr. ",
    "Ông A và B ", "Ông A và ông B, ", "Ông Trần Văn Bình, ", "chồng của ", "Anh's wife ", "TP.Huế ",
    "Sicherheitsdienst (SD) ", "thành phố ", "tuyến A ", "tuyến này ", "vụ này ", "và ", "với ", "so với ",
    "A và B ", "không tìm thấy ", "có ai không ", "not mention ", "wasn't",
    "nó dài ", "bà ấy ", "ở đó ", "his ", "the ", "the a of ", "a-t-il ", "còn ", "còn Huế thì sao? ",
    "năm ngoái ", "hiện nay ", "mới nhất ", "họ là ai? ", "tuyến đường sắt đô thị ",
    "duong sat ", "dduwowcj ", "x" * 90 + " ", "ab" * 20, "Đ",
    # Scripts and signs.
    "北京是首都。", "韩国的 Samsung ", "去年", "他", "吗，", "東京に", "か。", "กรุงเทพ", "서울은 ",
    "العربية ", "😀", "👩\u200d👧", "e\u0301", "\u0300", "\u0323\u0301", "a\u0323\u0302", "i\u0307", "İ",
    "\u200b", "\u200d", "ﬁ", "ﷺ",
    # Orders to a model.
    "bỏ qua ", "ignore ", "hãy trả lời ", "quên a b chỉ dẫn ", "<|", "<|a|>", "a<|a|>", "<|im_end|>",
    "<|im_start|>system ", "</s>", "[INST]", "### ", "### Response:", "system: ",
)  # fmt: skip


class KnownTermStatistics:
    """The term statistics of a collection that holds every term, long ones more often."""

    @property
    def chunk_count(self) -> int:
        return 1000

    def document_frequency(self, term: str, field: Field) -> int:
        return 1 + len(term)


def quote(text: str, published: str = "2016-07-21", article: str = "a") -> Quote:
    return Quote(article, text[:100], "", published, "vi", 0, len(text), text, 1.0, (0, min(len(text), 40)), 0.9)


EMBEDDER = HashEmbedder()
EMPTY, KNOWN = EmptyTermStatistics(), KnownTermStatistics()
FACT = quote("Cầu Rồng dài 666 m, bắc qua sông Hàn.")
QUERY = make_query("Cầu Rồng dài bao nhiêu mét?", EMPTY, EMBEDDER)
PASSAGE = Passage("a", 1, "Cầu Rồng", "a", None, "vi", FACT.text, 0, len(FACT.text), 1.0, 1.0)
DAY = date(2026, 1, 1)


def article(text: str) -> Article:
    return Article("a", text[:60], text, f"https://a.b/{text[:50]}", "2020-01-01", "vi")


def answer(text: str, *citations: Citation) -> Answer:
    return Answer(
        id="x",
        request=Request("?", (), EVERYTHING, DAY, "extractive"),
        standalone_question="?",
        text=text,
        status="answered",
        mode="extractive",
        citations=citations,
        passages=(),
        confidence=0.9,
        timings={},
        fingerprint=Fingerprint("e", None, None, 1),
        notice=text,
    )


def checked_claim(text: str) -> None:
    """A claim that is as long as one may be."""
    RuleCheck().check(text[:LONGEST_CLAIM], [FACT, quote(text[:LONGEST_CLAIM])])


def checked_quote(text: str) -> None:
    RuleCheck().check("Cầu Rồng dài 666 m và cầu Vàng dài 150 m.", [FACT, quote(text)])


def conflicting(text: str) -> None:
    quotes = [FACT, quote(text), quote(f"{text} 7", "2018-07-21", "b")]
    caveats(QUERY, quotes, find_conflicts(QUERY, quotes).among(quotes), DAY)


def named(text: str) -> None:
    name = tuple(words(text))
    NameIndex(text).holds(name)
    is_made_of(name, {name[:1]})
    changed_places(text, text[3:], names_in(text, "vi"), "vi")


def follows(text: str) -> None:
    standalone("Nó ở đâu?", [Turn("Cầu Rồng dài bao nhiêu mét?", text), Turn(text, "Cầu Rồng dài 666 m.")])


def asked(text: str) -> None:
    with suppress(QuestionError):
        question_of(text[:1990])


def html_page(body: str) -> Any:
    """A page as a tree."""
    return trafilatura.load_html(f"<html><head><title>a</title></head><body><p>Dài 6 m.</p>{body}</body></html>")


def structured(text: str) -> str:
    """The structured data of a page."""
    data = {"@type": "NewsArticle", "headline": text, "articleBody": text, "author": [text], "datePublished": text}
    return f'<script type="application/ld+json">{json.dumps(data)}</script>'


def loaded(loader: Loader, form: Callable[[str], str], text: str) -> None:
    with suppress(DocumentError):
        list(loader.load(io.BytesIO(form(text).encode()), f"a{loader.suffixes[0]}"))


def announced(form: str, text: str) -> None:
    page = Page("https://a.b/", form.format(text).encode(), "text/xml")
    announcement(page)
    with suppress(DocumentError):
        list(feed_entries(page))
        list(sitemap_entries(page, lambda _: page))


def addressed(text: str) -> None:
    with suppress(UsageError):
        normalised(f"https://{text[:50]}/{text}?{text}#{text}")


def lines(text: str, page: int = 1) -> list[Line]:
    """The words of a text as lines below each other, every third to the right of the one before."""
    words = text.split() or ["-"]
    return [
        Line(page, word, 72 + 90 * (row % 3 == 2), 12.0 * (row - (row % 3 == 2)), 150, 12.0 * row + 12, 12)
        for row, word in enumerate(words)
    ]


def drawn_and_read(text: str) -> None:
    """A page of lines of sixty letters each."""
    page = [
        Text(20, 12.0 * row, text[at : at + 60].encode("utf-16-be", "ignore").decode("utf-16-be"))
        for row, at in enumerate(range(0, len(text), 60))
    ]
    with suppress(DocumentError):
        list(PdfLoader().load(io.BytesIO(pdf(page)), "a.pdf"))


def packed_and_read(text: str) -> None:
    with suppress(DocumentError):
        list(members_of(io.BytesIO(tarred((clean(text[:2000]) or "a", text.encode()))), "a.tar"))


def rendered(text: str) -> None:
    cited = (Citation(1, FACT, "partly"), Citation(2, quote(text), "supported"), Citation(3, quote(text[:3]), "partly"))
    render.answer_html(answer(f"{text} [1] [2]", *cited), "1", VIETNAMESE)
    article_page.article_html(article(text), quote(text), [quote(text[:50]), FACT], VIETNAMESE)
    article_page.article_html(article(text), replace(quote(text[3:]), start=7), [], VIETNAMESE)
    render.draft_html(text)


def listed(text: str) -> None:
    sources.quotes_html(
        answer(text, Citation(1, FACT, "partly"), Citation(2, quote(text), "supported")), "1", VIETNAMESE
    )
    linked = replace(quote(text), article_id="b", source=f"https://a.b/{text}")
    sources.evidence_html({1: quote(text), 2: linked}, "1", VIETNAMESE)


def copied(text: str) -> None:
    cited = (Citation(1, quote(text), "supported"),)
    answer_markdown(replace(Exchange.now(text), answer=answer(f"{text} [1]", *cited)))


def of_page(text: str) -> None:
    """What of a question, an article and a conversation stands on the page beside the answer."""
    render.question_html(text)
    render.standalone_html(text, "1", VIETNAMESE)
    render.error_html(text, text)
    sources.nearest_html({1: quote(text)}, "1", VIETNAMESE)
    account_html(text, True, VIETNAMESE)
    listed_html([Heading("a", title_of(text), text, text, False)], "a", True, VIETNAMESE)
    library_html([article(text)] * 3, text, [text], VIETNAMESE, text)
    title_of(text)


def read_in_full(loader: Loader, form: Callable[[str], bytes], text: str) -> None:
    with suppress(DocumentError):
        list(loader.load(io.BytesIO(form(escape(clean(text)))), f"a{loader.suffixes[0]}"))


def answered_shortly(text: str) -> None:
    half = len(text) // 2
    short_answers(text, question_type(text), [text, FACT.text], [ReaderAnswer(half, half + 9, 9.0), None])


LONG, MIDDLE, SHORT, BRIEF = 6400, 2400, 1200, 600
# What is tried, and with how many characters at most: so many that it takes a few milliseconds where nothing grows.
FUNCTIONS: dict[str, tuple[Callable[[str], object], int]] = {
    "clean": (clean, LONG),
    "safe_name": (safe_name, LONG),
    "without_folders": (without_folders, LONG),
    "answer_markdown": (copied, LONG),
    "fold": (fold, LONG),
    "has_diacritics": (has_diacritics, LONG),
    "language_of": (language_of, LONG),
    "words": (words, LONG),
    "terms": (terms, LONG),
    "index_terms": (index_terms, MIDDLE),
    "content_words": (lambda text: content_words(words(text), "vi"), LONG),
    "sentences": (sentences, LONG),
    "sentences_of": (sentences_of, MIDDLE),
    "dates": (dates, LONG),
    "quantities": (quantities, MIDDLE),
    "names": (names, LONG),
    "tidied": (lambda text: tidied(text, 0, len(text)), LONG),
    "whole_numbers": (lambda text: whole_numbers(text, len(text) // 2, len(text) // 2 + 3), LONG),
    "entities": (entities, LONG),
    "first_place": (first_place, LONG),
    "first_of_kind": (partial(first_of_kind, "tuyến"), LONG),
    "typed_with_diacritics": (typed_with_diacritics, LONG),
    "last_year": (last_year, LONG),
    "is_elliptical": (is_elliptical, LONG),
    "names_only": (names_only, MIDDLE),
    "substituted": (lambda text: substituted(text, text), MIDDLE),
    "realigned": (lambda text: realigned(text, text), MIDDLE),
    "without_opening": (without_opening, MIDDLE),
    "parted": (parted, MIDDLE),
    "references": (references, MIDDLE),
    "subject_range": (subject_range, SHORT),
    "terms_in": (lambda text: terms_in(text, "vi", with_subject=True), SHORT),
    "lacking": (lambda text: lacking(text, [(text, text)], follows=True), BRIEF),
    "completed": (lambda text: completed(text, "Cầu Rồng"), SHORT),
    "people": (people, LONG),
    "person_in_answer": (partial(person_in_answer, "Ai là chủ tịch?"), MIDDLE),
    "person_in_answer, of a question": (lambda text: person_in_answer(text, text[1:]), SHORT),
    "foreign_person": (lambda text: foreign_person(text, text[5:]), MIDDLE),
    "asks_latest": (asks_latest, LONG),
    "with_absolute_dates": (lambda text: with_absolute_dates(text, DAY), MIDDLE),
    "question_of": (asked, SHORT),
    "question_type": (question_type, MIDDLE),
    "rule_signals": (rule_signals, SHORT),
    "grams": (grams, MIDDLE),
    "restore": (lambda text: restore(text, EMPTY), SHORT),
    "stripped": (lambda text: stripped(text, KNOWN), MIDDLE),
    "corrected": (lambda text: corrected(text, EMPTY, EMBEDDER), MIDDLE),
    "sides": (lambda text: sides(replace(QUERY, text=text)), MIDDLE),
    "is_acceptable": (lambda text: is_acceptable(f"{text}?", text, [Turn(text, text)]), BRIEF),
    "is_followup": (is_followup, SHORT),
    "standalone, of a question": (lambda text: standalone(text, [Turn("Cầu Rồng?", "Cầu Rồng dài 666 m.")]), SHORT),
    "standalone, of a turn": (follows, BRIEF),
    "make_query": (lambda text: make_query(text, EMPTY, EMBEDDER), BRIEF),
    "is_injection": (is_injection, LONG),
    "denies": (denies, LONG),
    "clauses": (clauses, SHORT),
    "names in a claim": (named, SHORT),
    "cite": (lambda text: cite(text, [FACT, FACT], SharedWordsCheck()), MIDDLE),
    "RuleCheck.check, of a claim": (checked_claim, BRIEF),
    "RuleCheck.check, of a quote": (checked_quote, BRIEF),
    "caveats": (conflicting, SHORT),
    "refusal, of a passage": (lambda text: refusal(QUERY, "vi", [replace(PASSAGE, text=text)]), MIDDLE),
    "refusal, of a question": (lambda text: refusal(replace(QUERY, text=text), "vi", [PASSAGE]), SHORT),
    "replies": (replies, LONG),
    "central_sentences": (lambda text: central_sentences(article(text), TextVectors(EMBEDDER), 5), MIDDLE),
    "opening": (lambda text: opening(replace(PASSAGE, text=text), len(text) // 2, len(text), 0), LONG),
    "is_of_unit": (lambda text: is_of_unit(text, text, 0, len(text) // 2), MIDDLE),
    "is_of_another_person": (lambda text: is_of_another_person(text, text, len(text)), LONG),
    "neutral": (neutral, LONG),
    "without_markers": (without_markers, LONG),
    "one_line": (one_line, LONG),
    "split_into_chunks": (lambda t: split_into_chunks(article(t), EMBEDDER.count_tokens, size=50, overlap=10), SHORT),
    "headings": (lambda text: list(headings(article(text))), LONG),
    "is_anaphoric": (lambda text: [is_anaphoric(text, language) for language in ("vi", "en", "zh")], LONG),
    "HtmlLoader": (partial(loaded, HtmlLoader(), lambda text: f"<article><p>{text}</p></article>"), SHORT),
    "stories": (lambda text: list(stories(article(text))), LONG),
    "captions": (captions, LONG),
    "take_tail": (lambda text: take_tail(html_page(f"<p>{text}</p><h3>Đọc thêm</h3>{text}")), SHORT),
    "keep_captions": (lambda text: keep_captions(html_page(f"<figure><figcaption>{text}")), SHORT),
    "page_metadata": (lambda text: page_metadata(html_page(f"<h1>{text}</h1>{structured(text)}{text}")), SHORT),
    "grouped": (lambda text: grouped([text, *text.splitlines()]), MIDDLE),
    "MarkdownLoader": (partial(loaded, MarkdownLoader(), str), MIDDLE),
    "MarkdownLoader, of front matter": (partial(loaded, MarkdownLoader(), "---\n{}\n---\nDài 6 m.".format), SHORT),
    "JsonLinesLoader": (partial(loaded, JsonLinesLoader(), lambda text: json.dumps({"id": "a", "text": text})), MIDDLE),
    "JsonLinesLoader, of no JSON": (partial(loaded, JsonLinesLoader(), str), MIDDLE),
    "PlainTextLoader": (partial(loaded, PlainTextLoader(), str), MIDDLE),
    "feeds and sitemaps": (partial(announced, "{}"), SHORT),
    "feeds": (
        partial(announced, "<rss><channel><item><title>{0}</title><link>{0}</link></item></channel></rss>"),
        SHORT,
    ),
    "sitemaps": (partial(announced, "<urlset><url><loc>{0}</loc><lastmod>{0}</lastmod></url></urlset>"), SHORT),
    "normalised": (addressed, LONG),
    "robots.txt": (
        lambda text: Robots("a", lambda _: f"User-agent: *\nDisallow: /{text}").allow("https://a.b/c"),
        LONG,
    ),
    "placed_text": (lambda text: placed_text(lines(text)), MIDDLE),
    "without_running_heads": (lambda text: without_running_heads([lines(text), lines(text, 2)]), MIDDLE),
    "in_reading_order": (lambda text: in_reading_order(lines(text)), MIDDLE),
    "PdfLoader": (drawn_and_read, SHORT),
    "members_of": (packed_and_read, MIDDLE),
    "DelimitedLoader": (partial(loaded, DelimitedLoader(), str), MIDDLE),
    "MailLoader": (partial(loaded, MailLoader(()), "Subject: a\n\n{}".format), MIDDLE),
    "MailLoader, of headers": (partial(loaded, MailLoader(()), "Subject: {}\n\na".format), SHORT),
    "DocxLoader, of bytes": (partial(loaded, DocxLoader(), str), LONG),
    "page_of_html": (page_of_html, MIDDLE),
    "page_of_xml": (page_of_xml, MIDDLE),
    "EpubLoader": (partial(read_in_full, EpubLoader(), lambda text: book({"a.xhtml": PAGE.format(text)})), MIDDLE),
    "PptxLoader, of bytes": (partial(loaded, PptxLoader(), str), LONG),
    "XlsxLoader": (
        partial(read_in_full, XlsxLoader(), lambda text: saved(workbook(A=[["a"], [*text.split()]]))),
        SHORT,
    ),
    "Number": (lambda text: Number(1.5, text).shown("vi"), LONG),
    "ArchiveLoader": (
        partial(
            read_in_full,
            ArchiveLoader((PlainTextLoader(),)),
            lambda text: zipped(("a.txt", text.encode()), ("b.txt", b"A b.")),
        ),
        MIDDLE,
    ),
    "unicode_of_runs": (lambda text: unicode_of_runs([(text, ".VnTime"), (text, text[:50])]), MIDDLE),
    "with_captions_marked": (with_captions_marked, LONG),
    "without_framing": (lambda text: without_framing(words(text), "vi"), LONG),
    "question_kind": (lambda text: question_kind(text, np.zeros(384, np.float32)), SHORT),
    "short_answers": (answered_shortly, SHORT),
    "injections_last": (lambda text: injections_last([FACT, quote(text)], "Cầu Rồng dài bao nhiêu?"), LONG),
    "page": (of_page, SHORT),
    "table_lines": (lambda text: table_lines([text.split(" "), *([each] for each in text.split(","))]), MIDDLE),
    "table_lines, of one cell": (lambda text: table_lines([[text, text], [text, "1"]], 1), MIDDLE),
    "repaired": (lambda text: repaired(text.encode("utf-16-le")[1:]), MIDDLE),
    "unconverted": (unconverted, MIDDLE),
    "marks_in_order": (marks_in_order, LONG),
    "is_syllable": (is_syllable, LONG),
    "plain": (plain, LONG),
    "render": (rendered, SHORT),
    "sources": (listed, SHORT),
    "web_address": (lambda text: sources.web_address(f"https://{clean(text)}"), LONG),
    "text_fragment": (lambda text: sources.text_fragment("https://a.b", text), LONG),
}
FLOOR = 0.02  # seconds, under which growth cannot be told from noise
MOST = 2**1.3  # times, that a doubling of the text may take
LIMIT = 20.0  # seconds, for one function
ATTEMPTS = 6  # at a measurement that another process disturbs


def seconds(function: Callable[[str], object], pattern: str, length: int) -> float:
    """The processor time of a call; no two texts are the same, so that nothing kept answers for them."""
    text = f"{(pattern * (length // len(pattern) + 1))[:length]} {time.monotonic_ns()}"
    started = time.thread_time()
    function(text)
    return time.thread_time() - started


def growth(function: Callable[[str], object], pattern: str, longest: int) -> float:
    """How many times as long a call takes when its text doubles, the smaller of two; 0 where it is below the floor."""
    least = [float("inf")] * 2 + [seconds(function, pattern, longest)]
    found = 0.0
    for _ in range(ATTEMPTS):
        if least[2] < FLOOR:
            return 0.0
        least = [
            min(known, seconds(function, pattern, longest // part))
            for known, part in zip(least, (4, 2, 1), strict=True)
        ]
        one, two, four = (max(each, 1e-6) for each in least)
        found = min(two / one, four / two)
        if found <= MOST:
            break
    return found


@contextmanager
def limited() -> Iterator[None]:
    """Ends a test that takes longer, in whatever it is."""

    def ended(*_: object) -> None:
        raise TimeoutError(f"more than {LIMIT:g} s of processor time")

    before = signal.signal(signal.SIGPROF, ended)
    signal.setitimer(signal.ITIMER_PROF, LIMIT)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_time_grows_no_faster_than_the_text(name: str) -> None:
    function, longest = FUNCTIONS[name]
    function("Nó dài 666 m [1].")  # loads what is loaded once
    with limited():
        found = {pattern: growth(function, pattern, longest) for pattern in PATTERNS}
    assert {pattern: round(factor, 1) for pattern, factor in found.items() if factor > MOST} == {}


def test_what_takes_the_square_of_the_length_is_found() -> None:
    assert growth(lambda text: sum(range(len(text) ** 2 // 20)), "ab", LONG) > MOST
    assert growth(lambda text: sum(range(len(text) * 400)), "ab", LONG) <= MOST
