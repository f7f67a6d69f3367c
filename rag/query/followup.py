"""A follow-up made into a question that stands alone, without a language model."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.prompts import neutral
from rag.query.antecedents import ResolvedTurn, antecedent, names_in
from rag.query.completion import completed
from rag.query.conversation import Turn
from rag.query.ellipsis import is_elliptical, names_only, realigned, substituted
from rag.query.entities import entities, resembles_syllable, same_language
from rag.query.reference import references
from rag.query.term_selection import lacking
from rag.text.language import language_of
from rag.text.normalize import fold, has_diacritics
from rag.text.words import content_words, words

# So many turns, and characters of a question and an answer, are read, and so many are added to a question at most.
_TURNS, _QUESTION_CHARS, _ANSWER_CHARS = 6, 2000, 800
_MAX_ADDED_CHARS = 2000
# Vietnamese leaves a known subject away: a question of so few words that names nothing lacks one.
_MAX_WORDS, _MAX_CONTENT_WORDS = 9, 6
_SMALL_TALK = re.compile(r"(?:(?:xin )?chao|cam on|hello|hi|thanks?|thank you|bonjour|merci)\b")


def standalone(question: str, history: Sequence[Turn]) -> str:
    """The question itself if it stands alone, else one question with what it refers to in the turns before it.

    Nothing is added but words of these turns, and the year that stands next to one of theirs. "And X?" asks the last
    question again with X in the place of its subject; a pronoun is replaced by its antecedent; what else is lacking
    is chosen by `lacking`. Takes time in proportion to the length of question and history.
    """
    turns: list[ResolvedTurn] = []
    for turn in history[-_TURNS:]:
        turns.append(_resolved(turn, turns))
    return _standalone(question, turns)


def is_followup(question: str) -> bool:
    """Whether a question says of itself that it depends on the turns before it.

    By a reference or an ellipsis, or, in Vietnamese, because it has few words and names nothing.
    """
    if is_elliptical(question) or references(question):
        return True
    if language_of(question) != "vi" or entities(question):
        return False
    tokens = words(question)
    content = content_words(tokens, "vi", bare=not has_diacritics(question))
    return len(tokens) <= _MAX_WORDS and len(content) <= _MAX_CONTENT_WORDS and not _opens_with_name(tokens)


def _resolved(turn: Turn, before: Sequence[ResolvedTurn]) -> ResolvedTurn:
    """A turn with its question standing alone: as it was understood, else as it is made here."""
    asked = turn.standalone if turn.standalone is not None else turn.question
    question = neutral(asked[:_QUESTION_CHARS])
    answer = neutral(turn.answer[: 2 * _ANSWER_CHARS])[:_ANSWER_CHARS]
    return ResolvedTurn(question if turn.standalone is not None else _standalone(question, before), answer)


def _standalone(question: str, turns: Sequence[ResolvedTurn]) -> str:
    if not turns or _SMALL_TALK.match(fold(question).casefold().strip()):
        return question
    made = _completed(question, turns)
    return made if len(made) <= len(question) + _MAX_ADDED_CHARS else question


def _completed(question: str, turns: Sequence[ResolvedTurn]) -> str:
    """A question with what it lacks."""
    last = turns[-1].question
    phrases = _lacking(question, turns)
    made, has_antecedent = _with_antecedents(question, turns, phrases)
    if is_elliptical(made) and same_language(made, last):
        if names_only(made) and entities(last):
            return substituted(last, made)
        if not has_antecedent and not entities(made) and (asked := realigned(last, made)):
            return asked
    return made if has_antecedent or not phrases else completed(made, ", ".join(phrases))


def _lacking(question: str, turns: Sequence[ResolvedTurn]) -> list[str]:
    """The phrases that a question lacks; none of a Vietnamese one that names what it is about.

    No set has Vietnamese questions that people completed, from which it could be learned that such a one lacks more.
    """
    follows, language = is_followup(question), language_of(question)
    if language == "vi" and not follows:
        return []
    found = lacking(question, [turn.texts for turn in turns], follows=follows)
    if same_language(question, turns[-1].question):
        return found
    return [names for each in found if (names := names_in(each))]


def _with_antecedents(question: str, turns: Sequence[ResolvedTurn], phrases: Sequence[str]) -> tuple[str, bool]:
    """The question with each reference replaced by its antecedent, and whether one of these names something."""
    found: dict[str, str | None] = {}
    parts, position, names = [], 0, False
    for reference in references(question):
        if reference.text not in found:
            found[reference.text] = antecedent(reference, turns, phrases)
        if (replacement := found[reference.text]) is None:
            continue
        parts += [question[position : reference.start], replacement]
        position = reference.end
        names = names or reference.kind not in ("following_year", "previous_year")
    made = "".join([*parts, question[position:]])
    return (made[:1].upper() + made[1:] if question[:1].isupper() else made), names


def _opens_with_name(tokens: Sequence[str]) -> bool:
    """Whether the first word of a question without capitals is a foreign name."""
    return bool(tokens) and len(tokens[0]) > 5 and not resembles_syllable(tokens[0])
