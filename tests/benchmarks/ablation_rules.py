"""The hand-written rules that `ablation.py` switches off, each as a patch of what it is written with."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any, Literal
from unittest.mock import patch

from rag.documents import passage_sentences
from rag.evaluation.gold import TODAY, GoldQuestion
from rag.evaluation.outcome import Outcome
from rag.prompt_injection import is_injection
from rag.query.history_terms import terms_in
from rag.query.question_type import QuestionType, question_type
from rag.query.relative_dates import asks_latest, with_absolute_dates
from rag.query.request import Request
from rag.text.normalize import has_diacritics

NEVER = re.compile(r"(?!)")

Patches = Callable[[], Sequence[AbstractContextManager[Any]]]
Applies = Callable[[GoldQuestion, Outcome], bool]


def _always(gold: GoldQuestion, base: Outcome) -> bool:
    return True


@dataclass(frozen=True)
class Rule:
    """A rule, or several that belong together.

    `stage` says from where on it counts: `answer` rules choose among the sentences of passages already found, `search`
    rules find others, `index` rules are in the collection too, which is then indexed anew. `applies` says which
    questions it can change; `forgets` empties what is remembered of its work; `not_on` are sets too large for it.
    """

    name: str
    patches: Patches
    stage: Literal["answer", "search", "index"] = "answer"
    applies: Applies = _always
    forgets: tuple[Callable[[], None], ...] = ()
    not_on: tuple[str, ...] = ()

    @property
    def rewrites(self) -> bool:
        """Whether it only makes follow-ups stand alone."""
        return self.name.startswith("follow-ups")


def _of(module: str, **values: Any) -> Patches:
    return lambda: [patch(f"{module}.{name}", value) for name, value in values.items()]


def _types(change: Callable[[QuestionType], QuestionType]) -> Patches:
    """The types of questions changed, wherever they are told."""
    changed = lambda text: change(question_type(text))  # noqa: E731
    return lambda: [patch(f"rag.{module}.question_type", changed) for module in ("query.query", "answering.citations")]


def _when(told: Callable[[QuestionType], bool]) -> Applies:
    return lambda gold, base: told(question_type(base.standalone_question))


def _is_relative(gold: GoldQuestion, base: Outcome) -> bool:
    day = Request.of(gold.question, today=gold.today or TODAY).today
    return with_absolute_dates(base.standalone_question, day) != base.standalone_question


def _typed_bare(gold: GoldQuestion, base: Outcome) -> bool:
    words = base.standalone_question.split()
    return 2 * sum(not has_diacritics(word) for word in words) >= len(words)


def _tagged(*kinds: str) -> Applies:
    return lambda gold, base: gold.tags.get("kind") in kinds


def _follow_up(name: str, *modules: str, **values: Any) -> Rule:
    patches = [_of(f"rag.query.{module}", **values) for module in modules]
    return Rule(
        f"follow-ups: {name}",
        lambda: [each for made in patches for each in made()],
        stage="search",
        applies=lambda gold, base: bool(gold.history),
        forgets=(terms_in.cache_clear,),
    )


def _reference(kind: str) -> Rule:
    """References of one kind are none."""

    def kept(question: str) -> list[Any]:
        return [each for each in import_module("rag.query.reference").references(question) if each.kind != kind]

    return _follow_up(f"references, {kind}", "followup", "term_selection", references=kept)


def _in_index(name: str, patches: Patches) -> Rule:
    forgets = (passage_sentences.sentences_of.cache_clear, passage_sentences.heading_of.cache_clear)
    return Rule(name, patches, stage="index", forgets=forgets, not_on=("viquad_dev", "leaveout", "vinewsqa"))


RULES = (
    Rule(
        "diacritics restored",
        lambda: [patch(f"rag.query.{module}.is_typed_bare", lambda *_: False) for module in ("query", "diacritics")],
        stage="search",
        applies=_typed_bare,
    ),
    Rule(
        "names and numbers of the question",
        _of("rag.query.query", _named=lambda text, folded: frozenset()),
        stage="search",
    ),
    Rule("phrases in quotation marks", _of("rag.query.query", _quoted=lambda text: ()), stage="search"),
    Rule("codes", _of("rag.query.query", _codes=lambda text: ()), stage="search"),
    Rule(
        "function words left out",
        _of("rag.query.query", content_words=lambda tokens, *_, **__: tokens),
        stage="search",
    ),
    Rule(
        "relative dates",
        _of("rag.query.query", with_absolute_dates=lambda question, day: question),
        stage="search",
        applies=_is_relative,
    ),
    Rule(
        "latest articles first",
        _of("rag.query.query", asks_latest=lambda question: False),
        stage="search",
        applies=lambda gold, base: asks_latest(base.standalone_question),
    ),
    Rule(
        "numbers asked for",
        _types(lambda found: replace(found, kind="name" if found.kind == "number" else found.kind)),
        stage="search",
        applies=_when(lambda found: found.kind == "number"),
    ),
    Rule(
        "yes or no",
        _types(lambda found: replace(found, polar=False)),
        stage="search",
        applies=_when(lambda found: found.polar),
    ),
    Rule(
        "several questions",
        _types(lambda found: replace(found, several=False)),
        stage="search",
        applies=_when(lambda found: found.several),
    ),
    Rule(
        "whole numbers",
        _of("rag.answering.short_answers", whole_numbers=lambda text, start, end: (start, end)),
    ),
    Rule("loose ends", _of("rag.answering.short_answers", tidied=lambda text, start, end: (start, end))),
    Rule("sentence that leans on the one before", _of("rag.answering.quote", _LEANS=NEVER)),
    Rule(
        "injections last",
        _of("rag.answering.evidence", injections_last=lambda quotes, question: [*quotes]),
        applies=lambda gold, base: any(map(is_injection, base.quotes)),
    ),
    _in_index("abbreviations written out", _of("rag.text.analyzer", _WRITTEN_OUT={}, _BEFORE_NAMES=set())),
    _in_index(
        "dates in one form",
        lambda: [
            patch(f"rag.{module}.dates", lambda text: [])
            for module in ("text.analyzer", "query.query", "documents.passage_sentences")
        ],
    ),
    _in_index(
        "context of chunks",
        _of("rag.documents.chunking", sentence_contexts=lambda article, parts: (() for _ in parts)),
    ),
    Rule(
        "follow-ups, all",
        # In the second it is called by the benchmark itself.
        lambda: [
            patch(f"rag.query.{module}.standalone", lambda question, history: question)
            for module in ("query", "followup")
        ],
        stage="search",
        applies=lambda gold, base: bool(gold.history),
    ),
    Rule(
        "typing errors corrected",
        _of("rag.query.query", corrected=lambda text, *_: text),
        stage="search",
        applies=lambda gold, base: not gold.history and base.standalone_question != gold.question,
    ),
    Rule(
        "words that frame a question left out",
        _of("rag.query.query", FRAMED=frozenset()),
        stage="search",
        applies=_tagged("list", "yesno", "definition", "summary", "comparison", "latest"),
    ),
    Rule(
        "comparison: the next quote of each side",
        _of("rag.answering.comparison", OF_EACH=1),
        stage="search",
        applies=_tagged("comparison"),
    ),
    Rule(
        "comparison: a side that alone is sure",
        _of("rag.answering.comparison", _held_side=lambda query, sides: None),
        stage="search",
        applies=_tagged("comparison"),
    ),
    Rule(
        "summary: no headings and rows",
        _of("rag.answering.summary", ends_sentence=lambda text: True),
        applies=_tagged("summary"),
    ),
    Rule(
        "comparison: a search for each side",
        _of("rag.answering.forms", sides=lambda query: None),
        stage="search",
        applies=_tagged("comparison"),
    ),
    Rule(
        "sentences beside the one that explains",
        _of("rag.answering.forms", _with_neighbours=lambda first, quotes, text: first),
        applies=_tagged("why", "how", "list"),
    ),
    *(
        _reference(kind)
        for kind in ("person", "possessive", "it", "they", "at", "place", "thing", "following_year", "previous_year")
    ),
    _follow_up("and X?", "ellipsis", _WITH_DIACRITICS=NEVER, _WITHOUT_DIACRITICS=NEVER),
    _follow_up("terms by the learned selection", "followup", lacking=lambda question, turns, follows: []),
    _follow_up("question without its subject", "followup", _MAX_WORDS=0),
    _follow_up("small talk", "followup", _SMALL_TALK=NEVER),
    _follow_up("antecedent in the same question", "reference", _CLAUSE_END=NEVER),
    _follow_up("men and women", "antecedents", _FEMALE=frozenset(), _MALE=frozenset()),
    _follow_up("who was asked for", "antecedents", _WHO=NEVER),
    _follow_up("people by title and surname", "people", _person=lambda *_: None),
    _follow_up("foreign people", "antecedents", foreign_person=lambda *_: ""),
    _follow_up("subject before its verb", "history_terms", subject_range=lambda text: (0, 0)),
    _follow_up("words that frame a question", "history_terms", QUESTION_WORDS=frozenset()),
    _follow_up("kind before its name", "history_terms", with_kind=lambda text, name: name.text),
)
