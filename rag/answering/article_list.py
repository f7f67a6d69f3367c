"""Replies about the collection itself: how many articles it has, of when, and which of them are about a subject."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from rag.answering.answer import Draft
from rag.answering.citations import Citation
from rag.answering.day_text import day_text
from rag.answering.evidence import Evidence
from rag.answering.quote import quote_of
from rag.answering.replies import Replies, replies
from rag.documents.article import Article
from rag.documents.passage_sentences import sentences_of
from rag.index.filter import EVERYTHING, Filter
from rag.index.store import Store, page_of
from rag.prompts import without_markers
from rag.query.query import Query
from rag.text.normalize import fold
from rag.text.words import FUNCTION_WORDS, without_framing

# At most so many titles are listed, and so many offered where nothing was asked.
LISTED, OFFERED = 12, 3
# How many articles are named at least where the search is so sure (0 to 1) of its evidence: those of the nearest
# passages, which may say it in other words or in another language, are named as the nearest.
_NEAREST, _SURE = 3, 0.3
_FEW = 4
# Languages in which the name of a language is said to be one.
_SELF_SAID = ("vi", "zh", "ja")


def about_collection(query: Query, evidence: Evidence, store: Store, only: Filter = EVERYTHING) -> Draft:
    """The number, languages and days of the articles, and those about what the question names, each with its lead.

    `only` lets articles through, as in the search. Teasers are named where they are about it, and count as none.
    """
    said = replies(query.reply_language)
    articles = store.articles(only)
    found, subject = matching_articles(query, evidence, articles)
    if not subject:
        found = _stories(found)
    listing = _Listing(store, query.reply_language)
    lines = [_facts(_stories(articles), said, listing)]
    if articles and subject:
        told = said.matching if found else said.none
        lines.append(told.format(count=len(found), subject=subject))
    elif articles:
        lines.append(said.counted.format(count=len(found)))
    lines += [f"- {listing.named(each)}" for each in found[:LISTED]]
    if subject and (near := nearest_articles(evidence, articles, found)):
        lines += [said.nearest, *(f"- {listing.named(each)}" for each in near)]
    return listing.draft(lines)


def choices(query: Query, evidence: Evidence, store: Store, only: Filter = EVERYTHING) -> Draft | None:
    """The articles about a subject of which nothing particular was asked, to choose from; None where there are none."""
    articles = store.articles(only)
    found, subject = matching_articles(query, evidence, articles)
    offered = found[:LISTED] + nearest_articles(evidence, articles, found) if subject else []
    if not offered:
        return None
    listing = _Listing(store, query.reply_language)
    text = replies(query.reply_language).vague.format(subject=subject)
    return listing.draft([text, *(f"- {listing.named(each)}" for each in offered)])


def small_talk(query: Query, store: Store, only: Filter = EVERYTHING) -> Draft:
    """A kind line that says what is answered here, and questions that this collection answers."""
    said = replies(query.reply_language)
    articles = _stories(store.articles(only))
    text = (said.order if query.kind == "order" else said.small_talk).format(articles=len(articles))
    own = sorted(articles, key=lambda each: each.published or "", reverse=True)
    own.sort(key=lambda each: each.language != query.reply_language)
    offered = [f"- {said.about_article.format(title=without_markers(each.title))}" for each in own[:OFFERED]]
    return Draft("\n".join([text, said.examples, *offered] if offered else [text]), "answered", "extractive")


def matching_articles(query: Query, evidence: Evidence, articles: Sequence[Article]) -> tuple[list[Article], str]:
    """The articles about what a question names, best first, and what that is ("" when it names nothing).

    Of a language or a year that is named only the articles in it, of a subject those that hold its words in their
    titles, and those of the best passages that hold all of them. All articles, the newest first, when it names none.
    """
    own = sorted(articles, key=lambda each: each.published or "", reverse=True)
    named = _named_language(query, {each.language for each in articles})
    years = [token for token in query.content if len(token) == 4 and token.isdigit()]
    if named:
        own = [each for each in own if each.language == named]
    if years:  # two of them are the ends of a range
        own = [each for each in own if min(years) <= (each.published or "")[:4] <= max(years)]
    language_words = {fold(word).casefold() for name in _language_names(query, named) for word in name.split()}
    subject = [word for word in _subject(query) if fold(word) not in language_words and word not in years]
    if not subject:
        return own, "–".join(sorted({min(years), max(years)})) if years and query.kind == "vague" else ""
    return _about(query, evidence, subject, own), " ".join((*subject, *years, *_language_names(query, named)))


def _about(query: Query, evidence: Evidence, subject: Sequence[str], articles: Sequence[Article]) -> list[Article]:
    wanted = set(query.compared(subject))
    ranks = {article: rank for rank, article in enumerate(evidence.ranking)}
    in_title = [each for each in articles if wanted <= set(query.tokens(each.title))]
    held = {each.article_id for each in evidence.passages if wanted <= set(query.tokens(f"{each.title} {each.text}"))}
    others = [each for each in articles if each.id in held and each not in in_title]
    key = {each.id: ranks.get(each.id, len(ranks)) for each in articles}
    return sorted(in_title, key=lambda each: key[each.id]) + sorted(others, key=lambda each: key[each.id])


def nearest_articles(evidence: Evidence, articles: Sequence[Article], found: Sequence[Article]) -> list[Article]:
    """The articles of the best passages beside few that were found; none where the search is unsure of its evidence."""
    if evidence.confidence < _SURE:
        return []
    known = {each.id for each in found}
    near = [id for id in dict.fromkeys(each.article_id for each in evidence.passages) if id not in known]
    by_id = {each.id: each for each in articles}
    return [by_id[id] for id in near[: max(0, _NEAREST - len(found))] if id in by_id]


def _subject(query: Query) -> list[str]:
    """The words of what a question names, in order; none when it only says which form its reply is wanted in."""
    tokens = query.tokens(query.text)
    small = set(query.compared(FUNCTION_WORDS.get(query.language, ())))
    named = [token for token in without_framing(tokens, query.language, bare=query.folded) if token not in small]
    return [token for token in named if token in query.content] if named != tokens or len(tokens) < _FEW else []


def _named_language(query: Query, languages: Iterable[str]) -> str | None:
    """The language that articles are wanted in, where the question names one: "tiếng Anh", "in English", 中文."""
    plain = fold(query.text).casefold()
    for each in languages:
        for name in _language_names(query, each):
            bare = re.escape(fold(name).casefold())
            if re.search(bare if query.reply_language in _SELF_SAID else rf"\b(?:in|en|auf)\s+{bare}\b", plain):
                return each
    return None


def _language_names(query: Query, language: str | None) -> list[str]:
    name = replies(query.reply_language).language_names.get(language or "")
    return [name] if name else []


class _Listing:
    """Articles as they are named in a reply, each with a marker that opens it at its first sentence."""

    def __init__(self, store: Store, language: str) -> None:
        self._store = store
        self.language = language
        self._markers: dict[str, int] = {}
        self._citations: list[Citation] = []

    def named(self, article: Article) -> str:
        """The title of an article, its day, the page that it is a teaser of, and its marker."""
        day = f" ({day_text(article.published, self.language)})" if article.published else ""
        page = page_of(article.teaser_of, self._store)
        teaser = replies(self.language).teaser
        announced = f" ({teaser.format(title=without_markers(page.title))})" if page else ""
        marker = self._marker(article.id)
        return f"“{without_markers(article.title)}”{day}{announced}{f' [{marker}]' if marker else ''}"

    def draft(self, lines: Sequence[str]) -> Draft:
        """The draft of these lines, with the citations of all articles that they name."""
        return Draft("\n".join(lines), "answered", "extractive", tuple(self._citations))

    def _marker(self, article_id: str) -> int | None:
        if article_id not in self._markers:
            whole = self._store.article(article_id)
            lead = next(iter(sentences_of(whole.text)), None) if whole else None
            if whole is None or lead is None:
                return None
            marker = self._markers[article_id] = len(self._citations) + 1
            quote = quote_of(whole, lead.start, lead.end, page_of(whole.teaser_of, self._store))
            self._citations.append(Citation(marker, quote, "supported"))
        return self._markers[article_id]


def _stories(articles: Iterable[Article]) -> list[Article]:
    """The articles that are no teasers."""
    return [each for each in articles if each.teaser_of is None]


def _facts(articles: Sequence[Article], said: Replies, listing: _Listing) -> str:
    counts = Counter(each.language for each in articles)
    languages = ", ".join(
        f"{count} {said.language_names.get(language, said.language_names['und'])}"
        for language, count in counts.most_common()
    )
    text = said.collection.format(articles=len(articles), languages=languages or "–")
    dated = sorted((each for each in articles if each.published), key=lambda each: each.published or "")
    if not dated:
        return text
    first, last = (day_text(each.published or "", listing.language) for each in (dated[0], dated[-1]))
    oldest, newest = listing.named(dated[0]), listing.named(dated[-1])
    return f"{text} {said.dates.format(first=first, last=last, oldest=oldest, newest=newest)}"
