"""Where what a follow-up lacks is written into it, so that it stays one question."""

from __future__ import annotations

from rag.query.ellipsis import is_elliptical, parted, without_opening
from rag.query.entities import entities
from rag.query.history_terms import WITHOUT_BLANKS
from rag.query.question_type import question_type
from rag.text.language import language_of
from rag.text.words import words

# Languages in which what a sentence is about stands first, whatever it says of it; in others it may stand last.
_TOPIC_FIRST = WITHOUT_BLANKS | {"vi", "ko"}
# How what is asked after is joined to what it belongs to: "giá vé tuyến A", "the price of A", "le prix de A".
_JOINS = {"vi": " ", "en": " of ", "fr": " de "}
_CLOSING = " ?.!…？。！"


def completed(question: str, subject: str) -> str:
    """The question as one about that subject; itself if it has all of the subject's words.

    "Còn giá vé thì sao?" becomes "Giá vé tuyến A thì sao?", "Ai thiết kế?" becomes "Cầu A ai thiết kế?", and "Who won?"
    becomes "Who won, A?".
    """
    subject = subject.strip(f"{_CLOSING},")
    if set(words(question)).issuperset(words(subject)):
        return question
    language = language_of(question)
    if is_elliptical(question):
        if language == "vi":
            question = _opened(without_opening(question), question)
        asked, rest = parted(question)
        if asked and language in _JOINS and question_type(without_opening(asked)).kind == "other":
            return f"{asked}{_JOINS[language]}{subject}{rest}"
    if language in _TOPIC_FIRST:
        blank = "" if language in WITHOUT_BLANKS else " "
        return f"{_opened(subject, question)}{blank}{_continued(question)}"
    body = question.rstrip(_CLOSING)
    return f"{body}, {subject}{question[len(body) :]}"


def _opened(text: str, question: str) -> str:
    """A text as it opens a question: with a capital if the question has one."""
    return text[:1].upper() + text[1:] if question[:1].isupper() else text


def _continued(question: str) -> str:
    """A question as it is written behind other words: without the capital that only opens it."""
    first = next(iter(entities(question)), None)
    named = (first is not None and first.start == 0) or question[:2].isupper()
    return question if named else question[:1].lower() + question[1:]
