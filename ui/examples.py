"""The questions that the first screen offers: found in the background, and made of the articles' titles until then."""

from __future__ import annotations

import logging
import threading

from rag import Assistant, ExampleQuestion, HoidapError, example_questions
from ui.strings import Strings

ABOUT = 2  # questions about what an article says
_PATIENCE = 0.5  # seconds; those that were kept are there by then
_log = logging.getLogger(__name__)


class Examples:
    """The example questions of an assistant's collection, as it is now."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._lock = threading.Lock()
        self._finding = False
        self._ended = threading.Event()
        self._found: tuple[ExampleQuestion, ...] = ()
        self._generation: int | None = None  # of the collection of which they were made

    def offered(self, strings: Strings) -> tuple[list[str], bool]:
        """The questions for a page, and whether there are more to come."""
        generation = self._assistant.status().generation
        self._find(generation)
        self._ended.wait(_PATIENCE)
        pending = self._generation != generation
        own = [each.question for each in self._found if not pending and each.language == strings.code]
        return [*own, *self._about(strings)], pending

    def _about(self, strings: Strings) -> list[str]:
        own = [each for each in self._assistant.articles() if each.language == strings.code]
        own.sort(key=lambda each: each.published or "", reverse=True)
        return [strings.about_article.format(title=each.title) for each in own[:ABOUT]]

    def _find(self, generation: int) -> None:
        with self._lock:
            if self._finding or self._generation == generation:
                return
            self._finding = True
            self._ended.clear()
        threading.Thread(target=self._search, args=(generation,), daemon=True).start()

    def _search(self, generation: int) -> None:
        found: tuple[ExampleQuestion, ...] = ()
        try:
            found = example_questions(self._assistant)
        except HoidapError as error:
            _log.warning("no example questions: %s", error)
        except Exception:
            _log.exception("no example questions")
        with self._lock:
            self._found, self._generation, self._finding = found, generation, False
        self._ended.set()
