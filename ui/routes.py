"""What the page fetches beside Gradio: its head, the conversations, sources, exports, and what it does with them."""

from __future__ import annotations

import threading
from typing import Annotated, Literal
from urllib.parse import quote as percent_encode

from fastapi import APIRouter, Body, HTTPException
from starlette.responses import JSONResponse, PlainTextResponse, Response

from rag import (
    Conversation,
    Feedback,
    HoidapError,
    answer_markdown,
    conversation_json,
    conversation_markdown,
    page_picture,
)
from ui import article_page, conversation_list, messages, render
from ui.chats import Chats
from ui.examples import Examples
from ui.readers import Asking, Reader
from ui.responses import PREFIX, done, fragment, strings_of
from ui.start_page import facts_html, start_html
from ui.strings import Strings

SEARCH_CHARS, CORRECTION_CHARS = 200, 2000
# Pictures that are drawn at once, and seconds that others wait for them: the other routes need threads too.
PICTURES, PICTURE_SECONDS = 2, 20.0


class Routes:
    """The answers to what the page fetches; 404 for a conversation that the reader may not open, see `may_open`."""

    def __init__(self, chats: Chats, examples: Examples) -> None:
        self.chats = chats
        self.examples = examples
        self.assistant = chats.assistant
        self._pictures = threading.BoundedSemaphore(PICTURES)

    def router(self) -> APIRouter:
        """The routes, below `/page/` and the language of the page."""
        router = APIRouter(prefix=PREFIX)
        for path, answer, method in (
            ("/facts", self.facts, "GET"),
            ("/start", self.start, "GET"),
            ("/conversations", self.conversations, "GET"),
            ("/conversations/{known}/rename", self.rename, "POST"),
            ("/conversations/{known}/delete", self.delete, "POST"),
            ("/conversations/{known}/markdown", self.markdown, "GET"),
            ("/conversations/{known}/json", self.json, "GET"),
            ("/answers/{known}/{exchange}", self.answer, "GET"),
            ("/answers/{known}/{exchange}/source/{marker}", self.source, "GET"),
            ("/answers/{known}/{exchange}/page/{marker}", self.picture, "GET"),
            ("/answers/{known}/{exchange}/feedback", self.feedback, "POST"),
        ):
            router.add_api_route(path, answer, methods=[method], response_model=None)
        return router

    def facts(self, language: str) -> Response:
        """The head of the page: what is asked, and of which models."""
        strings = strings_of(language)
        return fragment(strings, lambda: facts_html(self.assistant.status(), strings))

    def start(self, language: str, reader: Asking) -> Response:
        """What is shown before the first question."""
        strings = strings_of(language)

        def page() -> str:
            questions, pending = self.examples.offered(strings)
            status, articles = self.assistant.status(), self.assistant.articles()
            return start_html(status, articles, questions, pending, strings, may_edit=reader.may_edit)

        return fragment(strings, page)

    def conversations(self, language: str, reader: Asking, search: str = "", current: str = "") -> Response:
        """The conversations of a reader."""
        strings = strings_of(language)
        return fragment(
            strings,
            lambda: conversation_list.listed_html(
                self.chats.store.headings(reader.key, search[:SEARCH_CHARS]), current, bool(search.strip()), strings
            ),
        )

    def rename(self, language: str, known: str, reader: Asking, title: Annotated[str, Body(embed=True)]) -> Response:
        """Give a conversation another title."""
        strings = strings_of(language)
        title = title[:CORRECTION_CHARS]
        return done(strings, lambda: _found(self.chats.rename(known, reader.key, title), strings))

    def delete(self, language: str, known: str, reader: Asking) -> Response:
        """Delete a conversation."""
        strings = strings_of(language)
        return done(strings, lambda: _found(self.chats.forget(known, reader.key), strings))

    def markdown(self, language: str, known: str, reader: Asking) -> Response:
        """A conversation to be downloaded as Markdown."""
        strings_of(language)
        text = conversation_markdown(self._conversation(known, reader))
        return Response(text, media_type="text/markdown; charset=utf-8", headers=_download("md"))

    def json(self, language: str, known: str, reader: Asking) -> Response:
        """A conversation to be downloaded as JSON."""
        strings_of(language)
        return JSONResponse(conversation_json(self._conversation(known, reader)), headers=_download("json"))

    def answer(self, language: str, known: str, exchange: str, reader: Asking) -> Response:
        """What an answer is copied as, and what its question is corrected from."""
        strings = strings_of(language)
        draft = self.chats.draft(known, reader.key, exchange)
        if draft is None:
            return PlainTextResponse(strings.source_forgotten, 404)
        found = draft.exchange
        understood = found.answer.standalone_question if found.answer else ""
        markdown = answer_markdown(found)
        return JSONResponse({"question": found.question, "understood": understood, "markdown": markdown})

    def source(self, language: str, known: str, exchange: str, marker: int, reader: Asking) -> Response:
        """The article behind a marker of an answer, with the quoted sentence marked."""
        strings = strings_of(language)

        def page() -> str:
            draft = self.chats.draft(known, reader.key, exchange)
            spans = messages.spans(draft) if draft else {}
            if marker not in spans:
                return render.note_html(strings.source_forgotten)
            span, others = spans[marker], [other for each, other in spans.items() if each != marker]
            article = self.assistant.article(span.article_id)
            if article is None:
                return article_page.gone_html(span, strings)
            ids = "/".join(percent_encode(each, safe="") for each in (known, exchange))
            picture = f"../page/{language}/answers/{ids}/page/{marker}"
            return article_page.article_html(article, span, others, strings, picture)

        return fragment(strings, page)

    def picture(self, language: str, known: str, exchange: str, marker: int, reader: Asking) -> Response:
        """The page of a PDF behind a marker of an answer, with the quote marked; 404 where it is not drawn."""
        strings = strings_of(language)
        draft = self.chats.draft(known, reader.key, exchange)
        span = messages.spans(draft).get(marker) if draft else None
        if span is None or not self._pictures.acquire(timeout=PICTURE_SECONDS):
            return PlainTextResponse(strings.page_gone, 404)
        try:
            drawn = page_picture(self.assistant.config.index, span.article_id, span.start, span.end)
        except HoidapError:
            return PlainTextResponse(strings.page_gone, 404)
        finally:
            self._pictures.release()
        return Response(drawn, media_type="image/png", headers={"Cache-Control": "no-store"})

    def feedback(
        self,
        language: str,
        known: str,
        exchange: str,
        reader: Asking,
        verdict: Annotated[Literal["right", "wrong", "wrong_citation", "should_have_refused"], Body()],
        correction: Annotated[str, Body()] = "",
    ) -> Response:
        """Keep what a reader says of an answer."""
        strings = strings_of(language)
        said = Feedback.now(verdict, correction.strip()[:CORRECTION_CHARS])
        if not self.chats.give_feedback(known, reader.key, exchange, said):
            return PlainTextResponse(strings.source_forgotten, 404)
        return PlainTextResponse(strings.thanks.format(verdict=strings.verdicts[verdict]))

    def _conversation(self, known: str, reader: Reader) -> Conversation:
        found = self.chats.conversation(known, reader.key)
        if found is None:
            raise HTTPException(404)
        return found


def _found(there: bool, strings: Strings) -> None:
    if not there:
        raise HTTPException(404, strings.conversation_missing)


def _download(ending: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="hoidap.{ending}"'}
