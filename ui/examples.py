"""The questions that the first screen offers: found in the background, and by the articles' titles until then."""

from __future__ import annotations

import logging
import threading

from rag import Assistant, ExampleQuestion, HoidapError, example_questions
from ui.strings import Strings

ABOUT, SHOWN = 2, 5  # questions about what an article says, and questions in all
_PATIENCE = 0.5  # seconds; those that were kept are there by then
_log = logging.getLogger(__name__)


class Examples:
    """The example questions of an assistant's collection, as it is now."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._lock = threading.Lock()
        self._finding = False
        self._ended = threading.Event()
        self._found: tuple[ExampleQuestion, ...] | None = None

    def offered(self, strings: Strings) -> tuple[list[str], bool]:
        """The questions for a page, and whether there are more to come."""
        self._find()
        self._ended.wait(_PATIENCE)
        found = self._found
        own = [each.question for each in found or () if each.language == strings.code]
        about = self._about(strings)
        return [*own[: SHOWN - min(ABOUT, len(about))], *about][:SHOWN], found is None

    def forget(self) -> None:
        """Find them again: the collection has changed."""
        self._found = None

    def _about(self, strings: Strings) -> list[str]:
        own = [each for each in self._assistant.articles() if each.language == strings.code]
        own.sort(key=lambda each: each.published or "", reverse=True)
        return [strings.about_article.format(title=each.title) for each in own[:ABOUT]]

    def _find(self) -> None:
        with self._lock:
            if self._finding or self._found is not None:
                return
            self._finding = True
            self._ended.clear()
        threading.Thread(target=self._search, daemon=True).start()

    def _search(self) -> None:
        found: tuple[ExampleQuestion, ...] = ()
        try:
            found = example_questions(self._assistant)
        except HoidapError as error:
            _log.warning("no example questions: %s", error)
        except Exception:
            _log.exception("no example questions")
        with self._lock:
            self._found, self._finding = found, False
        self._ended.set()
