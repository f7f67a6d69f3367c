"""What each hand-written rule is worth: switched off in turn, on all sets of gold questions, question by question.

python -m tests.benchmarks.ablation ask|index|rewrites --data DIR --indexes DIR --out DIR --sets NAME=LIMIT ...

`ask` asks every question with all rules on, then with each rule off that applies to it, and keeps what came in --out,
so that a run that was cut off goes on. Vectors and readings are kept too: a question is embedded and read once,
whatever is switched off, and rules that only choose among found sentences go on from the passages already found.
`index` does the same for the rules that are in the index, which is made anew for each. `rewrites` measures the rules
for follow-ups on rewrites by people, without asking. `ablation_report.py` says what came of it.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from rag import Turn
from rag.assistant import Assistant
from rag.config import load_config
from rag.evaluation.gold import GoldQuestion
from rag.evaluation.outcome import Outcome
from rag.evaluation.run import ask, conditions_of
from rag.query import followup
from tests.benchmarks.ablation_report import rows_of
from tests.benchmarks.ablation_rules import RULES, Rule
from tests.benchmarks.ablation_sets import SEED, Asked, lines_of, of_conversations, of_news, of_set
from tests.benchmarks.kept_models import Models, best_kept, models_at
from tests.quality.gold_sets import load_sets


def opened(index: Path, caution: str, models: Models) -> Assistant:
    """An assistant over a collection."""
    answer = {"mode": "extractive", "refuse_below": caution, "keep": False}
    assistant = Assistant(load_config(overrides={"index": index, "answer": answer, "llm": {"model": "none"}}))
    assistant._models = models  # type: ignore[assignment]
    return assistant


def _alone(gold: GoldQuestion) -> str:
    """The question standing alone, by the rules that are on."""
    return followup.standalone(gold.question, gold.history)


class FoundPassages:
    """The passages of a question, found once for the rules that only choose among their sentences."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant, self._find = assistant, assistant._passages
        self._found: Any = None

    @contextmanager
    def used(self, *, again: bool) -> Iterator[None]:
        """Keep what is found; `again` takes what was kept."""

        def passages(*given: Any) -> Any:
            self._found = self._found if again else self._find(*given)
            return self._found

        with patch.object(self._assistant, "_passages", passages):
            yield


@contextmanager
def switched_off(rule: Rule) -> Iterator[None]:
    """The rule off, and nothing remembered of what it made."""
    with ExitStack() as stack:
        for forget in rule.forgets:
            forget()
        for patched in rule.patches():
            stack.enter_context(patched)
        yield
    for forget in rule.forgets:
        forget()


class Asking:
    """A set being asked with all rules on, and with each off; `left` are the questions still to be asked."""

    def __init__(self, asked: Asked, rules: Sequence[Rule], out: Path, models: Models) -> None:
        self.asked, self.rules, self._out, self._models = asked, rules, out, models
        self._file = out / f"{asked.name}.jsonl"
        self._done = {(row["rule"], row["outcome"]["id"]) for row in rows_of(self._file)}
        self._assistant = opened(asked.index, asked.caution, models)
        self._passages = FoundPassages(self._assistant)
        if not self._file.exists():
            conditions = asdict(conditions_of(self._assistant, asked.gold))
            header = {"set": asked.name, "about": asked.about, "conditions": conditions}
            self._file.write_text(json.dumps(header, ensure_ascii=False) + "\n", encoding="utf-8")
        self.left = list(asked.gold)

    def block(self, size: int) -> None:
        """Ask the next questions."""
        for gold in self.left[:size]:
            self._question(gold)
        self.left = self.left[size:]

    def _question(self, gold: GoldQuestion) -> None:
        rules = [each for each in self.rules if each.stage != "index" and (each.name, gold.id) not in self._done]
        if not rules and ("", gold.id) in self._done:
            return
        with self._passages.used(again=False):
            base = ask(self._assistant, gold)
        rows = [] if ("", gold.id) in self._done else [("", base)]
        for rule in rules:
            if rule.applies(gold, base):
                again = self._passages.used(again=True) if rule.stage == "answer" else nullcontext()
                with switched_off(rule), again:
                    if rule.rewrites and _alone(gold) == base.standalone_question:
                        continue
                    rows.append((rule.name, ask(self._assistant, gold)))
        self._keep(rows)

    def _keep(self, rows: Sequence[tuple[str, Outcome]]) -> None:
        with self._file.open("a", encoding="utf-8") as file:
            for name, outcome in rows:
                row = {"rule": name, "outcome": asdict(replace(outcome, seconds={}))}
                file.write(json.dumps(row, ensure_ascii=False) + "\n")

    def indexed(self) -> None:
        """Ask with the rules off that are in the index too."""
        for rule in self.rules:
            gold = [each for each in self.asked.gold if (rule.name, each.id) not in self._done]
            if rule.stage != "index" or self.asked.name in rule.not_on or not gold:
                continue
            with tempfile.TemporaryDirectory() as folder, switched_off(rule):
                assistant = self._indexed_anew(Path(folder))
                self._keep([(rule.name, ask(assistant, each)) for each in gold])

    def _indexed_anew(self, folder: Path) -> Assistant:
        """An assistant over the collection indexed with the rules that are on."""
        assistant = opened(folder / "new", self.asked.caution, self._models)
        articles = [self._assistant.article(each.id) for each in self._assistant.articles()]
        lines = (json.dumps(asdict(each), ensure_ascii=False) + "\n" for each in articles if each)
        (folder / "articles.jsonl").write_text("".join(lines), encoding="utf-8")
        report = assistant.ingest([folder / "articles.jsonl"])
        assert not report.failed, report.failed
        return assistant


def rewritten(data: Path, rules: Sequence[Rule], out: Path) -> None:
    """Follow-ups of English conversations that people rewrote: how much of what they added is added."""
    from tests.benchmarks.followups import load, part

    for name, file in (("trec_cast", "trec_cast/rewrites.jsonl"), ("qrecc", "more/qrecc/train_4k.jsonl.gz")):
        questions = part(load(data / file), "second") if name == "trec_cast" else _qrecc(data / file)
        rows = [{"rule": "", "set": name, "scores": _rewrites(questions)}]
        for rule in rules:
            if rule.name.startswith("follow-ups"):
                with switched_off(rule):
                    rows.append({"rule": rule.name, "set": name, "scores": _rewrites(questions)})
        (out / f"rewrites-{name}.json").write_text(json.dumps(rows), encoding="utf-8")
        print(f"{name}: {len(questions)} rewrites", flush=True)


def _qrecc(file: Path) -> list[Any]:
    from tests.benchmarks.followups import FollowUp

    rows = lines_of(file)
    found = [
        FollowUp(
            row["id"],
            row["question"],
            row["rewrite"],
            tuple(Turn(each["question"], each["answer"]) for each in row["history"]),
        )
        for row in rows
        if row["history"]
    ]
    return [found[place] for place in sorted(random.Random(SEED).sample(range(len(found)), 400))]


def _rewrites(questions: Sequence[Any]) -> list[float]:
    """For each question the F1 of the words added, against those that a person added; 1 where neither added any."""
    from rag.query import followup
    from tests.benchmarks.followups import naming

    scores = []
    for each in questions:
        made = followup.standalone(each.question, each.history)
        typed = naming(each.question)
        added, lacking = naming(made) - typed, naming(each.rewrite) - typed
        scores.append(2 * len(added & lacking) / (len(added) + len(lacking)) if added or lacking else 1.0)
    return scores


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("ask", "index", "rewrites"))
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--indexes", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--sets", nargs="*", help="NAME=LIMIT, the follow-up rules alone with NAME=LIMIT:follow-ups")
    parser.add_argument("--rules", nargs="*")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    rules = [rule for rule in RULES if not arguments.rules or rule.name in arguments.rules]
    if arguments.what == "rewrites":
        rewritten(arguments.data, rules, arguments.out)
        return 0
    models = models_at(arguments.out)
    known = {each.name: each for each in load_sets()}
    asking = []
    for given in arguments.sets:
        name, _, limit = given.partition("=")
        limit, _, only = limit.partition(":")
        make = {"vicoqa": of_conversations, "vinewsqa": of_news}.get(name)
        if make:
            asked = make(arguments.data, arguments.indexes, int(limit))
        else:
            asked = of_set(known[name], arguments.data, arguments.indexes, int(limit))
        chosen = [rule for rule in rules if rule.name.startswith(only)]
        asking.append(Asking(asked, chosen, arguments.out, models))
        print(f"{name}: {len(asked.gold)} questions", flush=True)
    if arguments.what == "index":
        for each in asking:
            each.indexed()
            print(f"{each.asked.name}: indexed", flush=True)
        return 0
    start = time.monotonic()
    with best_kept():
        while any(each.left for each in asking):
            for each in asking:
                each.block(10)
            left = "  ".join(f"{each.asked.name} {len(each.left)}" for each in asking)
            print(f"{time.monotonic() - start:6.0f} s, {time.process_time():6.0f} CPU-s; left: {left}", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
