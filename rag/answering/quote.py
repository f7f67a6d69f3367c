"""A quote: a sentence of an article, word for word, and the words in it that answer by themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache

from rag.answering.short_answer_weights import short_answer_weights
from rag.documents.article import Article, Page
from rag.documents.text_boxes import page_at
from rag.index.store import Store
from rag.prompt_injection import is_injection
from rag.retrieval.passage import Passage

# How a sentence begins that says of whom or of what it speaks only together with the one before it.
_LEANS = re.compile(
    r"(?:(?:điều|việc|vụ|con số) (?:này|đó)|đây|đó|(?P<title>ông|bà|anh|chị|cô)|nó|họ|(?:sau|khi) đó|this|that|these"
    r"|those|it|he|she|they|his|her|its|their|il|elle|ils|elles|cela|ce|dies|er|sie|es)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Source:
    """Another article that says what a quote says, and where it says it: `article.text[start:end]`."""

    article_id: str
    title: str
    source: str
    published: str | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence of an article: `article.text[start:end] == text`; `score` grows with how well it answers.

    It begins with the sentence before where it cannot stand alone. `answer` are the offsets in the article of the words
    in it that answer by themselves, if any do, and `answer_probability` (0 to 1) how likely these are right. `page` is
    the page of the file, from 1, on which it begins; None where the file has no pages. `announced_on` is the page on
    which its article is only announced, None for a story; `also_in` are other articles that say it too.
    """

    article_id: str
    title: str
    source: str
    published: str | None
    language: str
    start: int
    end: int
    text: str
    score: float
    answer: tuple[int, int] | None = None
    answer_probability: float = 0.0
    page: int | None = None
    announced_on: Page | None = None
    also_in: tuple[Source, ...] = ()

    @property
    def short(self) -> str | None:
        """The short answer: the words that answer, where they are likely enough to be right to stand first."""
        return self.candidate if self.answer_probability >= short_answer_weights().shown_from else None

    @property
    def candidate(self) -> str | None:
        """The words that answer, likely to be right or not."""
        return self.text[self.answer[0] - self.start : self.answer[1] - self.start] if self.answer else None

    @property
    def page_words(self) -> str:
        """The page as it is named in its language, "" where its file has none."""
        return "" if self.page is None else f"{'trang' if self.language == 'vi' else 'p.'} {self.page}"


def quote_of(article: Article, start: int, end: int, announced_on: Page | None) -> Quote:
    """The quote of `article.text[start:end]`, without words that answer by themselves; `page` is that of a teaser."""
    return Quote(
        article_id=article.id,
        title=article.title,
        source=article.source,
        published=article.published,
        language=article.language,
        start=start,
        end=end,
        text=article.text[start:end],
        score=0.0,
        page=page_at(article.boxes, start),
        announced_on=announced_on,
    )


def with_pages(quotes: Iterable[Quote], store: Store) -> tuple[Quote, ...]:
    """The quotes, each with the page of its file on which it begins."""
    kept = cache(store.article)

    def page(quote: Quote) -> int | None:
        article = kept(quote.article_id)
        return page_at(article.boxes, quote.start) if article else None

    return tuple(replace(quote, page=page(quote)) for quote in quotes)


def opening(passage: Passage, start: int, end: int, before: int) -> int:
    """Where the quote of the sentence `article.text[start:end]` begins: with the one before it if it leans on that.

    `before` is where the sentence before it in the passage begins. It is not quoted across a paragraph's end, nor when
    it is an order to a language model.
    """
    text = passage.text[start - passage.start : end - passage.start]
    between = passage.text[before - passage.start : start - passage.start]
    leans = _LEANS.match(text)
    # "Ông cho biết" leans on what was said, "Ông Vũ Hồng Trường cho biết" does not.
    if leans is None or "\n" in between or (leans["title"] and not text[leans.end() + 1 :][:1].islower()):
        return start
    return start if is_injection(between) else before
