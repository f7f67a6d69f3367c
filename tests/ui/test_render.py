from __future__ import annotations

import string
from dataclasses import fields, replace
from datetime import date
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag import CAUTION, Answer, Article, Citation, Fingerprint, Passage, Quote, Status
from rag.answering.quote import Source
from rag.documents.article import Page
from rag.index.filter import Filter
from rag.query.request import Request
from ui import render, sources
from ui.escaping import plain
from ui.strings import ENGLISH, LANGUAGES, VIETNAMESE, Strings

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
TAGS |= {"summary", "ul"}


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


def test_a_teaser_and_what_others_say_too_are_marked() -> None:
    whole = article()
    also = Source("b", "Bài <b>khác</b>", "b.md", None, 0, 4)
    announced = replace(quote(whole, "Hai."), announced_on=Page("trang", "Trang <i>lớn</i>"), also_in=(also,))
    shown = sources.quotes_html(answer("Ý khác [1].", Citation(1, announced, "supported")), 1, VIETNAMESE)
    text = Outline(shown).text
    assert "tin dẫn trên trang: Trang <i>lớn</i>" in text
    assert "cũng có trong: Bài <b>khác</b>" in text
    plain_quote = answer("Ý khác [1].", Citation(1, quote(whole, "Hai."), "supported"))
    assert "tin dẫn" not in Outline(sources.quotes_html(plain_quote, 1, VIETNAMESE)).text


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
        render.standalone_html(text, 1, VIETNAMESE),
        render.error_html(text, text),
        render.answer_html(cited, 1, VIETNAMESE),
        sources.evidence_html({1: span}, 1, VIETNAMESE),
        sources.nearest_html({1: span}, 1, VIETNAMESE),
        sources.quotes_html(cited, 1, VIETNAMESE),
        sources.quotes_html(replace(cited, text="[1]"), 1, VIETNAMESE),
        render.article_html(source, span, [], VIETNAMESE),
        render.gone_html(span, VIETNAMESE),
    )
    for page in pages:
        outline = Outline(page)
        assert {tag for tag, _ in outline.tags} <= TAGS
        assert all(not name.startswith("on") for _, attrs in outline.tags for name in attrs)
        assert all(href is not None and href.startswith(("#cite-1-1", "#edit-1")) for href in outline.hrefs())
        assert text in outline.text or " ".join(text.split()) in outline.text
        assert "\n\n" not in page, "a blank line would hand the rest to the Markdown parser"


def test_markers_with_a_citation_are_links_and_the_others_are_text() -> None:
    source = article()
    invented = answer("Đúng [1], bịa [7].", Citation(1, quote(source, "Hai."), "supported"))
    html = render.answer_html(invented, 3, VIETNAMESE)
    assert Outline(html).hrefs() == ["#cite-3-1"]
    assert "[7]" in Outline(html).text
    assert "1,2 giây" in html


def test_a_marker_inside_a_quoted_sentence_is_its_author_s() -> None:
    source = article("Giá là 5 đồng [1] theo báo cáo. Hết.")
    span = quote(source, "Giá là 5 đồng [1] theo báo cáo.")
    html = render.answer_html(answer(f"{span.text} [1]", Citation(1, span, "supported")), 1, VIETNAMESE)
    assert Outline(html).hrefs() == ["#cite-1-1"]
    assert "[1] theo báo cáo." in Outline(html).text


def test_doubt_is_shown_on_the_marker_and_in_the_list() -> None:
    source = article()
    span = quote(source, "Hai.")
    doubtful = answer("Sai [1], đúng [1].", Citation(1, span, "unsupported"), Citation(1, span, "supported"))
    html = render.answer_html(doubtful, 1, VIETNAMESE)
    assert [dict(attrs).get("class") for tag, attrs in Outline(html).tags if tag == "a"] == [
        "hd-cite hd-unsupported",
        "hd-cite hd-supported",
    ]
    listed = sources.quotes_html(doubtful, 1, VIETNAMESE)
    assert VIETNAMESE.unsupported in Outline(listed).text


def test_list_names_title_date_and_source_and_cuts_long_passages() -> None:
    source = article("Câu rất dài. " * 100, source="https://www.vnexpress.net/a.html")
    html = sources.nearest_html({1: passage(source, source.text.strip())}, 1, VIETNAMESE)
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
    outline = Outline(sources.quotes_html(whole, 1, VIETNAMESE))
    assert " ".join(outline.text.split()) == "Nguồn1 Tiêu đề · 22/12/2024 · bao.example ↗"
    assert not any(attrs.get("class") == "hd-quote" for _, attrs in outline.tags)
    assert outline.hrefs()[0] == "#cite-1-1"


def test_a_list_of_articles_names_its_sources_itself() -> None:
    listed = answer("1 bài: “Tiêu đề” [1]", Citation(1, quote(article(), "Hai."), "supported"))
    for kind in ("collection", "vague"):
        assert sources.quotes_html(replace(listed, kind=kind), 1, VIETNAMESE) == ""
    assert sources.quotes_html(listed, 1, VIETNAMESE)


def test_quotes_of_one_article_stand_together() -> None:
    source, other = article(), replace(article("Bốn.", title="Khác"), id="b")
    spans = quote(source, "Một."), quote(other, "Bốn."), quote(source, "Hai."), quote(source, "Ba.")
    citations = tuple(Citation(marker, span, "supported") for marker, span in enumerate(spans, start=1))
    repeated = Outline(sources.quotes_html(answer("Một. [1] Bốn. [2] Hai. [3] Ba. [4]", *citations), 1, VIETNAMESE))
    assert " ".join(repeated.text.split()) == (
        "Nguồn1 3 4 Tiêu đề · 22/12/2024 · bai/1.md2 Khác · 22/12/2024 · bai/1.md"
    )
    assert repeated.hrefs() == [f"#cite-1-{marker}" for marker in (1, 3, 4, 2)]
    mixed = Outline(sources.quotes_html(answer("Một. [1] Ý khác [3].", citations[0], citations[2]), 1, VIETNAMESE))
    assert " ".join(mixed.text.split()) == "Câu trích3Hai. 1 Tiêu đề · 22/12/2024 · bai/1.md"
    shown = Outline(sources.quotes_html(answer("Ý khác [1][3].", citations[0], citations[2]), 1, VIETNAMESE)).text
    assert shown.count("Tiêu đề") == 1
    assert all(text in shown for text in ("Một.", "Hai."))


@pytest.mark.parametrize("strings", [VIETNAMESE, ENGLISH], ids=["vi", "en"])
def test_quotes_are_counted(strings: Strings) -> None:
    assert [strings.quote_count(count) for count in (1, 2)] == (
        ["1 quote", "2 quotes"] if strings is ENGLISH else ["1 câu trích", "2 câu trích"]
    )


def test_refusal_is_plain_and_falls_back_to_words_of_the_page() -> None:
    assert "Không có." in Outline(render.answer_html(answer("Không có.", status="refused"), 1, VIETNAMESE)).text
    assert VIETNAMESE.refused in Outline(render.answer_html(answer("", status="refused"), 1, VIETNAMESE)).text


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
    outline = Outline(render.article_html(source, span, [other, elsewhere], VIETNAMESE))
    assert outline.text.endswith(text)
    assert outline.marked["hd-mark"] == text[start:end]
    assert sum(attrs.get("id") == "hd-target" for _, attrs in outline.tags) == 1


def test_changed_article_is_searched_for_the_quote_then_warned_about() -> None:
    span = quote(article("Một. Hai. Ba."), "Hai.")
    moved = Outline(render.article_html(article("Mới. Một. Hai. Ba."), span, [], VIETNAMESE))
    assert moved.marked == {"hd-mark": "Hai."}
    lost = Outline(render.article_html(article("Khác hẳn."), span, [], VIETNAMESE))
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


def test_header_counts_articles_and_names_models() -> None:
    with_model = Outline(render.header_html(Status(1284, 9000, ("vi", "en"), "e5", "qwen"), VIETNAMESE)).text
    assert "1.284 bài viết · tiếng Việt, tiếng Anh" in with_model
    assert "e5" in with_model
    assert "qwen" in with_model
    without = Outline(render.header_html(Status(1284, 9000, ("vi", "xx"), "e5", None), ENGLISH)).text
    assert "1,284 articles · Vietnamese, xx" in without
    assert "Quotes only" in without
    assert "hoidap ingest" in Outline(render.header_html(Status(0, 0, (), "e5", None), ENGLISH)).text


def test_dates_are_days_and_what_is_no_date_is_left_alone() -> None:
    assert VIETNAMESE.date("2024-12-22T08:00:00+07:00") == "22/12/2024"
    assert ENGLISH.date("2024-12-22") == "22 Dec 2024"
    assert VIETNAMESE.date("tháng 5/2024") == "tháng 5/2024"
    assert VIETNAMESE.date(None) == VIETNAMESE.undated


def test_both_languages_say_everything_with_the_same_variables() -> None:
    def variables(text: object) -> set[str | None]:
        return {name for _, name, _, _ in string.Formatter().parse(str(text))}

    for field in fields(VIETNAMESE):
        ours, theirs = getattr(VIETNAMESE, field.name), getattr(ENGLISH, field.name)
        assert ours, field.name
        assert theirs, field.name
        if field.name in ("languages", "cautions"):
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
    outline = Outline(render.caution_html(configured, VIETNAMESE))
    options = [attrs for tag, attrs in outline.tags if tag == "option"]
    values = [float(str(attrs["value"])) for attrs in options]
    assert values == sorted({*CAUTION.values(), configured}, reverse=True)
    assert [float(str(attrs["value"])) for attrs in options if "selected" in attrs] == [configured]
    named = configured in CAUTION.values()
    assert (f"Theo cài đặt ({configured:g})".replace(".", ",") in outline.text) != named


def test_caveats_are_shown_and_are_no_markup() -> None:
    shown = render.answer_html(replace(answer("Ba."), caveats=("Khác nhau: <b>3</b>", "Cũ.")), 1, VIETNAMESE)
    assert "<b>" not in shown
    assert "Khác nhau: <b>3</b>" in Outline(shown).text
    assert "Cũ." in Outline(shown).text


def test_how_a_follow_up_was_understood_can_be_corrected() -> None:
    page = render.standalone_html("Giá vé <b>?", 3, VIETNAMESE)
    assert '<a class="hd-edit" href="#edit-3">Sửa câu hỏi</a>' in page
    assert "<b>" not in page
