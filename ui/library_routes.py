"""What the library of the page fetches: the articles, one article, files to be added, what is removed and restored."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Depends, HTTPException, Request
from starlette.responses import Response

from rag import Assistant, removed_articles
from ui import article_page, library, render
from ui.readers import Asking
from ui.responses import PREFIX, done, fragment, strings_of
from ui.start_page import facts_html
from ui.uploads import Uploads

SEARCH_CHARS = 200


class LibraryRoutes:
    """The answers to what the library fetches."""

    def __init__(self, assistant: Assistant) -> None:
        self.assistant = assistant
        self.uploads = Uploads(assistant)

    def router(self) -> APIRouter:
        """The routes, below `/page/` and the language of the page."""
        router = APIRouter(prefix=PREFIX)
        for path, answer, method, edits in (
            ("/library", self.library, "GET", False),
            ("/articles", self.articles, "GET", False),
            ("/article", self.article, "GET", False),
            ("/articles/remove", self.remove, "POST", True),
            ("/articles/restore", self.restore, "POST", True),
            ("/uploads", self.upload, "POST", True),
            ("/ingestion", self.ingestion, "GET", True),
            ("/ingestion", self.ingest, "POST", True),
        ):
            needs = [Depends(_may_edit)] if edits else []
            router.add_api_route(path, answer, methods=[method], response_model=None, dependencies=needs)
        return router

    def library(self, language: str, reader: Asking) -> Response:
        """The place of the library."""
        strings = strings_of(language)
        return fragment(strings, lambda: library.frame_html(reader.may_edit, strings))

    def articles(self, language: str, reader: Asking, search: str = "") -> Response:
        """The articles that are searched for."""
        strings = strings_of(language)

        def page() -> str:
            facts, articles = facts_html(self.assistant.status(), strings), self.assistant.articles()
            removed = removed_articles(self.assistant.config.index) if reader.may_edit else ()
            return library.library_html(
                articles, search[:SEARCH_CHARS], removed, strings, facts, may_edit=reader.may_edit
            )

        return fragment(strings, page)

    def article(self, language: str, known: str) -> Response:
        """One article as it is stored."""
        strings = strings_of(language)

        def page() -> str:
            article = self.assistant.article(known)
            if article is None:
                return render.note_html(strings.article_missing)
            return article_page.article_html(article, None, (), strings)

        return fragment(strings, page)

    def remove(self, language: str, known: Annotated[str, Body(embed=True)]) -> Response:
        """Remove an article."""
        return done(strings_of(language), lambda: self.assistant.remove(known))

    def restore(self, language: str, known: Annotated[str, Body(embed=True)]) -> Response:
        """Restore an article that was removed."""
        return done(strings_of(language), lambda: self.assistant.restore(known))

    async def upload(self, language: str, name: str, request: Request) -> Response:
        """Keep a file that is to be ingested."""
        content = await request.body()
        return done(strings_of(language), lambda: self.uploads.take(name, content))

    def ingest(self, language: str) -> Response:
        """Begin to take the kept files in."""
        return done(strings_of(language), self.uploads.begin)

    def ingestion(self, language: str) -> Response:
        """How far the files are taken in."""
        strings = strings_of(language)
        return fragment(strings, lambda: library.ingestion_html(self.uploads.state, strings))


def _may_edit(language: str, reader: Asking) -> None:
    if not reader.may_edit:
        raise HTTPException(403, strings_of(language).may_not_edit)
