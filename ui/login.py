"""The login: a page of its own, which needs nothing of the chat's."""

from __future__ import annotations

import asyncio
import logging
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from rag import HoidapError, UsageError, User, folded_name
from ui.access import LOGIN, LOGOUT
from ui.languages import LANGUAGES
from ui.login_page import account_html, login_html
from ui.readers import Asking, language_of
from ui.responses import PREFIX, fragment, strings_of
from ui.sharing import SECURE_SESSION, SESSION, Sharing, session_token
from ui.tries import Tries

CHECKED_AT_ONCE = 2  # each takes 64 MiB and a tenth of a second of two processors
WAITING_CHECKS = 20
COOKIE_SECONDS = 30 * 24 * 60 * 60  # as long as a session may last
_FIELDS, _NAME_CHARS = 8, 200
_UNKEPT = {"Cache-Control": "no-store"}
_log = logging.getLogger(__name__)


class Login:
    """The answers to the login and the logout."""

    def __init__(self, sharing: Sharing, language: str = "auto") -> None:
        self.sharing = sharing
        self.language = language
        self.tries = Tries()
        self._checks = asyncio.Semaphore(CHECKED_AT_ONCE)
        self._waiting = 0

    def router(self) -> APIRouter:
        """The routes."""
        router = APIRouter()
        router.add_api_route(LOGIN, self.page, methods=["GET"], response_model=None)
        router.add_api_route(LOGIN, self.log_in, methods=["POST"], response_model=None)
        router.add_api_route(LOGOUT, self.log_out, methods=["POST"], response_model=None)
        router.add_api_route(f"{PREFIX}/account", self.account, methods=["GET"], response_model=None)
        return router

    def page(self, request: Request, c: str = "") -> Response:
        """The page where a user logs in; who need not is led to the chat."""
        self._exists()
        if request.state.reader is not None:
            return _to_chat(c)
        return self._page(request, c)

    async def log_in(self, request: Request) -> Response:
        """Begin a session, a new one whatever the browser had; 401 for a wrong password, 429 for too many tries."""
        self._exists()
        said = _form(await request.body())
        known, name = said.get("c", ""), said.get("name", "")[:_NAME_CHARS].strip()
        tried, address = _tried(name), self.sharing.address(request)
        if self._waiting >= WAITING_CHECKS:
            return self._page(request, known, "login_crowded", name, 429, {"Retry-After": "5"})
        if wait := self.tries.begin(tried, address):
            return self._page(request, known, "login_wait", name, 429, {"Retry-After": str(wait)}, wait)
        try:
            user = await self._checked(name, said.get("password", ""))
            if user is None:
                return self._page(request, known, "login_wrong", name, 401)
            self.tries.succeed(tried, address)
            token = await asyncio.to_thread(self._begin, user, session_token(request))
        except HoidapError as error:
            _log.error("%s", error)
            return self._page(request, known, "failed_advice", name, 503)
        answer = _to_chat(known)
        # The browser says by which way it came to the page; `Guard` has compared it with the host.
        secure = request.headers.get("origin", "").lower().startswith("https://")
        cookie = SECURE_SESSION if secure else SESSION
        answer.set_cookie(cookie, token, COOKIE_SECONDS, secure=secure, httponly=True, samesite="strict")
        return answer

    def log_out(self, request: Request) -> Response:
        """End the session."""
        self._exists()
        self.sharing.users.end_session(session_token(request))
        answer = RedirectResponse(LOGIN, 303, headers=_UNKEPT)
        answer.delete_cookie(SESSION, httponly=True, samesite="strict")
        answer.delete_cookie(SECURE_SESSION, secure=True, httponly=True, samesite="strict")
        return answer

    def account(self, language: str, reader: Asking) -> Response:
        """Who has logged in, as a part of the page; nothing in a chat without users."""
        strings = strings_of(language)
        html = account_html(reader.name, not self.sharing.header, strings) if reader.name else ""
        return fragment(strings, lambda: html)

    def _exists(self) -> None:
        if self.sharing.header:
            raise HTTPException(404)  # it is the proxy where users log in

    async def _checked(self, name: str, password: str) -> User | None:
        self._waiting += 1
        try:
            async with self._checks:
                return await asyncio.to_thread(self.sharing.users.checked, name, password)
        finally:
            self._waiting -= 1

    def _begin(self, user: User, before: str) -> str:
        if before:
            self.sharing.users.end_session(before)
        return self.sharing.users.begin_session(user)

    def _page(
        self,
        request: Request,
        known: str,
        said: str = "",
        name: str = "",
        status: int = 200,
        headers: dict[str, str] | None = None,
        wait: int = 0,
    ) -> Response:
        chosen = request.query_params.get("language", "")
        strings = LANGUAGES[chosen if chosen in LANGUAGES else language_of(request, self.language)]
        message = getattr(strings, said).format(seconds=wait) if said else ""
        return HTMLResponse(login_html(strings, known, message, name), status, {**_UNKEPT, **(headers or {})})


def _to_chat(known: str) -> RedirectResponse:
    return RedirectResponse(f"/?{urlencode({'c': known})}" if known else "/", 303, headers=_UNKEPT)


def _tried(name: str) -> str:
    """What the tries of a name are counted by: all spellings by which its user is found; one for what is no name."""
    try:
        return folded_name(name)
    except UsageError:
        return ""


def _form(body: bytes) -> dict[str, str]:
    """The fields of a form; none where they are too many, or no text."""
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_FIELDS, errors="strict"))
    except ValueError:
        return {}
