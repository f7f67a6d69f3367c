"""Files of gold questions -> what is wrong with them, and what a person should look at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from rag.errors import GoldError, ModelError
from rag.evaluation.gold import GoldQuestion, parse_line
from rag.evaluation.metrics import answer_tokens, contains
from rag.query.followup import standalone

if TYPE_CHECKING:
    from rag.index.store import Store
    from rag.models.embedder import Embedder

# From which cosine two questions of two files are near-duplicates: with the same answer, or else over the same article.
# Measured on the gold of the tests: with the same answer, wordings of one question in one language lie at 0.91 and
# above; questions for different things in one article reach 0.95, and mostly stay below.
NEAR_SAME_ANSWER = 0.9
NEAR_SAME_ARTICLE = 0.95

Kind = Literal[
    "unreadable file",
    "malformed line",
    "id twice",
    "question twice",
    "unknown article",
    "answer not in its articles",
    "unknown filter value",
    "must_not meets an answer",
    "draft",
    "near-duplicate",
    "answers without an article",
    "to be refused, unmarked",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
REMARKS = frozenset(KINDS[-3:])
# Those that are mostly meant so.
COUNTED = frozenset(KINDS[-1:])
# What marks a question as one that is meant to be refused.
MARK = ("kind", "none")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a line of a file, at `file:line`; `id` is the question's, where one could be read."""

    kind: Kind
    place: str
    id: str | None
    what: str
    advice: str

    @property
    def error(self) -> bool:
        """Whether the file cannot be used as it is; else it is a remark."""
        return self.kind not in REMARKS

    def __str__(self) -> str:
        return f"{self.place}: {f'{self.id}: ' if self.id else ''}{self.what}; {self.advice}"


@dataclass(frozen=True, slots=True)
class Check:
    """What was found in files: how many questions, the findings in order of their lines, and what was not looked at."""

    questions: int
    findings: tuple[Finding, ...]
    skipped: tuple[str, ...] = ()

    @property
    def errors(self) -> int:
        """How many findings are errors."""
        return sum(each.error for each in self.findings)

    @property
    def counts(self) -> Mapping[Kind, int]:
        """How many findings there are of each kind that was found, errors first."""
        found = Counter(each.kind for each in self.findings)
        return {kind: found[kind] for kind in KINDS if found[kind]}


@dataclass(frozen=True, slots=True)
class Placed:
    """A question, and the line that it was read from."""

    file: int
    place: str
    gold: GoldQuestion

    def found(self, kind: Kind, what: str, advice: str) -> Finding:
        """A finding about it."""
        return Finding(kind, self.place, self.gold.id, what, advice)

    @property
    def asked(self) -> object:
        """What is equal where the same is asked: question, history, day and articles, without case and punctuation."""
        turns = [(*answer_tokens(turn.question), "", *answer_tokens(turn.answer)) for turn in self.gold.history]
        return tuple(answer_tokens(self.gold.question)), tuple(turns), self.gold.today, self.gold.only


def check(files: Sequence[Path], store: Store | None = None, embedder: Callable[[], Embedder] | None = None) -> Check:
    """Look at files of gold questions that are to be apart, by each line, among each other, and against a collection.

    Without a store, and without an embedding model for near-duplicates between files, what needs them is skipped.
    """
    read = [each for number, file in enumerate(files) for each in _read(number, file)]
    asked = [each for each in read if isinstance(each, Placed)]
    findings = [each for each in read if isinstance(each, Finding)]
    findings += _twice(asked)
    findings += (finding for each in asked for finding in _by_itself(each))
    skipped = []
    if store is None:
        skipped.append("articles, answers and filters were not compared with a collection; name one with --index")
    else:
        findings += _against(asked, store)
    if len(files) > 1:
        try:
            if embedder is None:
                raise ModelError("there is no embedding model")
            findings += _near(asked, embedder())
        except ModelError as error:
            skipped.append(f"near-duplicates between the files were not looked for: {error}")
    line = {place: number for number, place in enumerate(dict.fromkeys(each.place for each in read))}
    return Check(len(asked), tuple(sorted(findings, key=lambda each: line[each.place])), tuple(skipped))


def _read(number: int, file: Path) -> Iterator[Placed | Finding]:
    """The questions of a file, and a finding for each line that holds none."""
    try:
        lines = file.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        yield Finding("unreadable file", str(file), None, f"cannot be read as UTF-8 text ({error})", "give another")
        return
    if not any(map(str.strip, lines)):
        yield Finding("unreadable file", str(file), None, "holds no questions", "write some, or leave it out")
    for place, line in ((f"{file}:{at}", line) for at, line in enumerate(lines, start=1) if line.strip()):
        try:
            yield Placed(number, place, parse_line(place, line))
        except GoldError as error:
            yield Finding("malformed line", place, None, str(error).removeprefix(f"{place}: "), "correct it")


def _twice(asked: Sequence[Placed]) -> Iterator[Finding]:
    """Ids and questions that stand further up already, in the same file or in another."""
    ids: dict[str, Placed] = {}
    questions: dict[object, Placed] = {}
    for each in asked:
        if (first := ids.setdefault(each.gold.id, each)) is not each:
            yield each.found("id twice", f"its id stands at {first.place} too", "give one of the two another")
        if (first := questions.setdefault(each.asked, each)) is not each:
            what = f"the same is asked at {first.place} ({first.gold.id}): {each.gold.question!r}"
            yield each.found("question twice", what, "remove one of the two")


def _by_itself(each: Placed) -> Iterator[Finding]:
    gold = each.gold
    if gold.draft:
        advice = "correct it where it is wrong, and remove `draft` to accept it"
        yield each.found("draft", "was proposed by a program and not accepted", advice)
    for text in gold.must_not:
        for answer in gold.answers:
            if contains(text, [answer]) or contains(answer, [text]):
                what = f"`must_not` {text!r} and the answer {answer!r} hold one another"
                yield each.found("must_not meets an answer", what, "no reply could be told right by both; change one")
    if not gold.answerable and MARK not in gold.tags.items():
        advice = f'tag it "{MARK[0]}": "{MARK[1]}" if that is meant, or add what answers it'
        yield each.found("to be refused, unmarked", "names neither articles nor answers", advice)
    if gold.answers and not gold.qrels and not gold.reply:
        yield each.found("answers without an article", "has answers and names no article", "name where they stand")


def _against(asked: Sequence[Placed], store: Store) -> Iterator[Finding]:
    """Articles, answers and filters that the collection does not have."""
    article = cache(store.article)
    known, languages = store.articles(), store.languages()
    ids = {each.id for each in known}
    sources = {each.source.casefold() for each in known}
    for each in asked:
        for name in each.gold.qrels:
            if name not in ids:
                advice = "ingest it, or correct the id (`hoidap articles list` shows them)"
                yield each.found("unknown article", f"the collection has no article {name!r}", advice)
        texts = [held.text for name, grade in each.gold.qrels.items() if grade > 0 and (held := article(name))]
        yield from _answers(each, texts)
        only = each.gold.only
        unknown = [name for name in only.articles if name not in ids]
        unknown += [name for name in only.languages if name not in languages]
        unknown += [name for name in only.sources if not any(name.casefold() in source for source in sources)]
        for name in unknown:
            advice = "correct it, or leave it out"
            yield each.found("unknown filter value", f"`filter` names {name!r}, and no article has it", advice)


def _answers(each: Placed, texts: Sequence[str]) -> Iterator[Finding]:
    for answer in each.gold.answers if texts and not each.gold.reply else ():
        if not any(contains(text, [answer]) for text in texts):
            what = f"the answer {answer!r} stands word for word in none of {', '.join(each.gold.qrels)}"
            yield each.found("answer not in its articles", what, "correct it, or name the article in which it stands")


def _near(asked: Sequence[Placed], embedder: Embedder) -> Iterator[Finding]:
    """Pairs of questions of two files that lie near to one another and have an article or an answer in common."""
    held = [each for each in asked if each.gold.answerable]
    alone = [standalone(each.gold.question, each.gold.history) for each in held]
    vectors = embedder.embed_queries(alone)
    places: dict[int, list[int]] = {}
    for place, each in enumerate(held):
        places.setdefault(each.file, []).append(place)
    for one, other in combinations(places.values(), 2):
        cosines = vectors[one] @ vectors[other].T
        for row, column in zip(*(cosines >= NEAR_SAME_ANSWER).nonzero(), strict=True):
            i, j, cosine = one[row], other[column], float(cosines[row, column])
            first, second = held[i], held[j]
            if (shared := _shared(first.gold, second.gold, cosine)) and first.asked != second.asked:
                near = f"{alone[j]!r} is near to {alone[i]!r} ({first.gold.id} at {first.place})"
                what = f"{near}: the same {shared}, cosine {cosine:.2f}"
                yield second.found("near-duplicate", what, "keep one of the two if both ask the same")


def _shared(one: GoldQuestion, other: GoldQuestion, cosine: float) -> str | None:
    """What two questions have in common that makes them near-duplicates at this cosine."""
    answers = ({tuple(answer_tokens(answer)) for answer in gold.answers} for gold in (one, other))
    if set.intersection(*answers):
        return "answer" if cosine >= NEAR_SAME_ANSWER else None
    return "article" if cosine >= NEAR_SAME_ARTICLE and one.qrels.keys() & other.qrels.keys() else None
