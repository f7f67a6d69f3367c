"""What the library of the page fetches: the articles, one article, files to be added, what is removed and restored."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Request
from starlette.responses import Response

from rag import Assistant, removed_articles
from ui import article_page, library, render
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
        for path, answer, method in (
            ("/library", self.library, "GET"),
            ("/articles", self.articles, "GET"),
            ("/article", self.article, "GET"),
            ("/articles/remove", self.remove, "POST"),
            ("/articles/restore", self.restore, "POST"),
            ("/uploads", self.upload, "POST"),
            ("/ingestion", self.ingestion, "GET"),
            ("/ingestion", self.ingest, "POST"),
        ):
            router.add_api_route(path, answer, methods=[method], response_model=None)
        return router

    def library(self, language: str) -> Response:
        """The place of the library."""
        strings = strings_of(language)
        return fragment(strings, lambda: library.frame_html(strings))

    def articles(self, language: str, search: str = "") -> Response:
        """The articles that are searched for."""
        strings = strings_of(language)

        def page() -> str:
            removed = removed_articles(self.assistant.config.index)
            facts = facts_html(self.assistant.status(), strings)
            return library.library_html(self.assistant.articles(), search[:SEARCH_CHARS], removed, strings, facts)

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
