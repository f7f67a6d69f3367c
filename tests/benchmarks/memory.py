"""How much memory a process that answers takes, part by part.

python -m tests.benchmarks.memory --index DIR [--questions N] [--llm NAME] [--page]

Printed are, in MB, what of the process lies in memory (resident), and what of that is its own and no mapped file: after
Printed are, in MB, what of the process lies in memory (resident), and what of that is its own, no mapped file: after
the modules of the chat's page, and with `--llm` that language model, loaded. Linux alone tells.
"""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path

from rag.assistant import Assistant
from rag.config import load_config
from rag.evaluation.gold import load_gold

GOLD = Path(__file__).parents[1] / "gold" / "questions.jsonl"
QUESTIONS = 13


def in_memory() -> tuple[int, int]:
    """What lies in memory, and what of it is the process's own, in MB."""
    rollup = Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines()[1:]
    sizes = {name: int(size.split()[0]) // 1024 for name, _, size in (line.partition(":") for line in rollup)}
    return sizes["Rss"], sizes["Private_Dirty"]


def told(part: str) -> None:
    resident, own = in_memory()
    print(f"{part:<24}{resident:>6} MB, own {own:>6} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--questions", type=int, default=QUESTIONS)
    parser.add_argument("--llm", default="none")
    parser.add_argument("--page", action="store_true")
    arguments = parser.parse_args()
    told("imports")
    assistant = Assistant.open(load_config(overrides={"index": arguments.index, "llm": {"model": arguments.llm}}))
    assert assistant.embedder
    told("embedding model")
    assert assistant.reader
    told("reader")
    for question in load_gold(GOLD)[: arguments.questions]:
        assistant.ask(question.question, mode="extractive")
    told(f"{arguments.questions} questions")
    if arguments.page:
        importlib.import_module("ui.app")
        told("page")
    if llm := assistant.llm:
        llm.warm()
        told(arguments.llm)
    assistant.close()


if __name__ == "__main__":
    main()
