from __future__ import annotations

from pathlib import Path

import pytest

from rag.models.pinned_embedding import exported_graph
from rag.models.tokenizer import UnigramTokenizer
from rag.training.examples import TrainingExample, TrainingExamples
from rag.training.qa_dataset import QaRecord

TEXTS = [
    f"Cầu số {number} dài {450 + number} m. " + "Cầu rất đẹp và có nhiều người đến thăm. " * 12 for number in range(9)
]


def record(number: int, language: str = "vi") -> QaRecord:
    text, answer = TEXTS[number], f"{450 + number} m"
    start = text.index(answer)
    return QaRecord(
        f"q{number}", f"Cầu số {number} dài bao nhiêu?", "Cầu", text, ((start, start + len(answer)),), language
    )


RECORDS = [record(number) for number in range(9)]


@pytest.fixture(scope="module")
def tokenizer(models_folder: Path) -> UnigramTokenizer:
    return UnigramTokenizer(exported_graph(models_folder))


def answer_tokens(example: TrainingExample) -> list[int]:
    return example.window.tokens[example.start : example.end + 1]


def test_the_span_of_an_example_is_the_answer(tokenizer: UnigramTokenizer) -> None:
    mark = tokenizer.ids["▁"]  # stands for no letter
    answers = [[each for each in tokenizer.encode(f"{450 + number} m") if each != mark] for number in range(9)]
    for batch in TrainingExamples(tokenizer, RECORDS, 128, 1).batches(16):
        for each in batch:
            assert each.window.first <= each.start <= each.end < len(each.window.tokens) - 1
            assert answer_tokens(each) in answers


def test_no_answer_is_the_first_token(tokenizer: UnigramTokenizer) -> None:
    unanswerable = QaRecord("q", "Gì?", "", TEXTS[0], (), "vi")
    for batch in TrainingExamples(tokenizer, [unanswerable], 64, 1).batches(16):
        assert {(each.start, each.end) for each in batch} == {(0, 0)}


def test_a_long_answer_is_cut_to_the_window(tokenizer: UnigramTokenizer) -> None:
    text = "một hai ba bốn năm " * 80
    long = QaRecord("q", "Gì?", "", text, ((0, len(text)),), "vi")
    for batch in TrainingExamples(tokenizer, [long], 64, 1).batches(16):
        for each in batch:
            assert each.start == each.window.first
            assert each.end == len(each.window.tokens) - 2


def test_the_same_seed_gives_the_same_and_goes_on_between_pools(tokenizer: UnigramTokenizer) -> None:
    one, again, other = (list(TrainingExamples(tokenizer, RECORDS, 300, seed).batches(2)) for seed in (1, 1, 2))
    assert one == again != other
    assert sum(map(len, one)) == 300
    assert list(TrainingExamples(tokenizer, RECORDS, 300, 1).batches(2, 128)) == one[64:]
    assert not list(TrainingExamples(tokenizer, RECORDS, 300, 1).batches(2, 300))


def test_the_vocabulary_holds_every_token(tokenizer: UnigramTokenizer) -> None:
    examples = TrainingExamples(tokenizer, RECORDS, 64, 1)
    shown = {number for batch in examples.batches(16) for each in batch for number in each.window.tokens}
    assert shown <= examples.vocabulary()
