"""Many people at once: seconds until an answer is whole, errors, and answers that were somebody else's.

python tests/benchmarks/many_people.py GOLD.jsonl --index DIR [--people N] [--questions N] [--json FILE]

A copy of the collection is served as it is served to others: every person is a user, logs in, and asks in a
conversation of the person's own, the next question as soon as the answer before it is whole, quotes only. No two
people ask the same as long as there are enough questions. What a person is sent, and the conversation as it is
exported at the end, must hold the person's own questions in their order and nobody else's; the first question of each
is then asked once more with nobody else there, and its answer compared. Seconds hold for the machine as it was: its
load is printed beside them.
"""

from __future__ import annotations

import argparse
import html
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from rag import UserStore
from rag.evaluation.gold import load_gold
from rag.evaluation.metrics import percentile
from ui.escaping import plain

PASSWORD = "a password of many people"
STARTS, ANSWERS_WITHIN = 300.0, 600.0  # seconds


@dataclass
class Person:
    """Somebody who asks; what came of it is noted here."""

    name: str
    questions: list[str]
    port: int
    cookie: str = ""
    conversation: str = ""
    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)

    def log_in(self) -> None:
        """Get the cookie of a session."""
        form = urlencode({"name": self.name, "password": PASSWORD})
        _, cookie = self._asked("POST", "/login", form, "application/x-www-form-urlencoded")
        self.cookie = cookie.partition(";")[0]

    def ask_all(self) -> None:
        """Ask one question after the other."""
        for question in self.questions:
            begun = time.perf_counter()
            try:
                self.sent.append(self._ask(question))
            except (OSError, http.client.HTTPException, RuntimeError) as error:
                self.errors.append(f"{self.name}: {error!r}")
            else:
                self.seconds.append(time.perf_counter() - begun)

    def exported(self) -> list[dict[str, Any]]:
        """The questions of the conversation, with their answers."""
        text, _ = self._asked("GET", f"/page/vi/conversations/{self.conversation}/json")
        found: list[dict[str, Any]] = json.loads(text)["exchanges"]
        return found

    def _ask(self, question: str) -> str:
        call = {"fn_index": 0, "session_hash": "page", "data": [question, self.conversation, '{"mode": "extractive"}']}
        self._asked("POST", "/vi/gradio_api/queue/join", json.dumps(call))
        sent, _ = self._asked("GET", "/vi/gradio_api/queue/data?session_hash=page")
        messages = [json.loads(line.removeprefix("data: ")) for line in sent.splitlines() if line.startswith("data: ")]
        if not any(each.get("msg") == "process_completed" and each.get("success") for each in messages):
            raise RuntimeError(f"no answer: {sent[-300:]}")
        said = json.dumps(messages, ensure_ascii=False)
        if _in_page(question) not in said:
            raise RuntimeError("the question was not taken")
        listed, _ = self._asked("GET", "/page/vi/conversations")
        self.conversation = self.conversation or _id_in(listed)
        return said

    def _asked(self, method: str, path: str, body: str = "", kind: str = "application/json") -> tuple[str, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWERS_WITHIN)
        try:
            connection.request(method, path, body or None, {"Cookie": self.cookie, "Content-Type": kind})
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status} {text[:200]}")
        return text, answer.getheader("set-cookie", "")


@dataclass(frozen=True)
class Report:
    """What came of it: seconds by percentiles, of the crowd and alone; counts; the load before and after."""

    people: int
    asked: int
    answered: int
    errors: int
    mixed: int
    differing: int
    p50: float
    p95: float
    alone_p50: float
    whole_seconds: float
    load: tuple[float, float]


def measured(index: Path, questions: Sequence[str], people: int, each: int) -> tuple[Report, list[str]]:
    """Serve a copy of the collection to so many people; the report, and what went wrong in words."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "index")
        shutil.copytree(index, copy, ignore=shutil.ignore_patterns("*conversations*", "answers*", "users*"))
        names = [f"person {number}" for number in range(people)]
        for name in [*names, "alone"]:
            UserStore(copy).add(name, PASSWORD)
        with served(copy) as port:
            crowd = [
                Person(name, [questions[(each * number + k) % len(questions)] for k in range(each)], port)
                for number, name in enumerate(names)
            ]
            for person in crowd:
                person.log_in()
            load, begun = os.getloadavg()[0], time.perf_counter()
            threads = [threading.Thread(target=person.ask_all) for person in crowd]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            whole = time.perf_counter() - begun
            mixed = [problem for person in crowd for problem in strange(person, crowd)]
            alone, differing = compared(crowd, port)
    errors = [error for person in crowd for error in person.errors]
    seconds = [second for person in crowd for second in person.seconds]
    counts = (people, people * each, len(seconds), len(errors), len(mixed), len(differing))
    times = (percentile(seconds, 0.5), percentile(seconds, 0.95), percentile(alone, 0.5), whole)
    return Report(*counts, *times, (load, os.getloadavg()[0])), [*errors, *mixed, *differing]


def strange(person: Person, crowd: Sequence[Person]) -> Iterator[str]:
    """What a person was sent, or is kept for the person, that is not the person's own."""
    others = {question for other in crowd for question in other.questions} - set(person.questions)
    for sent in person.sent:
        for question in others:
            if _in_page(question) in sent:
                yield f"{person.name} was sent what another asked: {question}"
    kept = [exchange["question"] for exchange in person.exported()] if person.conversation else []
    if not person.errors and kept != person.questions:
        yield f"{person.name} has in the conversation: {kept}"


def compared(crowd: Sequence[Person], port: int) -> tuple[list[float], list[str]]:
    """The first questions asked once more, one by one: seconds of each, and those that are answered otherwise."""
    seconds, differing = [], []
    for person in crowd:
        alone = Person("alone", person.questions[:1], port)
        alone.log_in()
        alone.ask_all()
        seconds += alone.seconds
        if not (person.conversation and alone.conversation):
            continue
        theirs, own = person.exported()[0], alone.exported()[0]
        if (theirs["question"], theirs["answer"]) != (own["question"], own["answer"]):
            differing.append(f"{person.name}: {own['question']} is answered otherwise alone")
    return seconds, differing


@contextmanager
def served(index: Path) -> Iterator[int]:
    """The port of the chat over a collection, in a process of its own."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "rag", "serve", "--index", str(index), "--port", str(port)]
    process = subprocess.Popen(command, env={**os.environ, "HOIDAP_LLM__MODEL": "none"}, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        said = process.stdout.readline()  # the address, once it answers
        if not said:
            raise SystemExit("the chat does not start; see above")
        yield port
    finally:
        process.terminate()
        process.wait(30)


def _in_page(question: str) -> str:
    """A question as it stands in JSON that holds HTML."""
    return json.dumps(plain(question), ensure_ascii=False)[1:-1]


def _id_in(listed: str) -> str:
    return html.unescape(listed.partition('data-id="')[2].partition('"')[0])


def main() -> None:
    """Measure, print, and end with 1 where an answer was somebody else's or none came."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", type=Path)
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--people", type=int, default=10)
    parser.add_argument("--questions", type=int, default=5)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    questions = list(dict.fromkeys(each.question for each in load_gold(given.gold)))
    report, problems = measured(given.index, questions, given.people, given.questions)
    for problem in problems:
        print(problem, file=sys.stderr)
    print(
        f"{report.people} people, {report.asked} questions, {report.answered} answered, {report.errors} errors,"
        f" {report.mixed} mixed, {report.differing} answered otherwise alone\n"
        f"seconds until an answer is whole: p50 {report.p50:.1f}, p95 {report.p95:.1f}; alone p50"
        f" {report.alone_p50:.1f}; all of it {report.whole_seconds:.0f}\n"
        f"load of the machine: {report.load[0]:.1f} before, {report.load[1]:.1f} after, {os.cpu_count()} processors"
    )
    if given.json:
        given.json.write_text(json.dumps(asdict(report), indent=1), encoding="utf-8")
    sys.exit(bool(report.errors or report.mixed))


if __name__ == "__main__":
    main()
