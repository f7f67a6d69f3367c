"""A page as its reader saved it -> its story, with what its text says of author and day, and the teasers at its end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rag.documents.article import Article
from rag.documents.byline import byline
from rag.documents.dateline import story_date
from rag.documents.teasers import tail_of


def stories(page: Article) -> Iterator[Article]:
    """The story of a page without boxes, then the teasers of its tail, each as an article that says whose it is.

    What the file says of author and day stays; the text says the rest. Of a teaser only its own words say the day. Its
    id is that of the page with its place there behind `#`, its source that of the page.
    """
    tail = tail_of(page.text)
    text = page.text[: tail.start].rstrip()
    published = page.published or story_date(text)
    yield replace(page, text=text, author=page.author or byline(text), published=published)
    for each in tail.teasers:
        said = each.lead or each.title
        if any(map(str.isalnum, said)) and any(map(str.isalnum, each.title)):
            yield replace(
                page,
                id=f"{page.id}#{each.place}",
                title=" ".join(each.title.split()),
                text=said,
                published=each.published or story_date(said),
                author=None,
                teaser_of=page.id,
            )
