"""What went wrong, told in the language of the page: a sentence for the class of the error, then its own words."""

from __future__ import annotations

import re

from rag import HoidapError
from ui import render
from ui.strings import Strings
from ui.vietnamese import VIETNAMESE

# A path from the root: all but the name at its end.
_FOLDERS = re.compile(r"(?<![^\s'\"“(\[=])/(?:[^\s/]+/)+")


def kind_of(error: HoidapError) -> str:
    """The class of an error, or the nearest class above it, that a page has a sentence for."""
    return next(each.__name__ for each in type(error).__mro__ if each.__name__ in VIETNAMESE.failures)


def detail_of(error: HoidapError) -> str:
    """The words of an error, without the folders of this machine."""
    return without_folders(str(error))


def without_folders(text: str) -> str:
    """A text in which absolute paths are cut to the name at their end."""
    return _FOLDERS.sub("…/", text)


def sentence(kind: str, strings: Strings) -> str:
    """What went wrong, and what to do about it; that it failed, for a class that is unknown here."""
    return strings.failures.get(kind, strings.failed)


def told(error: HoidapError, strings: Strings) -> str:
    """An error as text: its sentence, then its own words."""
    said, detail = sentence(kind_of(error), strings), detail_of(error)
    return f"{said} ({detail})" if detail else said


def failure_html(error: HoidapError, strings: Strings) -> str:
    """Render an error."""
    return render.error_html(sentence(kind_of(error), strings), detail_of(error) or strings.failed_advice)
