"""Gold questions asked side by side in processes of one core each, kept as they are done, so that a run goes on."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import rag
from rag.answering.answer import Answer, Stopwatch
from rag.answering.evidence import Evidence
from rag.assistant import Assistant
from rag.config import Config
from rag.errors import GoldError
from rag.evaluation.gold import TODAY, GoldQuestion
from rag.evaluation.outcome import Outcome, outcome_of
from rag.index.sqlite_store import SqliteStore
from rag.progress import Progress
from rag.prompts import FOLDER

RUN = "run.jsonl"
_SOURCES = frozenset((".py", ".json", ".jinja", ".toml"))
# What is beside the answers, and what of it the scores depend on.
_REPORTING, _SCORING = frozenset(("evaluation", "page")), frozenset(("gold", "metrics", "outcome", "run"))
_MADE_WITH = ("fingerprint", "chunk_size", "chunk_overlap", "calibration")
# Questions given to a process at a time: neighbours ask about one article, whose sentences are embedded once.
_BLOCK = 16


@dataclass(frozen=True, slots=True)
class Conditions:
    """All that the outcomes of a run depend on: SHA-256 of the program, gold questions and articles, models, settings.

    Among the settings are those that the collection was made with. `today` is the day of the questions that name none.
    """

    program: str
    gold: str
    collection: str
    models: Mapping[str, str | None]
    settings: Mapping[str, Any]
    today: str = TODAY

    @property
    def sha256(self) -> str:
        """One digest of them all."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def gold_sha256(gold: Sequence[GoldQuestion]) -> str:
    """The SHA-256 of gold questions, whatever the form of their file."""
    questions = [asdict(question) for question in gold]
    for question in questions:
        if question["reply"] is None:  # most have none, and their hashes are older than the field
            del question["reply"]
    for turn in (turn for question in questions for turn in question["history"]):
        # A file of gold questions does not hold how a turn was understood.
        del turn["standalone"]
    lines = (json.dumps(question, sort_keys=True, ensure_ascii=False) for question in questions)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def conditions_of(assistant: Assistant, gold: Sequence[GoldQuestion]) -> Conditions:
    """Under which conditions the questions would be asked now."""
    articles = hashlib.sha256()
    for listed in assistant.articles():
        article = assistant.article(listed.id)
        articles.update(json.dumps(asdict(article) if article else {}, sort_keys=True).encode())
    config = assistant.config
    # The address of a language model may hold a credential; its fingerprint stands for it.
    settings = config.model_dump(mode="json", exclude={"index": True, "models": True, "ui": True, "llm": {"base_url"}})
    answer = {name: value for name, value in settings["answer"].items() if name != "keep"}
    reader = assistant.reader
    written = config.answer.mode == "generative" and assistant.llm
    models = {
        "embedding": assistant.embedder.fingerprint,
        "reader": reader.sha256 if reader else None,
        "llm": assistant.llm.fingerprint if written and assistant.llm else None,
    }
    if not written:
        settings.pop("llm")
    manifest = asdict(SqliteStore(config.index).manifest())
    settings |= {"answer": answer, "collection": {name: manifest[name] for name in _MADE_WITH}}
    return Conditions(_program_sha256(), gold_sha256(gold), articles.hexdigest(), models, settings)


def _program_sha256() -> str:
    """The SHA-256 of the files that answers and their scores are made by."""
    digest = hashlib.sha256()
    for folder in (Path(rag.__file__).parent, FOLDER):
        for file in sorted(each for each in folder.rglob("*") if each.suffix in _SOURCES):
            if file.parent.name in _REPORTING and file.stem not in _SCORING:
                continue
            digest.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def ask(assistant: Assistant, gold: GoldQuestion) -> Outcome:
    """Ask one question, once, and measure what came."""
    watch = Stopwatch()
    evidence = Evidence((), (), 0.0)
    for event in assistant.stream(gold.question, gold.history, only=gold.only, today=gold.today or TODAY):
        if isinstance(event, Evidence):
            evidence = event
        elif isinstance(event, Answer):
            watch.lap("total")
            return outcome_of(gold, evidence, event, {**event.timings, **watch.timings})
    raise AssertionError("a stream ends with an answer")


def run(
    config: Config, gold: Sequence[GoldQuestion], out: Path | None = None, progress: Progress = lambda *_: None
) -> tuple[Conditions, list[Outcome]]:
    """Ask every question of a collection, in their order, in as many processes as there are cores.

    With `out` each outcome is kept in its `run.jsonl` as soon as it is there; those that were kept under the same
    conditions are not asked again. A language model in this machine's memory answers in one process, on all cores.
    `progress` is told how many questions are done. Raises `GoldError` for drafts, and whatever asking raises.
    """
    if drafts := [question.id for question in gold if question.draft]:
        raise GoldError(
            f"{len(drafts)} questions are drafts ({drafts[0]!r}); accept them by removing `draft`, or remove them"
        )
    config = config.model_copy(update={"answer": config.answer.model_copy(update={"keep": False})})
    assistant = Assistant(config)
    conditions = conditions_of(assistant, gold)
    done = _kept(out, conditions) if out else {}
    left = [question for question in gold if question.id not in done]
    progress("questions", len(gold) - len(left), len(gold))
    alone = assistant.config.answer.mode == "generative" and assistant.llm is not None
    asked = _in_turn(assistant, left) if alone or len(left) <= _BLOCK else _side_by_side(config, left)
    file = (out / RUN).open("a", encoding="utf-8") if out else None
    try:
        for outcome in asked:
            done[outcome.id] = outcome
            if file:
                file.write(json.dumps(asdict(outcome), ensure_ascii=False) + "\n")
                file.flush()
            progress("questions", len(done), len(gold))
    finally:
        if file:
            file.close()
        assistant.close()
    return conditions, [done[question.id] for question in gold]


def outcome_from(fields: Mapping[str, Any]) -> Outcome:
    """An outcome as it was written down."""
    lists = {name: tuple(value) for name, value in fields.items() if isinstance(value, list)}
    return Outcome(**{**fields, **lists})


def _kept(out: Path, conditions: Conditions) -> dict[str, Outcome]:
    """The outcomes of an earlier run under the same conditions; one under others is forgotten."""
    out.mkdir(parents=True, exist_ok=True)
    header = json.dumps({"conditions": conditions.sha256})
    lines = (out / RUN).read_text(encoding="utf-8", errors="replace").splitlines() if (out / RUN).is_file() else []
    if lines[:1] != [header]:
        (out / RUN).write_text(header + "\n", encoding="utf-8")
        return {}
    found: dict[str, Outcome] = {}
    for line in lines[1:]:
        with suppress(ValueError, TypeError):  # the last line of a run that was cut off
            outcome = outcome_from(json.loads(line))
            found[outcome.id] = outcome
    whole = [header, *(json.dumps(asdict(each), ensure_ascii=False) for each in found.values())]
    (out / RUN).write_text("\n".join(whole) + "\n", encoding="utf-8")
    return found


def _in_turn(assistant: Assistant, gold: Sequence[GoldQuestion]) -> Iterator[Outcome]:
    return (ask(assistant, question) for question in gold)


def _side_by_side(config: Config, gold: Sequence[GoldQuestion]) -> Iterator[Outcome]:
    """The outcomes as they come. Each process has a core of its own: two are faster than one with two threads."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else list(range(os.cpu_count() or 1))
    blocks = [gold[first : first + _BLOCK] for first in range(0, len(gold), _BLOCK)]
    context = multiprocessing.get_context("spawn")
    queue: Any = context.Queue()
    for core in cores:
        queue.put(core)
    with ProcessPoolExecutor(len(cores), context, _begin, (config, queue)) as pool:
        waiting: set[Future[list[Outcome]]] = {pool.submit(_block, block) for block in blocks}
        try:
            while waiting:
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                for future in done:
                    yield from future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


_ASSISTANT: Assistant | None = None


def _begin(config: Config, cores: Any) -> None:
    """Open the assistant of a process, on a core of its own."""
    global _ASSISTANT
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that asked for the work stops it
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {cores.get()})
    _ASSISTANT = Assistant(config)


def _block(gold: Sequence[GoldQuestion]) -> list[Outcome]:
    assert _ASSISTANT is not None
    return [ask(_ASSISTANT, question) for question in gold]


def without_seconds(outcome: Outcome) -> Outcome:
    """The outcome less what differs from one run to the next."""
    return replace(outcome, seconds={})
