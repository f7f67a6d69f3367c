"""A follow-up made into a question that stands alone, by rules without a model."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.prompts import neutral
from rag.query.antecedents import ResolvedTurn, antecedent, topic_in
from rag.query.conversation import Turn
from rag.query.ellipsis import is_elliptical, names_only, substituted
from rag.query.entities import entities, names_an_entity, resembles_syllable, same_language
from rag.query.reference import references
from rag.query.topic import topic
from rag.text.language import language_of
from rag.text.normalize import fold, has_diacritics
from rag.text.words import content_words, words

# So many turns, and characters of a question and an answer, are read, and so many are added to a question at most.
_TURNS, _QUESTION_CHARS, _ANSWER_CHARS = 6, 2000, 800
_MAX_ADDED_CHARS = 2000
# Vietnamese leaves a known subject away: a question of so few words that names nothing lacks one.
_MAX_WORDS, _MAX_CONTENT_WORDS = 9, 6
_MAX_FOREIGN_WORDS, _MAX_FOREIGN_CONTENT_WORDS = 5, 2
_CJK = re.compile("他|她|它|那里|这个|那个|其中|彼女|彼|それ|そこ|その|この|あの")
_SMALL_TALK = re.compile(r"(?:(?:xin )?chao|cam on|hello|hi|thanks?|thank you|bonjour|merci)\b")
_INTRODUCES = re.compile(
    r"(?:what|who) (?:is|are|was|were) |tell me (?:more )?about |describe |explain |qu'est-ce |parle", re.IGNORECASE
)
_COMPLETED = re.compile(r"\bthe \w.* (?:of|in|for|about|that|to|from|between) \w", re.IGNORECASE)
_DEFINITE = re.compile(r"\b(?:the|other|another|both|le|la|les)\b", re.IGNORECASE)
_DEFINITION = re.compile(r"(?:what|who) (?:is|are|was|were) (?!the\b)", re.IGNORECASE)


def standalone(question: str, history: Sequence[Turn]) -> str:
    """The question itself if it stands alone, else the question with what it refers to in the turns before it.

    Nothing is added but words of these turns, and the year that stands next to one of theirs. "And X?" asks the last
    question again with X in the place of its subject; a pronoun is replaced by its antecedent; a question without a
    subject gets the last topic in brackets. Takes time in proportion to the length of question and history.
    """
    turns: list[ResolvedTurn] = []
    for turn in history[-_TURNS:]:
        turns.append(_resolved(turn, turns))
    return _standalone(question, turns)


def is_followup(question: str) -> bool:
    """Whether a question depends on the turns before it: by a pronoun, an ellipsis, or for want of a subject."""
    plain = fold(question).casefold().strip()
    if not plain or _SMALL_TALK.match(plain):
        return False
    if is_elliptical(question) or _CJK.search(question) or references(question):
        return True
    if entities(question):
        return False
    tokens, language = words(question), language_of(question)
    content = content_words(tokens, language, bare=language == "vi" and not has_diacritics(question))
    if language == "vi":
        few = len(tokens) <= _MAX_WORDS and len(content) <= _MAX_CONTENT_WORDS
        return few and not _opens_with_name(tokens)
    if len(tokens) <= _MAX_WORDS and _DEFINITE.search(question) and not _COMPLETED.search(question):
        return True
    few = len(tokens) <= _MAX_FOREIGN_WORDS and len(content) <= _MAX_FOREIGN_CONTENT_WORDS
    return few and not _DEFINITION.match(question)


def _resolved(turn: Turn, before: Sequence[ResolvedTurn]) -> ResolvedTurn:
    """A turn with its question standing alone: as it was understood, else by rules."""
    question = neutral(turn.question[:_QUESTION_CHARS])
    by_rules = _standalone(question, before)
    understood = neutral(turn.standalone[:_QUESTION_CHARS]) if turn.standalone is not None else by_rules
    answer = neutral(turn.answer[: 2 * _ANSWER_CHARS])[:_ANSWER_CHARS]
    previous = before[-1].topic if before else ""
    # Rules add what is known; who understood the question otherwise may have named something new.
    own = question if understood == by_rules else understood
    return ResolvedTurn(understood, answer, _topic(own, understood, previous))


def _topic(own: str, understood: str, previous: str) -> str:
    """What a turn is about: a follow-up, and a question that introduces nothing, stay with the topic before."""
    introduces = own == understood or is_elliptical(own)
    if previous and not (introduces and (names_an_entity(own) or _INTRODUCES.match(own))):
        return previous
    found = topic(understood)
    return previous if previous and previous in found else found or previous


def _standalone(question: str, turns: Sequence[ResolvedTurn]) -> str:
    if not turns or not is_followup(question):
        return question
    made = _completed(question, turns)
    return made if len(made) <= len(question) + _MAX_ADDED_CHARS else question


def _completed(question: str, turns: Sequence[ResolvedTurn]) -> str:
    """A follow-up with what it lacks."""
    last = turns[-1]
    made, has_antecedent = _with_antecedents(question, turns)
    if is_elliptical(made) and same_language(made, last.question):
        names = entities(made)
        if names_only(made, names) and entities(last.question):
            return substituted(last.question, names)
        if not names and not has_antecedent:
            return _in_brackets(made, _subject_of(last))
    if has_antecedent:
        return made
    if subject := topic_in(language_of(question), last.topic):
        return _in_brackets(made, subject)
    return _in_brackets(made, _subject_of(last)) if same_language(made, last.question) else made


def _subject_of(turn: ResolvedTurn) -> str:
    """What a question without a subject is about: the turn's question, or its topic where that stands in brackets."""
    return turn.topic if turn.topic and turn.question.endswith(")") else turn.question


def _with_antecedents(question: str, turns: Sequence[ResolvedTurn]) -> tuple[str, bool]:
    """The question with each reference replaced by its antecedent, and whether one of these names something."""
    language = language_of(question)
    found: dict[str, str | None] = {}
    parts, position, names = [], 0, False
    for reference in references(question):
        if reference.text not in found:
            found[reference.text] = antecedent(reference, language, turns)
        if (replacement := found[reference.text]) is None:
            continue
        parts += [question[position : reference.start], replacement]
        position = reference.end
        names = names or reference.kind not in ("following_year", "previous_year")
    made = "".join([*parts, question[position:]])
    return (made[:1].upper() + made[1:] if question[:1].isupper() else made), names


def _in_brackets(question: str, subject: str) -> str:
    """The question with a subject in brackets behind it, unless it has all of its words."""
    if set(words(question)).issuperset(words(subject)):
        return question
    return f"{question} ({subject.strip(' ?.!')})"


def _opens_with_name(tokens: Sequence[str]) -> bool:
    """Whether the first word of a question without capitals is a foreign name."""
    return bool(tokens) and len(tokens[0]) > 5 and not resembles_syllable(tokens[0])
