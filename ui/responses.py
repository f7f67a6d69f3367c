"""What the routes of the page answer with, failures too."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from fastapi import HTTPException, Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from rag import HoidapError
from ui import render
from ui.failures import failure_html, told
from ui.languages import LANGUAGES, strings_at
from ui.strings import Strings

PREFIX = "/page/{language}"
_log = logging.getLogger(__name__)


def strings_of(language: str) -> Strings:
    """The words of a language of the page; any other is not found."""
    if language not in LANGUAGES:
        raise HTTPException(404)
    return LANGUAGES[language]


def fragment(strings: Strings, page: Callable[[], str]) -> Response:
    """A part of the page as HTML; where it cannot be made, why."""
    try:
        return HTMLResponse(page())
    except HoidapError as error:
        return HTMLResponse(failure_html(error, strings))
    except Exception:
        _log.exception("a part of the page could not be made")
        return HTMLResponse(render.error_html(strings.failed, strings.failed_advice))


def done(strings: Strings, act: Callable[[], Any]) -> Response:
    """Do something, and say that it is done; 400 and the reason where it cannot be, 500 where that is in the log."""
    try:
        act()
    except HTTPException:
        raise
    except HoidapError as error:
        return PlainTextResponse(told(error, strings), 400)
    except Exception:
        _log.exception("what the page asked for could not be done")
        return PlainTextResponse(f"{strings.failed} {strings.failed_advice}", 500)
    return PlainTextResponse(strings.done)


def refused(request: Request, error: Exception) -> Response:
    """Say why a route could not answer, where it has no other answer to an expected error."""
    assert isinstance(error, HoidapError)
    return PlainTextResponse(told(error, strings_at(request.url.path)), 400)
