"""Attacks on a collection: its ingestion is killed, and bits of its files are flipped.

Texts are embedded by a stand-in for the model, so that most of the time goes where the collection is written.
"""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from glob import glob
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
# What lies in the folder of a collection after each stage of an ingestion: the begin, the first write, articles and
# vectors, and all but the last commit. The longest takes about so many seconds.
STAGES = ("", f"{FILE}-wal", "dense.faiss", "SHA256SUMS")
LONGEST_STAGE = 0.4

Outcome = tuple[str, str]
"""How it ended (`answer`, `error`, or the failure), and the answer or message."""


def opened(index: Path) -> Assistant:
    """An assistant without a language model."""
    return Assistant(load_config().model_copy(update={"index": index, "llm": LlmSettings(model="none")}))


def ingested(index: Path, begun: Event | None = None, paths: Sequence[Path] = (CORPUS,)) -> None:
    """Bring the corpus in, or some of it."""
    with patch("rag.models.loaded.load_embedder", lambda *_: HashEmbedder()):
        assistant = opened(index)
        assistant.embedder.embed_queries(["x"])
        if begun:
            opened(warm := index.with_name("warm")).ingest([next(CORPUS.glob("*.html"))])  # loads what is loaded once
            shutil.rmtree(warm)
            begun.set()
        assistant.ingest(paths)
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
    """SIGKILL while files are added, at a random time after a stage of it: what was there before or what comes after.

    Where nothing was there, an error that says so is right too. The next ingestion makes it whole.
    """
    chance, spawn, whole, few = random.Random(seed), get_context("spawn"), _whole(folder), _few(folder)
    with worker() as ask:
        expected, earlier = ask(whole), ask(few)
        for number in range(count):
            index, stage = folder / "killed", STAGES[number % len(STAGES)]
            added = chance.random() < 0.5
            if added:
                shutil.copytree(few, index)
            had, begun, after = len(_made(index, stage)), spawn.Event(), chance.uniform(0, LONGEST_STAGE)
            process = spawn.Process(target=ingested, args=(index, begun))
            process.start()
            begun.wait(LIMIT)
            while stage and process.is_alive() and len(_made(index, stage)) <= had:
                time.sleep(0.001)
            process.join(after)
            process.kill()
            process.join()
            ended = "done" if process.exitcode == 0 else "killed"
            at = f"{after:.2f} s after {stage or 'the begin'} ({ended}, {'some' if added else 'none'} before)"
            left = ask(index)
            state = "all" if left == expected else "what was there" if added and left == earlier else left[0]
            if state not in ("all", "what was there") and (added or state != "error"):
                tally.add(f"{state} on what was left", f"{at}: {left[1][:300]}", failed=True)
            ingested(index)
            if not (found := integrity(index)).whole:
                tally.add("damaged after the next ingestion", f"{at}: {found}", failed=True)
            elif (again := ask(index)) != expected:
                tally.add("other answers after the next ingestion", f"{at}: {again}", failed=True)
            else:
                tally.add(f"{ended} after {stage or 'the begin'}, {'nothing' if state == 'error' else state} left")
            shutil.rmtree(index)


def _made(index: Path, name: str) -> list[str]:
    return glob(f"{index}/**/{name}", recursive=True) if name else []


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


def _few(folder: Path) -> Path:
    if not (folder / "few").exists():
        ingested(folder / "few", paths=sorted(CORPUS.iterdir())[::2])
    return folder / "few"
