"""No function over text takes more than linear time, whatever is repeated in the text.

pytest tests/benchmarks/growth.py (two minutes on a quiet machine; it measures processor time, so it is run by hand)

A pattern is repeated to n, 2n and 4n characters. Where the longest takes more than `FLOOR`, each doubling of the text
may at most double the processor time, give or take what the measurement itself is worth. Add patterns to `PATTERNS` and
functions to `FUNCTIONS`: each is tried with each.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date

import pytest

from rag.answering.caveats import caveats
from rag.answering.citations import cite
from rag.answering.conflicts import find_conflicts
from rag.answering.quote import Quote
from rag.answering.refusal import refusal
from rag.answering.verification import LONGEST_CLAIM, RuleCheck
from rag.prompt_injection import is_injection
from rag.query.conversation import Turn
from rag.query.followup import standalone
from rag.query.query import make_query
from rag.retrieval.passage import Passage
from rag.text.dates import dates
from rag.text.quantities import quantities
from rag.text.sentences import sentences
from rag.text.words import words
from tests.doubles import EmptyTermStatistics, HashEmbedder, SharedWordsCheck

PATTERNS = (
    # Blanks, marks and brackets.
    " ", "\n", "\t \u3000", "a", "-", "a-", "a.", "A. ", ".", "…", "?", "#", "# ", "*", "_", "(", "[", "[1", "[1,",
    "[1]", "[1] ", "[ 1 ; 2 ]", "\"", "“a”", "«a» ", "'", "x@", "a.b/c", "https://a.b ", "www.",
    # Numbers, dates and units.
    "1", "1.", "1,", "1.000.000 ", "12 ", "12-", "1/", "1/2/", "21/7/2016 ", "21/7 ", "ngày 2 tháng 9 ", "5 triệu ",
    "mười ", "năm ", "từ 5 đến 7 km, ", "8h", "8:30 ", "2016年7月21日", "July 21, 2016 ", "80% ", "QL1A ",
    "12/2021/NQ-HĐND ",
    # Names and words.
    "La ", "La La Xo ", "Hà Nội – ", "Lê Văn ", "Nguyễn ", "ông ", "Ông A và ông B, ", "TP.Huế ", "TS. ", "UBND ",
    "và ", "không ", "không tìm thấy ", "not mention ", "wasn't", "ở đâu ", "bao nhiêu ", "nó ", "năm ngoái ",
    "họ là ai? ", "tuyến đường sắt đô thị ", "the bridge is ", "x" * 90 + " ", "e\u0301", "hoà ", "Đ",
    # Scripts and signs.
    "北京是首都。", "韩国的 Samsung ", "東京に", "กรุงเทพ", "서울은 ", "😀", "👩\u200d👧", "🇻🇳", "\u0300", "\u200b", "ﬁ",
    # Orders to a model.
    "bỏ qua ", "ignore ", "hãy trả lời ", "<|", "<|im_end|>", "<|im_start|>system ", "</s>", "[INST]", "### ",
    "system: ",
)  # fmt: skip


def quote(text: str, published: str = "2016-07-21", article: str = "a") -> Quote:
    return Quote(article, text[:100], "", published, "vi", 0, len(text), text, 1.0, (0, min(len(text), 40)), 0.9)


FACT = quote("Cầu Rồng dài 666 m, bắc qua sông Hàn.")


def cited(text: str) -> None:
    cite(text, [FACT, FACT], SharedWordsCheck())


def checked_claim(text: str) -> None:
    """A claim that is as long as one may be."""
    RuleCheck().check(text[:LONGEST_CLAIM], [FACT, quote(text[:LONGEST_CLAIM])])


def checked_quote(text: str) -> None:
    RuleCheck().check("Cầu Rồng dài 666 m và cầu Vàng dài 150 m.", [FACT, quote(text)])


QUERY = make_query("Cầu Rồng dài bao nhiêu mét?", EmptyTermStatistics(), HashEmbedder())
PASSAGE = Passage("a", 1, "Cầu Rồng", "a", None, "vi", FACT.text, 0, len(FACT.text), 1.0, 1.0)


def conflicting(text: str) -> None:
    quotes = [FACT, quote(text), quote(f"{text} 7", "2018-07-21", "b")]
    caveats(QUERY, quotes, find_conflicts(QUERY, quotes).among(quotes), date(2026, 1, 1))


def refused(text: str) -> None:
    refusal(QUERY, "vi", [replace(PASSAGE, text=text)])


def refused_question(text: str) -> None:
    refusal(replace(QUERY, text=text), "vi", [PASSAGE])


def followed_up(text: str) -> None:
    standalone(text, [Turn("Cầu Rồng dài bao nhiêu mét?", "Cầu Rồng dài 666 m.")])


def follows_up(text: str) -> None:
    standalone("Nó ở đâu?", [Turn("Cầu Rồng dài bao nhiêu mét?", text)])


FUNCTIONS: dict[str, Callable[[str], object]] = {
    "sentences": sentences,
    "words": words,
    "dates": dates,
    "quantities": quantities,
    "standalone, of a question": followed_up,
    "standalone, of an answer before": follows_up,
    "is_injection": is_injection,
    "cite": cited,
    "RuleCheck.check, of a claim": checked_claim,
    "RuleCheck.check, of a quote": checked_quote,
    "caveats": conflicting,
    "refusal, of a passage": refused,
    "refusal, of a question": refused_question,
}
# Known to take the square of the number of days: each is cut out of the whole text and held against all before it.
NOT_LINEAR = {
    "quantities": {
        "1/2/",
        "21/7/2016 ",
        "21/7 ",
        "ngày 2 tháng 9 ",
        "2016年7月21日",
        "July 21, 2016 ",
        "12/2021/NQ-HĐND ",
    }
}
SHORTEST = 1000  # characters, a quarter of those of the longest text
FLOOR = 0.015  # seconds, under which growth cannot be told from noise
MOST = 2 * 1.3  # times, that a doubling of the text may take
LIMIT = 20.0  # seconds, for one function
ATTEMPTS = 3  # at a measurement that another process disturbs


def seconds(function: Callable[[str], object], pattern: str, length: int, times: int) -> float:
    """The least processor time of so many calls; no two texts are the same, so that nothing kept answers for them."""
    text = (pattern * (length // len(pattern) + 1))[:length]
    best = float("inf")
    for number in range(times):
        started = time.process_time()
        function(f"{text} {number}")
        best = min(best, time.process_time() - started)
    return best


def growth(function: Callable[[str], object], pattern: str) -> float:
    """How many times as long a call takes when its text doubles, the larger of two; 0 where it is below the floor."""
    if seconds(function, pattern, 4 * SHORTEST, 1) < FLOOR:
        return 0.0
    found = []
    for _ in range(ATTEMPTS):
        one, two, four = (seconds(function, pattern, factor * SHORTEST, 3) for factor in (1, 2, 4))
        found.append(max(two / one, four / two) if four >= FLOOR else 0.0)
        if found[-1] <= MOST:
            break
    return min(found)


@pytest.fixture
def limited() -> Iterator[None]:
    """Ends a test that takes longer, in whatever it is."""

    def ended(*_: object) -> None:
        raise TimeoutError(f"more than {LIMIT:g} s of processor time")

    before = signal.signal(signal.SIGPROF, ended)
    signal.setitimer(signal.ITIMER_PROF, LIMIT)
    yield
    signal.setitimer(signal.ITIMER_PROF, 0)
    signal.signal(signal.SIGPROF, before)


@pytest.mark.usefixtures("limited")
@pytest.mark.parametrize("name", FUNCTIONS)
def test_time_grows_no_faster_than_the_text(name: str) -> None:
    FUNCTIONS[name]("Nó dài 666 m [1].")  # loads what is loaded once
    tried = [pattern for pattern in PATTERNS if pattern not in NOT_LINEAR.get(name, ())]
    found = {pattern: growth(FUNCTIONS[name], pattern) for pattern in tried}
    assert {pattern: round(factor, 1) for pattern, factor in found.items() if factor > MOST} == {}


def test_what_takes_the_square_of_the_length_is_found() -> None:
    assert growth(lambda text: sum(range(len(text) ** 2 // 10)), "ab") > MOST
    assert growth(lambda text: sum(range(len(text) * 400)), "ab") <= MOST
