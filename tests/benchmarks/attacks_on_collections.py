"""Attacks on a collection: its ingestion is killed, and bits of its files are flipped.

Texts are embedded by a stand-in for the model, so that most of the time goes where the collection is written.
"""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.synchronize import Event
from pathlib import Path
from unittest.mock import patch

from rag.assistant import Assistant
from rag.config import LlmSettings, load_config
from rag.errors import HoidapError
from rag.index.integrity import integrity
from rag.index.sqlite_store import FILE
from tests.benchmarks.attack_tally import Tally
from tests.doubles import HashEmbedder

CORPUS = Path(__file__).parents[1] / "corpus"
QUESTION = "Cầu Long Biên dài bao nhiêu mét?"
LIMIT = 600.0  # seconds, for what a process is asked to do

Outcome = tuple[str, str]
"""How it ended (`answer`, `error`, or the failure), and the answer or message."""


def opened(index: Path) -> Assistant:
    """An assistant without a language model."""
    return Assistant(load_config().model_copy(update={"index": index, "llm": LlmSettings(model="none")}))


def ingested(index: Path, begun: Event | None = None) -> None:
    """Bring all of the corpus in."""
    with patch("rag.models.loaded.load_embedder", lambda *_: HashEmbedder()):
        assistant = opened(index)
        assistant.embedder.embed_queries(["x"])
        if begun:
            opened(warm := index.with_name("warm")).ingest([next(CORPUS.glob("*.html"))])  # loads what is loaded once
            shutil.rmtree(warm)
            begun.set()
        assistant.ingest([CORPUS])
        assistant.close()


def asked(index: Path) -> Outcome:
    """How a question to a collection ends."""
    try:
        with patch("rag.models.loaded.load_embedder", lambda *_: HashEmbedder()):
            assistant = opened(index)
            found = assistant.ask(QUESTION, mode="extractive")
            texts = [article.text for each in assistant.articles() if (article := assistant.article(each.id))]
            assistant.close()
    except HoidapError as error:
        return "error", str(error)
    except Exception as error:
        return type(error).__name__, str(error)
    return "answer", "\n".join((found.text, *texts))


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


def kills(tally: Tally, count: int, seed: int, folder: Path) -> None:
    """SIGKILL at a random time of an ingestion: what is left opens or says why not, and the next one makes it whole."""
    chance, spawn, whole = random.Random(seed), get_context("spawn"), _whole(folder)
    begin = time.monotonic()
    ingested(folder / "timed")
    duration = time.monotonic() - begin
    shutil.rmtree(folder / "timed")
    with worker() as ask:
        expected = ask(whole)
        for number in range(count):
            index, begun, after = folder / "killed", spawn.Event(), chance.uniform(0, 1.2 * duration)
            process = spawn.Process(target=ingested, args=(index, begun))
            process.start()
            begun.wait(LIMIT)
            if number % 2:  # every second time while it is written
                while process.is_alive() and not (index / FILE).exists():
                    time.sleep(0.001)
                after /= 10
            process.join(after)
            process.kill()
            process.join()
            ended = "done" if process.exitcode == 0 else "killed"
            at = f"{after:.2f} s after {'the first write' if number % 2 else 'the begin'} ({ended})"
            left, message = ask(index)
            if left not in ("answer", "error"):
                tally.add(f"{left} on what was left", f"{at}: {message}", failed=True)
            ingested(index)
            if not (found := integrity(index)).whole:
                tally.add("damaged after the next ingestion", f"{at}: {found}", failed=True)
            elif (again := ask(index)) != expected:
                tally.add("other answers after the next ingestion", f"{at}: {again}", failed=True)
            else:
                tally.add(f"{ended}, {'nothing' if left == 'error' else 'answers'} left, whole after the next")
            shutil.rmtree(index)


def flips(tally: Tally, count: int, seed: int, folder: Path) -> None:
    """One bit of one file: the same answer, or an error that says what is wrong."""
    chance, whole = random.Random(seed), _whole(folder)
    files = sorted(path.relative_to(whole) for path in whole.rglob("*") if path.is_file() and path.stat().st_size)
    with worker() as ask:
        expected = ask(whole)
        for number in range(count):
            index = Path(shutil.copytree(whole, folder / "flipped"))
            # What is derived is made again when its checksum is another; the store is all that there is.
            file = Path(FILE) if number % 2 else files[number // 2 % len(files)]
            content = bytearray((index / file).read_bytes())
            bit = chance.randrange(len(content) * 8)
            content[bit // 8] ^= 1 << bit % 8
            (index / file).write_bytes(content)
            ended, message = found = ask(index)
            at, kind = f"bit {bit} of {file}", FILE if file.name == FILE else "derived"
            if found == expected:
                tally.add(f"{kind}: the same answer")
            elif ended == "answer" and integrity(index).whole:
                tally.add(f"{kind}: another answer, and nothing tells why", f"{at}: {message[:300]}", failed=True)
            elif ended == "answer":
                tally.add(f"{kind}: another answer, which `hoidap verify` tells")
            else:
                tally.add(f"{kind}: {ended}", "" if ended == "error" else f"{at}: {message}", failed=ended != "error")
            shutil.rmtree(index)


def _whole(folder: Path) -> Path:
    if not (folder / "whole").exists():
        ingested(folder / "whole")
    return folder / "whole"
