"""How much a language model hallucinates where the collection does not have the answer.

python tests/benchmarks/hallucination.py --index DIR [GOLD.jsonl] [--limit N] [--model NAME] [--show]

GOLD are questions that the collection does not answer (tests/gold/unanswerable.jsonl). Each is asked with refusal
switched off, which takes as long as the model writes, and counted as it would fare with refusal on. Counted are the
names, and the sentences with numbers, in an answer that stand neither in a quote that it cites nor in its title, other
than in a sentence that is marked as unsupported. Printed are these for every answer that has any, and how many there
are in all.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from rag.answering.answer import Answer
from rag.assistant import Assistant
from rag.config import Config, load_config
from rag.evaluation.gold import TODAY, load_gold
from rag.text.names import names
from rag.text.normalize import fold
from rag.text.quantities import quantities
from rag.text.sentences import sentences
from rag.text.words import words

GOLD = Path(__file__).parents[1] / "gold" / "unanswerable.jsonl"


def hallucinations(answer: Answer) -> list[str]:
    """The sentences with numbers, and the words of names, of an answer that none of its quotes and titles contains."""
    sources = "\n".join(f"{cited.quote.title}\n{cited.quote.text}" for cited in answer.citations)
    supported = {fold(word) for word in words(sources)}
    found: list[str] = []
    for start, end in sentences(answer.text):
        sentence = re.sub(r"\[\d+\]", "", answer.text[start:end])
        if "(chưa kiểm chứng được)" in sentence or "(not borne out)" in sentence:
            continue
        tokens = {word for name in names(sentence) for word in words(name) if not any(map(str.isdigit, word))}
        found += [token for token in sorted(tokens) if fold(token) not in supported]
        found += [] if quantities(sentence).borne_out(quantities(sources)) else [sentence]
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", type=Path, nargs="?", default=GOLD)
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--model", default=Config().llm.model)
    parser.add_argument("--show", action="store_true", help="print every answer")
    arguments = parser.parse_args()
    refuse_below = load_config().answer.refuse_below or Config().answer.refuse_below
    overrides = {"answer": {"refuse_below": 0}, "llm": {"model": arguments.model}}
    assistant = Assistant.open(load_config(overrides={"index": arguments.index, **overrides}))
    written = refused = hallucinated = hallucinated_refusing = quoted = dropped = 0
    questions = load_gold(arguments.gold)[: arguments.limit]
    for each in questions:
        answer = assistant.ask(each.question, each.history, today=TODAY)
        found = hallucinations(answer)
        is_refused = answer.confidence < refuse_below
        refused += is_refused
        written += answer.mode == "generative"
        quoted += answer.mode == "extractive"
        dropped += answer.unsupported
        hallucinated += len(found)
        hallucinated_refusing += 0 if is_refused else len(found)
        if arguments.show or found:
            print(
                f"{each.id} {answer.mode} {answer.confidence:.2f} {found}\n  {each.question}\n  {answer.text}",
                flush=True,
            )
    assistant.close()
    print(f"{len(questions)} questions, {arguments.model}: {written} answers written, {quoted} quoted instead")
    print(f"{dropped} sentences dropped; {refused} questions are refused when refusal is on")
    print(f"hallucinated numbers and names shown: {hallucinated} without refusal, {hallucinated_refusing} with it")
    return 0


if __name__ == "__main__":
    sys.exit(main())
