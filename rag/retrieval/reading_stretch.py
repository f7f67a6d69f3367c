"""How much of the passages is read: the best whole, and if none surely answers, a stretch of each of the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rag.documents.passage_sentences import heading_of, sentences_of
from rag.models.reranker import Reading, Reranker
from rag.query.query import Query, share
from rag.retrieval.nearest_sentence import Scores, SentenceCosines
from rag.retrieval.passage import Passage
from rag.text.ranges import TextRange
from rag.text.words import bigrams

# The longest stretch, in characters, what the cosine of a sentence counts beside the shares of the question's words and
# pairs of words that it holds, and how many of the best passages are read whole: see "The reader reads less" in
# docs/measurements.md.
STRETCH, COSINE, WHOLE = 350, 8.0, 2
# From which log odds of an answer in one of the best passages on the others are not read: see there, too.
SURE = 2.0


def read_stretches(
    reader: Reranker, query: Query, passages: Sequence[Passage], cosines: SentenceCosines
) -> dict[int, Reading]:
    """What a reader makes of passages, best first, by the ids of their chunks; those that it did not read are left out.

    It reads the best two, and no other if it is sure that one of them answers.
    """
    best = _read(reader, query, passages[:WHOLE], [(0, len(each.text)) for each in passages[:WHOLE]])
    others = passages[WHOLE:]
    if not others or any(reading.relevance >= SURE for reading in best.values()):
        return best
    around = [stretch(query, each, cosines[each.chunk_id][:, 1]) for each in others]
    return best | _read(reader, query, others, around)


def _read(reader: Reranker, query: Query, passages: Sequence[Passage], cut: Sequence[TextRange]) -> dict[int, Reading]:
    texts = [(each.title, each.text[start:end]) for each, (start, end) in zip(passages, cut, strict=True)]
    found = zip(passages, cut, reader.read(query.text, texts), strict=True)
    return {each.chunk_id: _shifted(reading, start) for each, (start, _), reading in found if reading is not None}


def stretch(query: Query, passage: Passage, cosines: Scores) -> TextRange:
    """The stretch of a passage's text around its best sentence, whole sentences of at most `STRETCH` characters.

    A sentence that is longer is a stretch by itself. `cosines` (n,) are those of `sentences_of(passage.text)`.
    """
    sentences = sentences_of(passage.text)
    if not sentences:
        return 0, len(passage.text)
    title = query.words_of(heading_of(passage.title))
    worth: list[float] = []
    for each, cosine in zip(sentences, cosines.tolist(), strict=True):
        tokens = query.words_of(each)
        held = share(query.content, {*title, *tokens, *each.dates}) + share(query.pairs, {*bigrams(tokens)})
        worth.append(held + COSINE * cosine)
    first = last = max(range(len(sentences)), key=worth.__getitem__)
    while True:
        beside = [
            place
            for place in (first - 1, last + 1)
            if 0 <= place < len(sentences)
            and sentences[max(last, place)].end - sentences[min(first, place)].start <= STRETCH
        ]
        if not beside:
            return sentences[first].start, sentences[last].end
        best = max(beside, key=worth.__getitem__)
        first, last = min(first, best), max(last, best)


def _shifted(reading: Reading, by: int) -> Reading:
    return replace(reading, tokens=tuple((start + by, end + by) for start, end in reading.tokens)) if by else reading
