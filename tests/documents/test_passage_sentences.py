from __future__ import annotations

from hypothesis import given

from rag.documents.passage_sentences import sentences_of
from rag.text.analyzer import terms
from rag.text.normalize import clean
from tests.strategies import texts


@given(texts)
def test_sentences_are_pieces_of_the_text(text: str) -> None:
    text = clean(text)
    last = 0
    for each in sentences_of(text):
        assert last <= each.start < each.end <= len(text)
        assert each.terms == tuple(terms(text[each.start : each.end]))
        last = each.end
