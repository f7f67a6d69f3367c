"""Typing that is corrected by what the collection of `tests/corpus` knows, and all that stays as it was typed."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.index import lexical
from rag.index.lexical import LexicalIndex
from rag.index.snapshot import Snapshot
from rag.models.embedder import Embedder
from rag.query.query import understand
from rag.query.request import Request
from rag.query.spelling import corrected
from rag.text.normalize import clean, fold
from rag.text.sentences import sentences
from tests.doubles import EmptyTermStatistics
from tests.strategies import mistyped, texts

PASSAGES = (
    "Hà Nội là thủ đô của Việt Nam.",
    "Đường sắt đô thị Cát Linh – Hà Đông có 12 nhà ga.",
    "Ông Nguyễn Văn Vịnh chủ trì hội nghị ở Hà Nội, ngày 6/11/2021.",
    "Khánh thành cáp treo Fansipan Sa Pa!",
)
WORD = re.compile(r"[^\W\d_]+")


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> LexicalIndex:
    folder = tmp_path_factory.mktemp("words")
    lexical.write(folder, enumerate(PASSAGES))
    return LexicalIndex(folder)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Tuyến Cát Lnh Hà Đôg", "Tuyến Cát Linh Hà Đông"),  # a letter left out
        ("Metro số 1 Bến Thàh", "Metro số 1 Bến Thành"),
        ("cầu Long Biênn", "cầu Long Biên"),  # a letter too many
        ("UNESCO Quan họ Bắc Ninhh", "UNESCO Quan họ Bắc Ninh"),
        ("cầu Long Biêb", "cầu Long Biên"),  # another letter
        ("Cáp treo Fansipna", "Cáp treo Fansipan"),  # two exchanged
        # In other languages, of three pieces or more.
        ("Is the Long Biejn bridge old?", "Is the Long Biên bridge old?"),
        ("Where is the Japanese Covreed Bridge?", "Where is the Japanese Covered Bridge?"),
        ("nhaf ga", "nhà ga"),  # keys that stayed as they were typed
        ("dduwowngf sắt", "đường sắt"),
        ("thủy ddieenj Sơn La", "thủy điện Sơn La"),
    ],
)
def test_a_slip_is_read_as_the_word_beside_its_neighbour(
    snapshot: Snapshot, embedder: Embedder, typed: str, meant: str
) -> None:
    assert corrected(typed, snapshot.statistics, embedder) == meant


@pytest.mark.parametrize(
    "text",
    [
        "Thủ phủ của Bỉm Sơn có nhiều quán trà không?",  # syllables that Vietnamese has
        "Liên Xô có tham gia Thế vận hội không?",
        "Trẻ bị cúm uống nước chanh có tác dụng gì không?",
        "Qui a fondé l'institut Pasteur de Saïgon ?",  # accents of another language
        "Lequel des deux projets coûte le plus ?",
        "¿Cuándo entró en vigor la reforma laboral?",
        "Kylian Mbappé",
        "Ai là Emmanuel Mcron?",  # a name that stands beside none of its neighbours
        "lễ hội Trumpf",
        "What is photosynthesis?",  # a word that the embedding model knows whole
        "XYZZY qwrtp",  # nothing is near
        "How old is the Long Biên brigde?",  # elsewhere a word of two pieces may be one of the language
        "How long is the Fansipna cable car?",  # and one of three stands beside none of its neighbours
        "Was the diver rescued?",  # a word of the language that the collection lacks
        "Which articles are about caves?",
        "Which rivers flow into the Black Sea?",
        "Which presidents of the United States were assassinated?",
        "Việt Nam có phải là thành viên của WTO không?",  # abbreviations
        "Tuyến Cát LNH",
        "sao giá nhà ở hn cao thế",  # two letters
        "Cát Ln",
        "12km, 3.147m, 2021",
        "北京 Lnh",
        "",
        "?!",
    ],
)
def test_what_is_no_slip_stays(snapshot: Snapshot, embedder: Embedder, text: str) -> None:
    assert corrected(text, snapshot.statistics, embedder) == text


def test_words_that_the_collection_knows_stay(snapshot: Snapshot, embedder: Embedder) -> None:
    for chunk in snapshot.store.all_chunks():
        for start, end in sentences(chunk.text):
            assert corrected(chunk.text[start:end], snapshot.statistics, embedder) == chunk.text[start:end]


def test_a_question_of_unknown_words_is_in_a_language_of_its_own(snapshot: Snapshot, embedder: Embedder) -> None:
    assert corrected("Cát Lnh", snapshot.statistics, embedder) == "Cát Linh"
    assert corrected("Cát Lnh Zglrm Qwrtz", snapshot.statistics, embedder) == "Cát Lnh Zglrm Qwrtz"


def test_a_small_letter_word_needs_no_neighbour(snapshot: Snapshot, embedder: Embedder) -> None:
    assert corrected("fansipn cao mấy mét", snapshot.statistics, embedder) == "fansipan cao mấy mét"
    assert corrected("đỉnh Fnsipan cao mấy mét", snapshot.statistics, embedder).startswith("đỉnh Fansipan")
    assert corrected("ở Fnsipan kia", snapshot.statistics, embedder) == "ở Fnsipan kia"


def test_an_empty_collection_corrects_nothing(embedder: Embedder) -> None:
    assert corrected("Tuyến Cát Lnh Hà Đôg", EmptyTermStatistics(), embedder) == "Tuyến Cát Lnh Hà Đôg"


def test_punctuation_digits_and_capitals_stay(snapshot: Snapshot, embedder: Embedder) -> None:
    typed = "Cát Lnh?! (2021) – Hà-Đôg… 13 km"
    assert corrected(typed, snapshot.statistics, embedder) == "Cát Linh?! (2021) – Hà-Đông… 13 km"
    assert corrected("TUYẾN CÁT LNH", snapshot.statistics, embedder) == "TUYẾN CÁT LINH"


@given(typed=texts | st.sampled_from(PASSAGES).flatmap(mistyped))
def test_only_unknown_words_change_and_only_to_known_ones(index: LexicalIndex, embedder: Embedder, typed: str) -> None:
    typed = clean(typed)
    meant = corrected(typed, index, embedder)
    assert WORD.split(meant) == WORD.split(typed)
    for before, after in zip(WORD.findall(typed), WORD.findall(meant), strict=True):
        if before != after:
            assert not index.document_frequency(fold(before).casefold(), "folded")
            assert index.document_frequency(fold(after).casefold(), "folded")
            assert before[0].isupper() == after[0].isupper()


def test_a_question_is_searched_for_as_it_was_meant_unless_as_it_was_typed(
    snapshot: Snapshot, embedder: Embedder
) -> None:
    typed = "Tuyến Cát Lnh có bao nhiêu nhà ga?"
    query = understand(Request.of(typed), snapshot.statistics, embedder)
    assert query.standalone == query.text == typed.replace("Lnh", "Linh")
    query = understand(Request.of(typed, as_typed=True), snapshot.statistics, embedder)
    assert query.standalone == query.text == typed
