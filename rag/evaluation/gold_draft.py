"""The sentences of a collection -> questions that are proposed as gold, for a person to correct and accept.

A template puts a question word in the place of a number, a date or a name; or a language model is asked for a question.
"""

from __future__ import annotations

import json
import logging
import random
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.documents.chunk_context import is_anaphoric
from rag.errors import GenerationError, UsageError
from rag.evaluation.gold_import import digest, line_of
from rag.evaluation.metrics import answer_tokens, contains
from rag.evaluation.question_templates import Proposal, proposals
from rag.progress import Progress
from rag.prompts import LANGUAGES, neutral, render
from rag.text.language import language_of
from rag.text.names import names
from rag.text.normalize import clean
from rag.text.quantities import quantities
from rag.text.sentences import sentences

if TYPE_CHECKING:
    from rag.documents.article import Article
    from rag.index.store import Store
    from rag.models.llm import LanguageModel

LOG = logging.getLogger(__name__)
TAGS = {"source": "draft"}
_SEED = 7
_SENTENCE_CHARS = range(30, 181)
_QUESTION_CHARS, _ANSWER_CHARS = 200, 80
_MAX_TOKENS = 128
# So many replies are asked for each question that is wanted, at most.
_TRIES = 4
# A sentence of somebody's speech, or one that leaves unsaid what it is about, makes no question that stands alone.
_SPEECH = re.compile(r"[\"“”«»:;!?\n]")
_UNSAID = {
    "vi": re.compile(r"\b(?:này|đó|ấy|nó|họ|trên đây|nói trên|chúng tôi|tôi)\b", re.IGNORECASE),
    "en": re.compile(r"\b(?:he|she|it|they|this|these|his|her|its|their|we|our|I)\b", re.IGNORECASE),
}
_OBJECT = re.compile(r"\{.*\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A question about a sentence of an article: `article.text[start:end]`."""

    article_id: str
    start: int
    end: int
    proposal: Proposal


@dataclass(frozen=True, slots=True)
class Drafts:
    """Lines of gold questions that are drafts, in order of article and sentence; replies of a model not taken."""

    gold: tuple[str, ...]
    passed_over: int = 0


def drafted(
    store: Store,
    count: int,
    article_id: str | None = None,
    llm: LanguageModel | None = None,
    timeout: float = 60.0,
    progress: Progress = lambda *_: None,
) -> Drafts:
    """At most so many questions, drawn from all articles in turn: the same for the same collection and count.

    Of one article alone where it is named; by templates where there is no language model. Only articles in a language
    of the prompts are asked about. Raises `UsageError` when there is no such article, and `GenerationError` when the
    model cannot be asked at all.
    """
    if article_id is not None and article_id not in {each.id for each in store.articles()}:
        raise UsageError(f"there is no article {article_id!r}; `hoidap articles list` shows their ids")
    writer: _Model | _Templates = _Model(llm, timeout, count * _TRIES) if llm else _Templates()
    made: dict[str, tuple[str, int, str]] = {}
    questions = _in_turn(store, writer, article_id)
    while len(made) < count and (drawn := next(questions, None)):
        name = f"draft-{digest(drawn.article_id, drawn.proposal.question)}"
        made.setdefault(name, (drawn.article_id, drawn.start, _line(name, drawn.article_id, drawn.proposal)))
        progress("drafts", len(made), count)
    return Drafts(tuple(line for _, _, line in sorted(made.values())), writer.passed_over)


def template_questions(store: Store) -> Iterator[Drawn]:
    """Yield the questions that templates make of a collection's sentences, drawn from all articles in turn."""
    yield from _in_turn(store, _Templates())


def _in_turn(store: Store, writer: _Model | _Templates, article_id: str | None = None) -> Iterator[Drawn]:
    ids = [each.id for each in store.articles() if each.language in LANGUAGES and article_id in (None, each.id)]
    random.Random(_SEED).shuffle(ids)
    turns = deque(_of_article(store, each, writer) for each in ids)
    while turns:
        turn = turns.popleft()
        if (drawn := next(turn, None)) is not None:
            yield drawn
            turns.append(turn)


def _line(name: str, article: str, proposal: Proposal) -> str:
    fields = {"question": proposal.question, "articles": {article: 1}, "answers": proposal.answers}
    return line_of({"id": name, **fields, "tags": TAGS, "draft": True})


def _of_article(store: Store, article_id: str, writer: _Model | _Templates) -> Iterator[Drawn]:
    """Questions about the sentences of an article, which are drawn."""
    article = store.article(article_id)
    spans = sentences(article.text) if article else []
    random.Random(f"{_SEED} {article_id}").shuffle(spans)
    for start, end in spans:
        if article is None or writer.spent:
            return
        sentence = article.text[start:end]
        if _stands_alone(sentence, article.language) and (proposal := writer.propose(article, sentence)):
            yield Drawn(article.id, start, end, proposal)


def _stands_alone(sentence: str, language: str) -> bool:
    return (
        len(sentence) in _SENTENCE_CHARS
        and sentence.endswith(".")
        and (sentence[0].isupper() or sentence[0].isdigit())
        and not (_SPEECH.search(sentence) or _UNSAID[language].search(sentence) or is_anaphoric(sentence, language))
    )


# Templates


class _Templates:
    """A question word in the place of what is asked for; one question a sentence, drawn."""

    spent = False
    passed_over = 0

    def propose(self, article: Article, sentence: str) -> Proposal | None:
        """A question about a sentence of an article, or none."""
        found = list(proposals(sentence, article.language))
        return random.Random(f"{_SEED} {sentence}").choice(found) if found else None


# A language model


class _Model:
    """Asks a language model, and takes of what it says only questions that can be checked."""

    def __init__(self, llm: LanguageModel, timeout: float, tries: int) -> None:
        self._llm, self._timeout, self._tries = llm, timeout, tries
        self.passed_over = 0

    @property
    def spent(self) -> bool:
        """Whether it was asked as often as it may be."""
        return self._tries <= 0

    def propose(self, article: Article, sentence: str) -> Proposal | None:
        """A question about a sentence of an article, or none."""
        if not (quantities(sentence) or names(sentence)):
            return None
        self._tries -= 1
        values = {"title": neutral(article.title), "sentence": neutral(sentence)}
        try:
            messages = render("gold", article.language, values)
            said = "".join(self._llm.stream(messages, max_tokens=_MAX_TOKENS, timeout=self._timeout))
        except GenerationError as error:
            if not error.retryable:
                raise
            LOG.warning("the language model proposed nothing for a sentence of %s: %s", article.id, error)
            said = ""
        proposal = proposed(said, sentence, article.language)
        self.passed_over += proposal is None
        return proposal


def proposed(said: str, sentence: str, language: str) -> Proposal | None:
    """The question in a model's reply; None unless it is in that language, and its answer a part of the sentence."""
    match = _OBJECT.search(said)
    try:
        fields = json.loads(match[0]) if match else {}
        question, answer = (" ".join(clean(fields[name]).split()) for name in ("question", "answer"))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    asks = question.endswith("?") and question.count("?") == 1 and len(question) <= _QUESTION_CHARS
    part = answer in sentence and len(answer_tokens(answer)) < len(answer_tokens(sentence))
    if not (asks and part and len(answer) <= _ANSWER_CHARS and contains(sentence, [answer])):
        return None
    alike = language_of(question) in (language, "und") and not contains(question, [answer])
    return Proposal(question, (answer,)) if alike else None
