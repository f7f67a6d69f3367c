from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answering.answer_spans import answer_span, plain
from rag.index.leg import TermStatistics
from rag.index.snapshot import Collection
from rag.models.embedder import Embedder
from rag.query.query import make_query
from rag.text.normalize import clean
from tests.doubles import HashEmbedder
from tests.strategies import texts


@pytest.fixture(scope="module")
def statistics(sample_index: Path, embedder: Embedder) -> TermStatistics:
    return Collection(sample_index, embedder).snapshot().statistics


@pytest.mark.parametrize(
    ("question", "sentence", "short"),
    [
        ("Tuyến có bao nhiêu nhà ga?", "Tuyến dài 13 km với 12 nhà ga.", "12 nhà ga"),
        ("Tuyến dài bao nhiêu?", "Tuyến dài hơn 13 km với 12 nhà ga.", "hơn 13 km"),
        ("tuyen co bao nhieu nha ga", "Tuyến dài 13 km với 12 nhà ga.", "12 nhà ga"),
        (
            "Bão làm bao nhiêu người chết và mất tích?",
            "Bão làm 344 người chết và mất tích.",
            "344 người chết và mất tích",
        ),
        ("Có bao nhiêu hộp thư?", "Năm 2020 có 7.345 hộp thư ở 30 xã.", "7.345 hộp thư"),
        ("Dự án có vốn đầu tư bao nhiêu?", "Dự án dài 3 km có vốn 35,5 tỉ đồng.", "35,5 tỉ đồng"),
        ("Chiếm bao nhiêu phần trăm dân số?", "Nhóm 5 người ấy chiếm 14,8% dân số.", "14,8%"),
        ("Nhiệt độ thấp nhất là bao nhiêu?", "Sáng 11/1 nhiệt độ là –3,5 độ C.", "–3,5 độ C"),
        ("Núi cao bao nhiêu?", "Núi cách phố khoảng 9 km. Đỉnh là 3.147 m, cao hơn 4,3 m so với trước.", "3.147 m"),
        ("Có bao nhiêu sân bay?", "Thành phố có ba sân bay.", "ba sân bay"),
        ("Cầu khánh thành khi nào?", "Cầu có 6 làn xe, khánh thành ngày 7/9/2024.", "7/9/2024"),
        ("Cầu khánh thành ngày nào?", "Cầu khánh thành ngày 7 tháng 9 năm 2024.", "ngày 7 tháng 9 năm 2024"),
        ("Cầu khánh thành năm nào?", "Năm 2024, cầu được khánh thành.", "Năm 2024"),
        ("In what year did the bridge open?", "The bridge opened on 7 January 1943.", "1943"),
        ("Ai là Tổng Giám đốc?", "Ông Vũ Hồng Trường, Tổng Giám đốc, cho biết.", "Vũ Hồng Trường"),
        ("How many stations does the line have?", "The line has 12 stations.", "12"),
        ("这条线有多少个车站？", "这条线有 12 个车站。", "12"),
    ],
)
def test_the_span_of_the_asked_kind(statistics: TermStatistics, question: str, sentence: str, short: str) -> None:
    query = make_query(question, statistics, HashEmbedder())
    span = answer_span(query, sentence)
    assert span is not None
    assert sentence[span.start : span.end] == short


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("Cầu có gì đặc biệt?", "Cầu dài 450 m."),
        ("Cầu dài bao nhiêu?", "Cầu rất dài."),
        ("Cầu 450 m ấy có bao nhiêu làn xe?", "Cầu dài 450."),
        ("Cầu khánh thành khi nào?", "Cầu dài 450 m."),
    ],
)
def test_no_span_where_none_answers(statistics: TermStatistics, question: str, sentence: str) -> None:
    assert answer_span(make_query(question, statistics, HashEmbedder()), sentence) is None


@given(texts, st.sampled_from(["bao nhiêu ga?", "Khi nào?", "Ai?", "Ở đâu?", "Who?", "Công ty nào?", "多少"]))
def test_a_span_stands_in_its_text(statistics: TermStatistics, text: str, question: str) -> None:
    said = clean(text)
    span = answer_span(make_query(question, statistics, HashEmbedder()), said)
    if span:
        assert 0 <= span.start < span.end <= len(said)
        assert said[span.start : span.end].strip() == said[span.start : span.end]


@given(texts)
def test_plain_text_is_as_long(text: str) -> None:
    assert len(plain(text)) == len(text)
