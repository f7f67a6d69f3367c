"""What breaks under attack: kills while articles go in, flipped bits, malformed files, strange questions, scripts.

python -m tests.benchmarks.attack [--kills N] [--flips N] [--files N] [--questions N] [--pages N] [--seed N]

Over `tests/corpus`, without a language model, in a folder of its own. A *kill* (SIGKILL) at a random time of an ingest:
what is left opens or says what is wrong, and the next ingest brings all articles. A *flip* of one bit of a file of a
collection: the answer is the same, or an error says what is wrong; another answer is counted by itself, as nothing may
have noticed it. A *file* of the corpus with pieces cut, repeated, moved and changed: an article or an error. A
*question* that hypothesis makes, alone and as a follow-up: an answer whose quotes stand in their articles, or an error.
A *page* of an article, a title and an address full of scripts: no tag, no attribute and no link of the article's own.

Printed are the counts, and what failed with what makes it again. The status is 1 when anything failed.
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.synchronize import Event
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from rag.answering.answer import Answer
from rag.answering.citations import Citation
from rag.assistant import Assistant
from rag.config import LlmSettings, load_config
from rag.documents.article import Article
from rag.documents.formats import load
from rag.errors import HoidapError
from rag.index.sqlite_store import FILE
from rag.query.conversation import Turn
from tests.strategies import texts
from tests.ui.test_render import HOSTILE, TAGS, Outline, answer, article, quote
from ui import article_page, render, sources
from ui.vietnamese import VIETNAMESE

CORPUS = Path(__file__).parents[1] / "corpus"
QUESTION = "Cầu Long Biên dài bao nhiêu mét?"
ASKING = ("bao nhiêu", "là ai", "ở đâu", "so với", "nó", "năm ngoái", "how long", "?", "tóm tắt", "có", "không")
GENERATED = settings(deadline=None, database=None, phases=[Phase.generate], suppress_health_check=[*HealthCheck])
LIMIT = 120.0  # seconds, for what a process is asked to do
SLOW = 10.0  # seconds of processor time, for one file

Outcome = tuple[str, str]
"""How it ended (`answer`, `error`, or the failure), and the answer or message."""


class Tally:
    """The counts of one attack, and its failures as they are found."""

    def __init__(self, attack: str) -> None:
        self.attack = attack
        self.counts: Counter[str] = Counter()
        self.failed = 0

    def add(self, outcome: str, of: str = "", *, failed: bool = False) -> None:
        self.counts[outcome] += 1
        self.failed += failed
        if failed or of:
            print(f"{self.attack}: {outcome}: {of}", flush=True)

    def __str__(self) -> str:
        counts = ", ".join(f"{count} {outcome}" for outcome, count in self.counts.most_common())
        return f"{self.attack}: {self.counts.total()} tried, {self.failed} failed ({counts})"


def assistant(index: Path) -> Assistant:
    return Assistant(load_config().model_copy(update={"index": index, "llm": LlmSettings(model="none")}))


def ingested(index: Path, begun: Event | None = None) -> int:
    """The number of articles when all of the corpus is in."""
    opened = assistant(index)
    opened.embedder.embed_queries(["x"])
    if begun:
        begun.set()
    opened.ingest([CORPUS])
    found = len(opened.articles())
    opened.close()
    return found


def asked(index: Path) -> Outcome:
    """How a question to a collection ends."""
    try:
        opened = assistant(index)
        found = opened.ask(QUESTION, mode="extractive")
        opened.close()
    except HoidapError as error:
        return "error", str(error)
    except Exception as error:
        return f"{type(error).__name__}", str(error)
    return "answer", found.text


@contextmanager
def worker() -> Iterator[Callable[[Path], Outcome]]:
    """Asks in a process of its own, which may crash or hang."""
    pool = ProcessPoolExecutor(1, get_context("spawn"))

    def ask(index: Path) -> Outcome:
        nonlocal pool
        try:
            return pool.submit(asked, index).result(LIMIT)
        except (BrokenProcessPool, TimeoutError) as error:
            for process in (pool._processes or {}).values():
                process.kill()
            pool.shutdown(wait=False)
            pool = ProcessPoolExecutor(1, get_context("spawn"))
            return f"crash or hang ({type(error).__name__})", ""

    try:
        yield ask
    finally:
        pool.shutdown()


def kills(count: int, chance: random.Random, folder: Path) -> Tally:
    tally, spawn = Tally("kills"), get_context("spawn")
    begin = time.monotonic()
    articles = ingested(folder / "whole")
    duration = time.monotonic() - begin
    with worker() as ask:
        expected = ask(folder / "whole")
        for number in range(count):
            index, begun, after = folder / f"killed-{number}", spawn.Event(), chance.uniform(0, duration)
            process = spawn.Process(target=ingested, args=(index, begun))
            process.start()
            begun.wait(LIMIT)
            time.sleep(after)
            process.kill()
            process.join()
            at = f"{after:.2f} s after the begin ({'done' if process.exitcode == 0 else 'killed'})"
            left, message = ask(index)
            if left not in ("answer", "error"):
                tally.add(f"{left} on what was left", f"{at}: {message}", failed=True)
            elif (found := ingested(index)) != articles or (again := ask(index)) != expected:
                tally.add("not whole after the next ingest", f"{at}: {found} articles, {again}", failed=True)
            else:
                tally.add(f"whole again after an {left}")
            shutil.rmtree(index, ignore_errors=True)
    return tally


def flips(count: int, chance: random.Random, folder: Path) -> Tally:
    tally, whole = Tally("flips"), folder / "whole"
    if not whole.exists():
        ingested(whole)
    files = sorted(path.relative_to(whole) for path in whole.rglob("*") if path.is_file() and path.stat().st_size)
    with worker() as ask:
        expected = ask(whole)
        for _ in range(count):
            index = Path(shutil.copytree(whole, folder / "flipped"))
            # What is derived is made again when its checksum is another; the store is all that there is.
            file = Path(FILE) if chance.random() < 0.5 else chance.choice(files)
            content = bytearray((index / file).read_bytes())
            bit = chance.randrange(len(content) * 8)
            content[bit // 8] ^= 1 << bit % 8
            (index / file).write_bytes(content)
            found = ask(index)
            if found == expected:
                tally.add("the same answer")
            elif found[0] == "answer":
                tally.add("another answer", f"bit {bit} of {file}: {found[1]}")
            else:
                tally.add(found[0], f"bit {bit} of {file}: {found[1]}", failed=found[0] != "error")
            shutil.rmtree(index)
    return tally


def mutated(content: bytes, chance: random.Random) -> bytes:
    """The content after a few changes of bytes, and cuts, repetitions and moves of pieces."""
    changed = bytearray(content)
    for _ in range(chance.randint(1, 8)):
        start = chance.randrange(len(changed) + 1)
        piece = changed[start : start + chance.choice((1, 10, 1000))]
        match chance.randrange(5):
            case 0:
                del changed[start:]
            case 1:
                del changed[start : start + len(piece)]
            case 2:
                changed[start:start] = piece * chance.choice((1, 10, 1000))
            case 3:
                changed[start : start + len(piece)] = chance.randbytes(len(piece))
            case _:
                odd = chance.choice((b"\x00", b"\xff\xfe", b"---\n", b"[[[", b"<div>", b'{"text":', b"\xf0\x9f"))
                changed[start:start] = odd * chance.choice((1, 500))
    return bytes(changed)


def malformed_files(count: int, chance: random.Random, folder: Path) -> Tally:
    tally = Tally("files")
    files = sorted(CORPUS.iterdir())
    for number in range(count):
        origin = chance.choice(files)
        suffix = chance.choice(files).suffix if chance.random() < 0.2 else origin.suffix
        file = folder / f"{number}{suffix}"
        file.write_bytes(mutated(origin.read_bytes(), chance))
        begin = time.process_time()
        try:
            found = [type(each).__name__ for each in load(file)]
        except Exception as error:
            tally.add(f"raised {type(error).__name__}", f"{file}: {error}", failed=True)
            continue
        if time.process_time() - begin > SLOW:
            tally.add("slow", f"{file}: {time.process_time() - begin:.0f} s", failed=True)
        else:
            tally.add("read" if "Loaded" in found else "error")
            file.unlink()
    return tally


def faults_of(found: Answer, of: Callable[[str], Article | None]) -> list[str]:
    """What an answer must not be: with a quote that stands nowhere, or other citations than markers."""
    faults = []
    for citation in found.citations:
        source = of(citation.quote.article_id)
        if source is None or source.text[citation.quote.start : citation.quote.end] != citation.quote.text:
            faults.append(f"quote {citation.marker} stands nowhere")
        if f"[{citation.marker}]" not in found.text:
            faults.append(f"marker {citation.marker} is not in the text")
    return faults


def questions(count: int, seed_of: int, folder: Path) -> Tally:
    tally, whole = Tally("questions"), folder / "whole"
    if not whole.exists():
        ingested(whole)
    opened = assistant(whole)
    words = sorted({word for each in opened.articles() for word in each.title.split()})
    asking = st.sampled_from(
        ("bao nhiêu", "là ai", "ở đâu", "so với", "nó", "năm ngoái", "how long", "?", "tóm tắt", "có")
    )
    mixed = st.lists(st.sampled_from(words) | asking | texts, min_size=1, max_size=12).map(" ".join)

    @seed(seed_of)
    @settings(
        max_examples=count, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=[*HealthCheck]
    )
    @given(mixed | texts, st.lists(st.tuples(mixed, texts), max_size=2))
    def ask(question: str, turns: list[tuple[str, str]]) -> None:
        try:
            found = opened.ask(question, [Turn(*turn) for turn in turns], mode="extractive")
            faults = faults_of(found, opened.article)
        except HoidapError:
            tally.add("error")
        except Exception as error:
            tally.add(f"raised {type(error).__name__}", f"{question!r} after {turns!r}: {error}", failed=True)
        else:
            of = f"{question!r} after {turns!r}: {', '.join(faults)}" if faults else ""
            tally.add("wrong" if faults else found.status, of, failed=bool(faults))

    ask()
    opened.close()
    return tally


def faults_on(page: str) -> list[str]:
    """What of an article has become markup on a page."""
    outline = Outline(page)
    faults = [f"tag {tag}" for tag, _ in outline.tags if tag not in TAGS]
    faults += [f"attribute {name}" for _, attributes in outline.tags for name in attributes if name.startswith("on")]
    links = (href or "" for href in outline.hrefs())
    faults += [f"link {href}" for href in links if not re.match(r"#(?:cite|edit)-|https?://", href)]
    return faults + (["a blank line"] if "\n\n" in page else [])


def pages(count: int, seed_of: int) -> Tally:
    tally = Tally("pages")
    scripts = st.lists(st.sampled_from(HOSTILE) | texts, min_size=1, max_size=6).map("".join)
    addresses = scripts | scripts.map("https://a.b/{}".format) | scripts.map("javascript:{}".format)

    @seed(seed_of)
    @settings(
        max_examples=count, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=[*HealthCheck]
    )
    @given(scripts, scripts, addresses)
    def show(text: str, title: str, address: str) -> None:
        shown = article(f"Trước. {text} Sau.", title, address)
        span = quote(shown, text)
        told = answer(f"{text} [1]", Citation(1, span, "partly"), notice=title)
        try:
            made = (
                render.answer_html(told, "1", VIETNAMESE),
                sources.quotes_html(told, "1", VIETNAMESE),
                sources.evidence_html({1: span}, "1", VIETNAMESE),
                article_page.article_html(shown, span, [], VIETNAMESE),
                article_page.gone_html(span, VIETNAMESE),
            )
            faults = [fault for page in made for fault in faults_on(page)]
        except Exception as error:
            faults = [f"raised {type(error).__name__}: {error}"]
        of = f"{text!r}, {title!r}, {address!r}: {', '.join(faults)}" if faults else ""
        tally.add("wrong" if faults else "harmless", of, failed=bool(faults))

    show()
    return tally


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("kills", 20), ("flips", 100), ("files", 1000), ("questions", 300), ("pages", 1000)):
        parser.add_argument(f"--{name}", type=int, default=default, metavar="N")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="by default another each time")
    given_ = parser.parse_args()
    print(f"--seed {given_.seed}", flush=True)
    folder = Path(tempfile.mkdtemp(prefix="attack-"))
    attacks: tuple[tuple[int, Callable[[int], Tally]], ...] = (
        (given_.kills, lambda count: kills(count, random.Random(given_.seed), folder)),
        (given_.flips, lambda count: flips(count, random.Random(given_.seed), folder)),
        (given_.files, lambda count: malformed_files(count, random.Random(given_.seed), folder)),
        (given_.questions, lambda count: questions(count, given_.seed, folder)),
        (given_.pages, lambda count: pages(count, given_.seed)),
    )
    tallies = [attack(count) for count, attack in attacks if count]
    print(*tallies, sep="\n")
    failed = any(tally.failed for tally in tallies)
    if failed:  # files that failed lie there
        print(f"see {folder}")
    else:
        shutil.rmtree(folder)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
