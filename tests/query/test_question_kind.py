"""The kind of reply that a question wants, by the weights that ship."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given

from rag.models.embedder import Embedder
from rag.models.weights_file import read_weights, using_weights
from rag.query.query import make_query
from rag.query.question_kind import (
    KINDS,
    QuestionKind,
    QuestionKindWeights,
    gram_signals,
    grams,
    probabilities,
    question_kind,
    rule_signals,
)
from tests.doubles import EmptyTermStatistics, HashEmbedder
from tests.strategies import texts

CLEAR: dict[QuestionKind, tuple[str, ...]] = {
    "fact": ("Cầu Long Biên dài bao nhiêu mét?", "Quand a été construite la tour Eiffel ?"),
    "yes_no": (
        "Cầu Long Biên có phải do Eiffel xây không?",
        "Is Hanoi the capital of Vietnam?",
        "河内是越南的首都吗？",
    ),
    "list": ("Kể tên các ga của tuyến Cát Linh – Hà Đông", "Quels sont les pays membres ?"),
    "explanation": ("Vì sao cầu Long Biên được xây dựng?", "Why is the sky blue?", "为什么天空是蓝色的？"),
    "definition": ("Lạm phát là gì?", "Qu'est-ce que l'inflation ?"),
    "summary": ("Tóm tắt bài về bão Yagi", "Summarize the article about Son Doong"),
    "comparison": ("So sánh cầu Long Biên với cầu Nhật Tân", "北京和上海哪个更大？"),
    "latest": ("Tin mới nhất về bão Yagi", "What is the latest news on the cave?"),
    "collection": ("Bộ sưu tập có bao nhiêu bài viết?", "How many articles do you have?", "你有多少篇文章？"),
    "small_talk": ("Xin chào", "Merci beaucoup"),
    "order": ("Viết cho tôi một bài thơ", "Write me a poem", "帮我写一首诗"),
    "vague": ("Metro", "bão Yagi thì sao"),
}


def made(width: int, *, likely: QuestionKind = "fact", **least: float) -> QuestionKindWeights:
    """Weights by which one kind is a little likelier than the others, whatever is asked."""
    none = (0.0,) * len(KINDS)
    constant = tuple(float(kind == likely) for kind in KINDS)
    return QuestionKindWeights(constant, (none,) * width, (none,) * len(rule_signals("")), {}, least)


@pytest.mark.parametrize(("kind", "question"), [(kind, each) for kind, known in CLEAR.items() for each in known])
def test_a_clear_question_is_of_its_kind(embedder: Embedder, kind: QuestionKind, question: str) -> None:
    assert question_kind(question, embedder.embed_queries([question])[0]) == kind


def test_there_is_a_clear_question_of_every_kind() -> None:
    assert tuple(CLEAR) == KINDS


def test_a_query_carries_its_kind(embedder: Embedder) -> None:
    query = make_query("Tóm tắt bài về bão Yagi", EmptyTermStatistics(), embedder)
    assert (query.kind, query.latest, query.polar) == ("summary", False, False)
    assert {*query.content} == {"bão", "yagi"}
    assert make_query("Tin mới nhất về bão Yagi", EmptyTermStatistics(), embedder).latest
    assert make_query("Cầu Long Biên có phải do Eiffel xây không?", EmptyTermStatistics(), embedder).polar


def test_the_weights_are_for_one_embedding_model() -> None:
    assert make_query("Tóm tắt bài về bão Yagi", EmptyTermStatistics(), HashEmbedder()).kind == "fact"


def test_what_is_not_sure_counts_as_a_fact() -> None:
    vector = np.zeros(3, np.float32)
    likely = math.e / (math.e + len(KINDS) - 1)
    for least, kind in ((0.0, "vague"), (likely - 0.01, "vague"), (likely + 0.01, "fact"), (1.0, "fact")):
        with using_weights("question_kinds", made(3, likely="vague", vague=least)):
            assert question_kind("Metro", vector) == kind


def test_probabilities_are_those_of_a_softmax() -> None:
    found = probabilities("Metro", np.zeros(3, np.float32), made(3, likely="order"))
    assert found["order"] == pytest.approx(math.e / (math.e + len(KINDS) - 1))
    assert {found[kind] for kind in KINDS if kind != "order"} == {found["fact"]}


def test_a_vector_and_a_word_and_a_rule_add_up() -> None:
    plain = made(2)
    order = tuple(float(kind == "order") for kind in KINDS)
    none = (0.0,) * len(KINDS)
    length = len(plain.rules)
    asked, vector = "Viết thơ", np.array([0.6, 0.8], np.float32)
    for richer in (
        replace(plain, vector=(none, order)),
        replace(plain, grams={"viet": order}),
        replace(plain, rules=(none,) * (length - 1) + (order,)),
    ):
        assert probabilities(asked, vector, richer)["order"] > probabilities(asked, vector, plain)["order"]


@given(text=texts)
def test_probabilities_sum_to_one(text: str) -> None:
    weights = read_weights("question_kinds", QuestionKindWeights).weights
    vector = np.full(len(weights.vector), len(weights.vector) ** -0.5, np.float32)
    found = probabilities(text, vector, weights)
    assert tuple(found) == KINDS
    assert sum(found.values()) == pytest.approx(1)
    assert min(found.values()) >= 0


@given(text=texts)
def test_the_words_of_a_question_have_a_length_of_one(text: str) -> None:
    found = gram_signals(text, dict.fromkeys(grams(text)))
    assert {*found} == {*grams(text)}
    assert math.sqrt(sum(value**2 for value in found.values())) == pytest.approx(1)
    assert gram_signals(text, {}) == {}


def test_words_and_pairs_are_without_diacritics_and_know_the_ends() -> None:
    assert grams("Lạm phát?") == ["^", "lam", "phat", "$", "^ lam", "lam phat", "phat $", "?"]
    assert grams("") == ["^", "$", "^ $"]
    assert grams("谁？")[-1] == "?"


def test_a_word_that_comes_again_counts_by_its_logarithm() -> None:
    found = gram_signals("ga ga ga tàu", {"ga": 0, "tau": 0})
    assert found["ga"] / found["tau"] == pytest.approx(1 + math.log(3))


def test_rules_say_what_the_question_words_say() -> None:
    polar, several, number, name, latest, two, four = range(7)
    assert rule_signals("Cầu có dài không?")[polar] == 1
    assert rule_signals("Tuyến dài bao nhiêu km, có bao nhiêu ga?")[several] == 1
    assert rule_signals("Cầu dài bao nhiêu?")[number] == 1
    assert rule_signals("Ai xây cầu?")[name] == 1
    assert rule_signals("Giá vàng hiện nay?")[latest] == 1
    assert [rule_signals("Xin chào")[place] for place in (two, four)] == [1, 1]
    assert [rule_signals("Chào bạn thân mến")[place] for place in (two, four)] == [0, 1]


def test_the_weights_that_ship_are_of_all_kinds() -> None:
    weights = read_weights("question_kinds", QuestionKindWeights).weights
    assert len(weights.rules) == len(rule_signals(""))
    for row in (weights.constant, *weights.vector, *weights.rules, *weights.grams.values()):
        assert len(row) == len(KINDS)
    assert {*weights.least} == {*KINDS} - {"fact"}
    assert all(0 < least <= 1 for least in weights.least.values())
