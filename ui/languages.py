"""The languages of the page, and which one a reader gets."""

from __future__ import annotations

from collections.abc import Mapping

from ui.english import ENGLISH
from ui.strings import Strings
from ui.vietnamese import VIETNAMESE

LANGUAGES: Mapping[str, Strings] = {"vi": VIETNAMESE, "en": ENGLISH}
ACCEPTED_CHARS = 500  # of a browser's list of languages


def chosen_language(kept: str | None, configured: str, accepted: str | None) -> str:
    """The language of the page: the one that the reader chose, that of the settings, or the browser's first of ours.

    `accepted` is the browser's `Accept-Language`. English for a reader of other languages, Vietnamese where the browser
    names none.
    """
    for code in (kept, configured):
        if code in LANGUAGES:
            return str(code)
    named = [each.partition(";")[0].strip().lower() for each in (accepted or "")[:ACCEPTED_CHARS].split(",")]
    ours = [code for each in named if (code := each.partition("-")[0]) in LANGUAGES]
    return ours[0] if ours else "en" if any(each and each != "*" for each in named) else "vi"


def language_at(path: str) -> str:
    """The language of the page that a path is of, "" for none: `/vi/...`, `/page/vi/...`."""
    parts = path.split("/", 3)[1:3]
    return next((part for part in (parts[1:] if parts[:1] == ["page"] else parts[:1]) if part in LANGUAGES), "")


def strings_at(path: str) -> Strings:
    """The words of the page that a path is of, Vietnamese for none."""
    return LANGUAGES.get(language_at(path), VIETNAMESE)
