"""A follow-up made into a question that stands alone, without a language model."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.prompts import neutral
from rag.query.antecedents import ResolvedTurn, antecedent, names_in
from rag.query.completion import completed
from rag.query.conversation import Turn
from rag.query.ellipsis import is_elliptical, names_only, parted, realigned, substituted, without_opening
from rag.query.entities import entities, names_an_entity, resembles_syllable, same_language
from rag.query.question_type import question_type
from rag.query.reference import references
from rag.query.term_selection import lacking
from rag.text.language import language_of
from rag.text.normalize import fold, has_diacritics
from rag.text.words import content_words, words

# So many turns, and characters of a question and an answer, are read, and so many are added to a question at most.
TURNS, QUESTION_CHARS, _ANSWER_CHARS = 6, 2000, 800
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
    for turn in history[-TURNS:]:
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
    question = neutral(asked[:QUESTION_CHARS])
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
    if has_antecedent or not phrases or _lacks_person(question):
        return made
    return completed(made, ", ".join(phrases))


def _lacking(question: str, turns: Sequence[ResolvedTurn]) -> list[str]:
    """The phrases that a question lacks; none where it names what it is about and does not refer to the turns.

    Nor where a Vietnamese one has many words: no set has such questions that people completed, to learn it from.
    """
    follows = is_followup(question)
    if not follows and language_of(question) == "vi":
        return []
    if names_an_entity(question) and not references(question) and not _asks_the_same(question):
        return []
    spoken = _since_change_of_topic(turns)
    found = lacking(question, [turn.texts for turn in spoken], follows=follows)
    if same_language(question, turns[-1].question):
        return found
    return [names for each in found if (names := names_in(each))]


def _asks_the_same(question: str) -> bool:
    """Whether an elliptical question has no question of its own: "Còn X thì sao?"."""
    return is_elliptical(question) and question_type(without_opening(parted(question)[0])).kind == "other"


def _lacks_person(question: str) -> bool:
    """Whether a Vietnamese question refers to a person, who is told by title and sex and by nothing else."""
    return language_of(question) == "vi" and any(each.kind == "person" for each in references(question))


def _since_change_of_topic(turns: Sequence[ResolvedTurn]) -> Sequence[ResolvedTurn]:
    """The turns from the last one on whose question names only what was not spoken of before it."""
    begin, spoken = 0, set[str]()
    for number, turn in enumerate(turns):
        named = {word for name in entities(turn.question) if not name.is_number for word in words(name.text)}
        if named and spoken.isdisjoint(named):
            begin = number
            spoken.clear()
        spoken.update(words(f"{turn.question} {turn.answer}"))
    return turns[begin:]


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
