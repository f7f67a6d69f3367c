"""The subject that opens a question."""

from __future__ import annotations

import pytest

from rag.query.topic import subject_range


@pytest.mark.parametrize(
    ("question", "subject"),
    [
        ("Dân số Sa Pa là bao nhiêu?", "Dân số Sa Pa"),
        ("thuy dien son la co may to may", "thuy dien son la"),
        ("Quan họ ĐƯỢC ghi danh khi nào?", "Quan họ"),
        ("Phố Große Straße là phố nào?", "Phố Große Straße"),
        ("Thành phố İzmir có gì?", "Thành phố İzmir"),
        ("Có mấy ga?", ""),
    ],
)
def test_the_subject_ends_before_what_is_said_of_it(question: str, subject: str) -> None:
    start, end = subject_range(question)
    assert question[start:end] == subject
