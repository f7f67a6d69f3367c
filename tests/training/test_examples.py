from __future__ import annotations

from pathlib import Path

import pytest

from rag.models.embedder import prepare
from rag.models.tokenizer import UnigramTokenizer
from rag.text.normalize import fold
from rag.training.examples import Example, Examples, mixture
from rag.training.qa_dataset import Question

TEXTS = [
    f"Cầu số {number} dài {450 + number} m. " + "Cầu rất đẹp và có nhiều người đến thăm. " * 12 for number in range(9)
]


def question(number: int, language: str = "vi") -> Question:
    text, said = TEXTS[number], f"{450 + number} m"
    start = text.index(said)
    return Question(
        f"q{number}", f"Cầu số {number} dài bao nhiêu?", "Cầu", text, ((start, start + len(said)),), language
    )


QUESTIONS = [question(number) for number in range(9)]


@pytest.fixture(scope="module")
def pieces(models_folder: Path) -> UnigramTokenizer:
    return UnigramTokenizer(prepare(models_folder))


def said(pieces: UnigramTokenizer, example: Example) -> list[int]:
    return example.window.pieces[example.start : example.end + 1]


def test_the_span_of_an_example_says_the_answer(pieces: UnigramTokenizer) -> None:
    mark = pieces.numbers["▁"]  # stands for no letter
    answers = [[each for each in pieces.encode(f"{450 + number} m") if each != mark] for number in range(9)]
    for batch in Examples(pieces, QUESTIONS, 128, 1).batches(16):
        for each in batch:
            assert each.window.first <= each.start <= each.end < len(each.window.pieces) - 1
            assert said(pieces, each) in answers


def test_no_answer_is_the_first_piece(pieces: UnigramTokenizer) -> None:
    asked = Question("q", "Gì?", "", TEXTS[0], (), "vi")
    for batch in Examples(pieces, [asked], 64, 1).batches(16):
        assert {(each.start, each.end) for each in batch} == {(0, 0)}


def test_of_a_long_answer_the_beginning_is_learnt(pieces: UnigramTokenizer) -> None:
    text = "một hai ba bốn năm " * 80
    asked = Question("q", "Gì?", "", text, ((0, len(text)),), "vi")
    for batch in Examples(pieces, [asked], 64, 1).batches(16):
        for each in batch:
            assert each.start == each.window.first
            assert each.end == len(each.window.pieces) - 2


def test_the_same_seed_gives_the_same_and_goes_on_between_pools(pieces: UnigramTokenizer) -> None:
    one, again, other = (list(Examples(pieces, QUESTIONS, 300, seed).batches(2)) for seed in (1, 1, 2))
    assert one == again != other
    assert sum(map(len, one)) == 300
    assert list(Examples(pieces, QUESTIONS, 300, 1).batches(2, 128)) == one[64:]
    assert not list(Examples(pieces, QUESTIONS, 300, 1).batches(2, 300))


def test_the_vocabulary_holds_every_piece(pieces: UnigramTokenizer) -> None:
    examples = Examples(pieces, QUESTIONS, 64, 1)
    shown = {number for batch in examples.batches(16) for each in batch for number in each.window.pieces}
    assert shown <= examples.vocabulary()


def test_some_are_asked_before_a_text_that_does_not_answer() -> None:
    questions = QUESTIONS * 40
    mixed = mixture([questions], lambda _: (), 1)
    assert len(mixed) == len(questions)
    unanswered = [each for each in mixed if not each.answers]
    assert 0.2 < len(unanswered) / len(mixed) < 0.4
    for each in unanswered:
        own = QUESTIONS[int(each.id[1:])]
        ((start, end),) = own.answers
        assert own.text[start:end] not in each.text
    assert mixed == mixture([questions], lambda _: (), 1) != mixture([questions], lambda _: (), 2)


def test_misses_go_before_neighbours() -> None:
    mixed = mixture([QUESTIONS * 40], lambda _: [("Phở", "Phở rất ngon.")], 1)
    assert {each.text for each in mixed if not each.answers} == {"Phở rất ngon."}
    same = mixture([QUESTIONS * 40], lambda each: [("", each.text)], 1)
    assert all(each.answers for each in same)


def test_some_are_asked_without_diacritics_in_vietnamese_alone() -> None:
    mixed = mixture([QUESTIONS * 40, [question(1, "en")] * 100], lambda _: (), 1)
    bare = [each for each in mixed if each.question == fold(each.question)]
    assert {each.language for each in bare} == {"vi"}
    assert 0.1 < len(bare) / 360 < 0.3
