from __future__ import annotations

import string
from dataclasses import fields, replace
from datetime import date
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag import (
    CAUTION,
    Answer,
    Article,
    Citation,
    DocumentError,
    Exchange,
    Fingerprint,
    Heading,
    HoidapError,
    IngestReport,
    Passage,
    Quote,
    Status,
)
from rag.answering.quote import Source
from rag.documents.article import Page
from rag.index.filter import Filter
from rag.query.request import Request
from ui import article_page, library, render, sources, start_page
from ui.chats import Draft
from ui.choices import choices_html, choices_of
from ui.conversation_list import listed_html
from ui.english import ENGLISH
from ui.escaping import plain
from ui.languages import LANGUAGES
from ui.messages import exchange_messages
from ui.strings import Strings
from ui.uploads import Ingestion, safe_name
from ui.vietnamese import VIETNAMESE

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[1](http://evil)",
    "![x](http://evil/a.png)",
    "$$\\frac{1}{2}$$ and %%%LATEX_BLOCK_0%%%",
    "</mark></div><script>alert(1)</script>",
    "${alert(1)} {{value}}",
    "# heading\n\n- list\n\n| a | b |\n|---|---|\n| 1 | 2 |",
    "```mermaid\ngraph TD\n```",
    "&lt;b&gt; &amp; \" ' ` * _ ~",
    "http://evil.example www.evil.example a@evil.example",
)

TAGS = {"a", "article", "bdi", "blockquote", "details", "div", "em", "h2", "header", "li", "mark", "span"}
TAGS |= {"summary", "ul", "strong"}
# Of the parts of the page that are not in the chat.
OF_THE_PAGE = {"button", "figcaption", "figure", "img", "input", "label", "p"}


class Outline(HTMLParser):
    """The tags, attributes and text of a piece of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.marked: dict[str, str] = {}
        self._open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "mark":
            self._open.append(dict(attrs).get("class") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "mark":
            self._open.pop()

    def handle_data(self, data: str) -> None:
        self.text += data
        for name in self._open:
            self.marked[name] = self.marked.get(name, "") + data

    def hrefs(self) -> list[str | None]:
        return [attrs.get("href") for tag, attrs in self.tags if tag == "a"]


def article(text: str = "Một. Hai. Ba.", title: str = "Tiêu đề", source: str = "bai/1.md") -> Article:
    return Article(id="a", title=title, text=text, source=source, published="2024-12-22", language="vi")


def quote(of: Article, text: str) -> Quote:
    start = of.text.index(text)
    return Quote(of.id, of.title, of.source, of.published, of.language, start, start + len(text), text, 0.9)


def passage(of: Article, text: str) -> Passage:
    start = of.text.index(text)
    return Passage(of.id, 1, of.title, of.source, of.published, of.language, text, start, start + len(text), 0.5, 0.5)


def answer(text: str, *citations: Citation, status: str = "answered", notice: str | None = None) -> Answer:
    return Answer(
        id="x",
        request=Request("?", (), Filter(), date(2026, 1, 1), "extractive"),
        standalone_question="?",
        text=text,
        status="refused" if status == "refused" else "answered",
        mode="extractive",
        citations=citations,
        passages=(),
        confidence=0.9,
        timings={"search": 0.25, "answer": 1.0},
        fingerprint=Fingerprint("e", None, None, 1),
        notice=notice,
    )


def test_quotes_that_may_not_answer_are_marked_and_offered_no_wording() -> None:
    said = answer("Gần nhất: “Hai.” [1]", Citation(1, quote(article(), "Hai."), "supported"))
    for doubtful in (True, False):
        shown = replace(said, doubtful=doubtful)
        assert ("hd-nearest" in render.answer_html(shown, "1", VIETNAMESE)) is doubtful
        exchange = replace(Exchange.now("?"), state="answered", answer=shown)
        made = str(exchange_messages(Draft(exchange), VIETNAMESE, live=False, writes=True))
        assert (VIETNAMESE.write in made) is not doubtful


def test_a_teaser_and_what_others_say_too_are_marked() -> None:
    whole = article()
    also = Source("b", "Bài <b>khác</b>", "b.md", None, 0, 4)
    announced = replace(quote(whole, "Hai."), announced_on=Page("trang", "Trang <i>lớn</i>"), also_in=(also,))
    shown = sources.quotes_html(answer("Ý khác [1].", Citation(1, announced, "supported")), "1", VIETNAMESE)
    text = Outline(shown).text
    assert "tin dẫn trên trang: Trang <i>lớn</i>" in text
    assert "cũng có trong: Bài <b>khác</b>" in text
    plain_quote = answer("Ý khác [1].", Citation(1, quote(whole, "Hai."), "supported"))
    assert "tin dẫn" not in Outline(sources.quotes_html(plain_quote, "1", VIETNAMESE)).text


@pytest.mark.parametrize("text", HOSTILE)
def test_plain_leaves_nothing_to_a_parser(text: str) -> None:
    shown = plain(text)
    assert Outline(shown).text == text
    assert not set(shown) & set("<>\"'`*_[]()$\\\n|!{}~%@:/")
    assert "&" not in shown.replace("&#", "")


def test_control_characters_become_spaces() -> None:
    assert plain("a\x00b\x85c\x1fd\x9be") == "a b c d e"


@given(st.text(), st.text())
def test_plain_of_a_longer_text_begins_with_plain_of_the_shorter(first: str, second: str) -> None:
    assert plain(first + second) == plain(first) + plain(second)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_text_wherever_it_stands(text: str) -> None:
    source = article(text=f"Trước. {text} Sau.", title=text, source=text)
    span = quote(source, text)
    cited = answer(f"{text} [1]", Citation(1, span, "partly"), notice=text)
    pages = (
        render.question_html(text),
        render.draft_html(text),
        render.standalone_html(text, "1", VIETNAMESE),
        render.error_html(text, text),
        render.answer_html(cited, "1", VIETNAMESE),
        sources.evidence_html({1: span}, "1", VIETNAMESE),
        sources.nearest_html({1: span}, "1", VIETNAMESE),
        sources.quotes_html(cited, "1", VIETNAMESE),
        sources.quotes_html(replace(cited, text="[1]"), "1", VIETNAMESE),
        article_page.article_html(source, span, [], VIETNAMESE),
        article_page.article_html(source, replace(span, page=2), [], VIETNAMESE, "../page/vi/2"),
        article_page.gone_html(span, VIETNAMESE),
        listed_html([Heading(text, text, "2026-01-01", "2026-01-01")], "", False, VIETNAMESE),
        start_page.start_html(Status(1, 1, ("vi",), text, text), [source], [text], False, VIETNAMESE),
        library.library_html([source], "", [text], VIETNAMESE, ""),
        library.ingestion_html(Ingestion(error=HoidapError(text)), VIETNAMESE),
        library.ingestion_html(Ingestion(report=IngestReport(failed=(DocumentError("a", text),))), VIETNAMESE),
        start_page.facts_html(Status(1, 1, ("vi",), text, text), VIETNAMESE),
    )
    for page in pages:
        outline = Outline(page)
        assert {tag for tag, _ in outline.tags} <= TAGS | OF_THE_PAGE
        assert all(not name.startswith("on") for _, attrs in outline.tags for name in attrs)
        assert all(
            href is not None and href.startswith(("#cite-1-1", "#typed-1", "../page/vi/", "./?c="))
            for href in outline.hrefs()
        )
        assert text in outline.text or " ".join(text.split()) in outline.text
        assert "\n\n" not in page, "a blank line would hand the rest to the Markdown parser"


def test_markers_with_a_citation_are_links_and_the_others_are_text() -> None:
    source = article()
    invented = answer("Đúng [1], bịa [7].", Citation(1, quote(source, "Hai."), "supported"))
    html = render.answer_html(invented, "3", VIETNAMESE)
    assert Outline(html).hrefs() == ["#cite-3-1"]
    assert "[7]" in Outline(html).text
    assert "1,2 giây" in html


def test_a_marker_inside_a_quoted_sentence_is_its_author_s() -> None:
    source = article("Giá là 5 đồng [1] theo báo cáo. Hết.")
    span = quote(source, "Giá là 5 đồng [1] theo báo cáo.")
    html = render.answer_html(answer(f"{span.text} [1]", Citation(1, span, "supported")), "1", VIETNAMESE)
    assert Outline(html).hrefs() == ["#cite-1-1"]
    assert "[1] theo báo cáo." in Outline(html).text


def test_doubt_is_shown_on_the_marker_and_in_the_list() -> None:
    source = article()
    span = quote(source, "Hai.")
    doubtful = answer("Sai [1], đúng [1].", Citation(1, span, "unsupported"), Citation(1, span, "supported"))
    html = render.answer_html(doubtful, "1", VIETNAMESE)
    assert [dict(attrs).get("class") for tag, attrs in Outline(html).tags if tag == "a"] == [
        "hd-cite hd-unsupported",
        "hd-cite hd-supported",
    ]
    listed = sources.quotes_html(doubtful, "1", VIETNAMESE)
    assert VIETNAMESE.unsupported in Outline(listed).text


def test_list_names_title_date_and_source_and_cuts_long_passages() -> None:
    source = article("Câu rất dài. " * 100, source="https://www.vnexpress.net/a.html")
    html = sources.nearest_html({1: passage(source, source.text.strip())}, "1", VIETNAMESE)
    outline = Outline(html)
    for part in ("Tiêu đề", "22/12/2024", "vnexpress.net ↗", "…"):
        assert part in outline.text
    assert len(outline.text) < 600
    external = next(attrs for tag, attrs in outline.tags if attrs.get("class") == "hd-origin")
    assert external["rel"] == "noopener noreferrer"
    assert external["target"] == "_blank"


def test_of_a_quote_that_is_the_answer_only_the_source_is_named() -> None:
    source = article(source="https://bao.example/a")
    whole = answer("Hai. [1]", Citation(1, quote(source, "Hai."), "supported"))
    outline = Outline(sources.quotes_html(whole, "1", VIETNAMESE))
    assert " ".join(outline.text.split()) == "Nguồn1 Tiêu đề · 22/12/2024 · bao.example ↗"
    assert not any(attrs.get("class") == "hd-quote" for _, attrs in outline.tags)
    assert outline.hrefs()[0] == "#cite-1-1"


def test_the_pages_of_a_file_that_are_quoted_are_named() -> None:
    source = article(source="báo cáo.pdf")
    texts = (("Một.", 2), ("Hai.", 5), ("Ba.", 2))
    quotes = [replace(quote(source, text), page=page) for text, page in texts]
    citations = [Citation(marker, each, "supported") for marker, each in enumerate(quotes, start=1)]
    listed = Outline(sources.quotes_html(answer("Một. [1] Hai. [2] Ba. [3]", *citations), "1", VIETNAMESE))
    assert " ".join(listed.text.split()).endswith("báo cáo.pdf · Trang 2, 5 của tệp")


def test_a_list_of_articles_names_its_sources_itself() -> None:
    listed = answer("1 bài: “Tiêu đề” [1]", Citation(1, quote(article(), "Hai."), "supported"))
    for kind in ("collection", "vague"):
        assert sources.quotes_html(replace(listed, kind=kind), "1", VIETNAMESE) == ""
    assert sources.quotes_html(listed, "1", VIETNAMESE)


def test_quotes_of_one_article_stand_together() -> None:
    source, other = article(), replace(article("Bốn.", title="Khác"), id="b")
    spans = quote(source, "Một."), quote(other, "Bốn."), quote(source, "Hai."), quote(source, "Ba.")
    citations = tuple(Citation(marker, span, "supported") for marker, span in enumerate(spans, start=1))
    repeated = Outline(sources.quotes_html(answer("Một. [1] Bốn. [2] Hai. [3] Ba. [4]", *citations), "1", VIETNAMESE))
    assert " ".join(repeated.text.split()) == (
        "Nguồn1 3 4 Tiêu đề · 22/12/2024 · bai/1.md2 Khác · 22/12/2024 · bai/1.md"
    )
    assert repeated.hrefs() == [f"#cite-1-{marker}" for marker in (1, 3, 4, 2)]
    mixed = Outline(sources.quotes_html(answer("Một. [1] Ý khác [3].", citations[0], citations[2]), "1", VIETNAMESE))
    assert " ".join(mixed.text.split()) == "Câu trích3Hai. 1 Tiêu đề · 22/12/2024 · bai/1.md"
    shown = Outline(sources.quotes_html(answer("Ý khác [1][3].", citations[0], citations[2]), "1", VIETNAMESE)).text
    assert shown.count("Tiêu đề") == 1
    assert all(text in shown for text in ("Một.", "Hai."))


@pytest.mark.parametrize("strings", [VIETNAMESE, ENGLISH], ids=["vi", "en"])
def test_quotes_are_counted(strings: Strings) -> None:
    assert [strings.quote_count(count) for count in (1, 2)] == (
        ["1 quote", "2 quotes"] if strings is ENGLISH else ["1 câu trích", "2 câu trích"]
    )


def test_refusal_is_plain_and_falls_back_to_words_of_the_page() -> None:
    assert "Không có." in Outline(render.answer_html(answer("Không có.", status="refused"), "1", VIETNAMESE)).text
    assert VIETNAMESE.refused in Outline(render.answer_html(answer("", status="refused"), "1", VIETNAMESE)).text


def test_the_nearest_sentence_of_a_refusal_opens_where_it_stands() -> None:
    cited = Citation(1, quote(article(), "Hai."), "supported")
    html = render.answer_html(answer("Không có [1].\nGần nhất: “Hai.” [1]", cited, status="refused"), "x", VIETNAMESE)
    assert html.count("hd-cite") == 1
    assert "Không có [1].\nGần nhất" in Outline(html).text, "apart, where it is copied too"


READABLE = st.text(st.one_of(st.sampled_from("\n\t <>&'[]"), st.characters(exclude_categories=("C", "Z"))), min_size=1)


@given(READABLE, st.data())
def test_article_is_whole_and_marked_exactly(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    other_start = data.draw(st.integers(0, len(text) - 1))
    other_end = data.draw(st.integers(other_start + 1, len(text)))
    source = article(text)
    span = Quote("a", "", "", None, "vi", start, end, text[start:end], 1.0)
    other = Quote("a", "", "", None, "vi", other_start, other_end, text[other_start:other_end], 1.0)
    elsewhere = Quote("b", "", "", None, "vi", 0, 1, "?", 1.0)
    outline = Outline(article_page.article_html(source, span, [other, elsewhere], VIETNAMESE))
    assert outline.text.endswith(text)
    assert outline.marked["hd-mark"] == text[start:end]
    assert sum(attrs.get("id") == "hd-target" for _, attrs in outline.tags) == 1


def test_changed_article_is_searched_for_the_quote_then_warned_about() -> None:
    span = quote(article("Một. Hai. Ba."), "Hai.")
    moved = Outline(article_page.article_html(article("Mới. Một. Hai. Ba."), span, [], VIETNAMESE))
    assert moved.marked == {"hd-mark": "Hai."}
    lost = Outline(article_page.article_html(article("Khác hẳn."), span, [], VIETNAMESE))
    assert not lost.marked
    assert VIETNAMESE.source_changed in lost.text
    assert "Hai." in lost.text


@pytest.mark.parametrize(
    ("source", "linked"),
    [
        ("https://vnexpress.net/a?b=c", True),
        ("http://127.0.0.1:8000/x", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//evil.example", False),
        ("https://", False),
        ("https://a b", False),
        ("https://a\\b", False),
        ("https://[x", False),
        ("bai-viet/1.md", False),
    ],
)
def test_only_web_addresses_are_linked(source: str, linked: bool) -> None:
    assert (sources.web_address(source) == source) is linked


def test_text_fragment_names_the_sentence() -> None:
    address = "https://a.example/x"
    assert sources.text_fragment(address, "Giá 8-12, rẻ") == f"{address}#:~:text=Gi%C3%A1%208%2D12%2C%20r%E1%BA%BB"
    assert sources.text_fragment(f"{address}#muc", "a") == f"{address}#muc:~:text=a"
    long = " ".join(string.ascii_lowercase[index % 26] * 7 for index in range(40))
    first, last = sources.text_fragment(address, long).split("text=")[1].split(",")
    assert first.count("%20") == last.count("%20") == sources.FRAGMENT_WORDS - 1
    assert sources.text_fragment(address, " ") == address


def test_the_head_counts_articles_and_names_models() -> None:
    with_model = Outline(start_page.facts_html(Status(1284, 9000, ("vi", "en"), "e5", "qwen"), VIETNAMESE)).text
    assert "1.284 bài viết · tiếng Việt, tiếng Anh" in with_model
    assert "e5" in with_model
    assert "qwen" in with_model
    without = Outline(start_page.facts_html(Status(1284, 9000, ("vi", "xx"), "e5", None), ENGLISH)).text
    assert "1,284 articles · Vietnamese, xx" in without
    assert "Quotes only" in without
    assert ENGLISH.collection_empty in Outline(start_page.facts_html(Status(0, 0, (), "e5", None), ENGLISH)).text


def test_the_first_screen_says_what_there_is_and_what_can_be_asked() -> None:
    articles = [replace(article(), published=day) for day in ("2006-08-31", None, "2025-07-01")]
    page = Outline(start_page.start_html(Status(3, 9, ("vi",), "e5", None), articles, ["Ai?"], True, ENGLISH))
    assert "published from 31 Aug 2006 to 1 Jul 2025" in page.text
    assert [attrs["data-ask"] for _, attrs in page.tags if "data-ask" in attrs] == ["Ai?"]
    assert any("data-pending" in attrs for _, attrs in page.tags)
    assert any(attrs.get("type") == "file" for _, attrs in page.tags)


def test_the_library_is_searched_without_diacritics_and_the_newest_comes_first() -> None:
    old, new = article(title="Tàu điện"), replace(article(title="Đường sắt"), id="b", published="2025-01-01")
    both = Outline(library.library_html([old, new], "", ["gone.md"], ENGLISH, "")).text
    assert both.index("Đường sắt") < both.index("Tàu điện")
    assert "2 of 2 articles" in both
    assert "gone.md" in both
    found = Outline(library.library_html([old, new], "duong", [], ENGLISH, "")).text
    assert "Đường sắt" in found
    assert "Tàu điện" not in found


def test_what_came_of_added_files_is_told() -> None:
    report = IngestReport(("a", "b"), failed=(DocumentError("/x/uploads/added/c.txt", "is empty"),), left_out=("d",))
    told = Outline(library.ingestion_html(Ingestion(report=report), ENGLISH)).text
    for part in ("2 added, 0 updated", "c.txt: cannot be read (is empty)", "Removed earlier and still left out: d"):
        assert part in told
    assert "/x/" not in told, "folders of this machine are nobody else's to know"
    going = Outline(library.ingestion_html(Ingestion(True, "embedding", 3, 9), ENGLISH))
    assert "Indexing 3/9" in going.text


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("bai.md", "bai.md"),
        ("Bài viết (1).HTML", "Bài viết (1).HTML"),
        ("../../etc/passwd", "passwd"),
        ("C:\\x\\y.txt", "y.txt"),
        (".hidden", "hidden"),
        ("a<b>|?.txt", "a_b_.txt"),
        ("漢" * 200 + ".txt", "漢" * 65 + ".txt"),
        ("..", "_"),
        ("", "_"),
    ],
)
def test_file_names_are_made_safe(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@given(st.text(max_size=300))
def test_no_name_leaves_its_folder(name: str) -> None:
    safe = safe_name(name)
    assert safe
    assert len(safe.encode()) <= 200
    assert not safe.startswith(".")
    assert not set(safe) & set("/\\\0")


def test_dates_are_days_and_what_is_no_date_is_left_alone() -> None:
    assert VIETNAMESE.date("2024-12-22T08:00:00+07:00") == "22/12/2024"
    assert ENGLISH.date("2024-12-02") == "2 Dec 2024"
    assert VIETNAMESE.date("tháng 5/2024") == "tháng 5/2024"
    assert VIETNAMESE.date(None) == VIETNAMESE.undated


def test_both_languages_say_everything_with_the_same_variables() -> None:
    def variables(text: object) -> set[str | None]:
        return {name for _, name, _, _ in string.Formatter().parse(str(text))}

    for field in fields(VIETNAMESE):
        ours, theirs = getattr(VIETNAMESE, field.name), getattr(ENGLISH, field.name)
        assert ours, field.name
        assert theirs, field.name
        if field.name in ("languages", "cautions", "verdicts"):
            assert ours.keys() == theirs.keys()
        else:
            assert variables(ours) - {None} == variables(theirs) - {None}, field.name
    assert set(LANGUAGES) == {"vi", "en"}


@pytest.mark.parametrize("strings", [VIETNAMESE, ENGLISH], ids=["vi", "en"])
def test_every_level_of_caution_has_a_name(strings: Strings) -> None:
    assert list(strings.cautions) == list(CAUTION)
    assert [strings.caution(threshold) for threshold in CAUTION.values()] == list(strings.cautions.values())


@pytest.mark.parametrize("configured", [*CAUTION.values(), 0.55, 0.95, 1.0])
def test_caution_is_chosen_from_never_to_always_and_begins_where_it_is_set(configured: float) -> None:
    outline = Outline(choices_html(configured, None, (), VIETNAMESE))
    options = [attrs for tag, attrs in outline.tags if tag == "option" and attrs["value"]]
    values = [float(str(attrs["value"])) for attrs in options]
    assert values == sorted({*CAUTION.values(), configured}, reverse=True)
    assert [float(str(attrs["value"])) for attrs in options if "selected" in attrs] == [configured]
    named = configured in CAUTION.values()
    assert (f"Theo cài đặt ({configured:g})".replace(".", ",") in outline.text) != named


def test_caveats_are_shown_and_are_no_markup() -> None:
    shown = render.answer_html(replace(answer("Ba."), caveats=("Khác nhau: <b>3</b>", "Cũ.")), "1", VIETNAMESE)
    assert "<b>" not in shown
    assert "Khác nhau: <b>3</b>" in Outline(shown).text
    assert "Cũ." in Outline(shown).text


def test_how_a_follow_up_was_understood_can_be_undone() -> None:
    page = render.standalone_html("Giá vé <b>?", "3", VIETNAMESE)
    assert f'<a class="hd-do" href="#typed-3">{VIETNAMESE.as_typed}</a>' in page
    assert "<b>" not in page
    assert "href" not in render.standalone_html("Giá vé?", "", VIETNAMESE), "while it is being answered"


def test_a_short_answer_stands_out() -> None:
    source = article("Tuyến dài 13 km. Hết.")
    cited = Citation(1, quote(source, "Tuyến dài 13 km."), "supported")
    shown = replace(answer("13 km. “Tuyến dài 13 km.” [1]", cited), short="13 km")
    assert '<strong class="hd-short">13 km</strong>' in render.answer_html(shown, "1", VIETNAMESE)
    assert "strong" not in render.answer_html(replace(shown, short=None), "1", VIETNAMESE)


def test_at_most_three_articles_are_shown_and_the_others_lie_folded() -> None:
    spans = [quote(replace(article(), id=str(n)), "Hai.") for n in range(5)]
    citations = tuple(Citation(marker, span, "supported") for marker, span in enumerate(spans, start=1))
    html = sources.quotes_html(answer("Ý khác [1][2][3][4][5].", *citations), "1", VIETNAMESE)
    assert html.index(plain(VIETNAMESE.other_quotes.format(count=2))) < html.index("#cite-1-4")
    assert html.index("<details") > html.index("#cite-1-3")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('{"mode": "extractive", "caution": "0.6"}', ("extractive", 0.6, Filter())),
        ('{"mode": "neither", "caution": "0.55"}', (None, None, Filter())),
        ('{"caution": "0.4"}', (None, None, Filter())),  # that of the settings
        ('{"since": "2024-01-02", "until": "2023-01-01"}', (None, None, Filter("2023-01-01", "2024-01-02"))),
        ('{"since": "2024"}', (None, None, Filter(since="2024"))),
        ('{"until": "2024"}', (None, None, Filter(until="2024"))),
        ('{"since": "no day"}', (None, None, Filter())),
        ('{"language": "vi", "articles": {"a": "A"}}', (None, None, Filter(languages="vi", articles="a"))),
        ('{"articles": ["a"], "language": 5}', (None, None, Filter())),
        *((bad, (None, None, Filter())) for bad in ("", "[]", "{", "null", '"x"')),
    ],
)
def test_what_was_chosen_is_read_or_left_to_the_settings(value: str, expected: tuple[object, ...]) -> None:
    chosen = choices_of(value, 0.4)
    assert (chosen.mode, chosen.refuse_below, chosen.only) == expected
