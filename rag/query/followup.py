"""The turns of a conversation, and a follow-up made into a question that stands alone, by rules without a model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from rag.prompts import neutral
from rag.query import entities as mentions
from rag.text.language import language_of
from rag.text.normalize import fold, has_diacritics
from rag.text.words import content_words, words


@dataclass(frozen=True, slots=True)
class Turn:
    """One question, as it was understood, and its answer."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class _Said:
    """A turn whose question stands alone, and what it is about."""

    question: str
    answer: str
    topic: str


_TURNS = 6
# So much of a turn and so many references of a question are read, and so much is added to it at most.
_QUESTION_CHARS, _ANSWER_CHARS = 2000, 800
_MAX_REFERENCES = 8
_MAX_ADDED_CHARS = 2000
_MAX_BARE_WORDS, _MAX_BARE_CONTENT = 5, 2
# Vietnamese leaves a known subject away: a question that names nothing then lacks one.
_MAX_WORDS, _MAX_CONTENT = 9, 6
_THIS = "ấy|này|đó|kia|vừa rồi"
_OTHERS = (
    "vụ việc|vụ|việc|chương trình|sự kiện|cuộc|con số|món|loài|đơn vị|di sản|ngày|năm|tháng|điều|cái|lý do|đội|văn bản"
    "|người|lúc|khi|lễ|bức tường|hệ thống"
)
_PERSON = rf"(?P<person>ông|bà|anh|chị|cô|vị) (?:{_THIS}|ta)|người (?:{_THIS})|nhà \w+ (?:{_THIS})"
_THERE = r"(?P<at>ở|tại|từ|qua|đến|trong) (?:đó|đây|đấy)|(?P<spot>nơi|chỗ) (?:này|đó|ấy)"
_KIND = rf"(?P<kind>{mentions.THINGS}|{mentions.PLACES}|{_OTHERS}) (?:{_THIS})"
_BEFORE_OR_AFTER = "(?:sau|trước) (?:đó|này)"
_NEXT_YEAR = (
    r"(?P<next>(?<!\d )năm (?:tiếp theo|kế tiếp|sau đó|sau)(?! khi)"
    r"|(?:(?:in )?the )?(?:year after|following year|next year)|l'année (?:suivante|d'après))"
)
_LAST_YEAR = (
    r"(?P<last>(?<!\d )năm (?:liền trước|trước đó|trước)(?! khi)"
    r"|(?:(?:in )?the )?(?:year before|previous year)|l'année (?:précédente|d'avant))"
)
_VIETNAMESE = rf"\b(?:{_NEXT_YEAR}|{_LAST_YEAR}|{_PERSON}|{_THERE}|{_BEFORE_OR_AFTER}|{_KIND}"
_TYPED = re.compile(
    rf"{_VIETNAMESE}|(?P<it>nó)|(?P<they>họ)(?= (?:đã|có|là|làm|được|đến|sẽ|đo))|đó(?! là))\b", re.IGNORECASE
)
# Typed without diacritics, "no" and "ho" may be much else; only at the front do they stand for something.
_BARE = re.compile(
    rf"{fold(_VIETNAMESE)}|(?P<it>(?<!.)no(?= (?:co|dai|cao|la|nam|duoc|rong|gom|mo))))\b", re.IGNORECASE
)
_FOREIGN = re.compile(
    rf"\b(?:{_NEXT_YEAR}|{_LAST_YEAR}|(?P<its>his|her|their|its)|(?P<person>he|she|him)|(?P<it>it|they|them|these|those|this"
    r"|that(?=\W*$)|celui-ci|celle-ci|cela)|(?<!y a-t-)(?:il|elle|ils|elles)(?! y a)"
    r"|(?P<at>(?<!is )(?<!are )(?<!was )(?<!were )there(?! (?:is|are|was|were|any|a)\b)))\b(?!['’]\w)",
    re.IGNORECASE,
)
_CJK = re.compile("他|她|它|那里|这个|那个|其中|彼女|彼|それ|そこ|その|この|あの")
_OPENING = r"còn(?! (?:nữa|lại))|thế còn|vậy còn|and what about|what about|how about|qu'en est-il d\w+|and|et"
_THEN = r"\bthì (?:sao|thế nào|năm nào|khi nào|bao nhiêu|ở đâu)\b"
_INSTEAD = re.compile(rf"^(?:thế(?! (?:giới|nào|kỷ|vận))|{_OPENING})\b|{_THEN}", re.IGNORECASE)
# Without diacritics, "con" may also be the word that stands before what is counted.
_INSTEAD_BARE = re.compile(
    rf"^(?:the con|(?!con (?:so|duong|nguoi|tau|song) )(?:{fold(_OPENING)}))\b|{fold(_THEN)}", re.IGNORECASE
)
_SMALL_TALK = re.compile(r"(?:(?:xin )?chao|cam on|hello|hi|thanks?|thank you|bonjour|merci)\b")
_ANYWHERE = re.compile(r"\b(?:the gioi|viet nam|nuoc ta|ca nuoc|trai dat|dong nam a)\b")
_INTRODUCES = re.compile(
    r"(?:what|who) (?:is|are|was|were) |tell me (?:more )?about |describe |explain |qu'est-ce |parle", re.IGNORECASE
)
_CLAUSES = re.compile(r"[,;.]| (?:and|but|if|et|mais|và|nhưng|mà|song|nếu|va|nhung|ma|neu) ", re.IGNORECASE)
_MANY = re.compile(r"\b(?:những|các) \w", re.IGNORECASE)
# What opens a clause that names no subject, but where, when or by whom.
_ASIDE = re.compile(r"(?:tại|ở|từ|theo|trong|trên|ngày|tháng|năm|thời|khi|sau|trước|vì|do|với)\b", re.IGNORECASE)
_COMPLETED = re.compile(r"\bthe \w.* (?:of|in|for|about|that|to|from|between) \w", re.IGNORECASE)
_KNOWN = re.compile(r"\b(?:the|other|another|both|le|la|les)\b", re.IGNORECASE)
_DEFINED = re.compile(r"(?:what|who) (?:is|are|was|were) (?!the\b)", re.IGNORECASE)
_WHO = re.compile(r"\b(?:ai|who|whom|qui|nguoi nao)\b")
_WHERE = re.compile(r"\b(?:o dau|tai dau|noi nao|thanh pho nao|tinh nao|where|which city|ou)\b")
_FEMALE, _MALE = frozenset({"bà", "ba", "chị", "chi", "cô", "co", "she"}), frozenset({"ông", "ong", "anh", "he", "him"})


def standalone(question: str, history: Sequence[Turn]) -> str:
    """The question itself if it stands alone, else the question with what it refers to in the turns before it.

    Nothing is added but words of these turns, and the year that stands next to one of theirs. "And X?" asks the last
    question again with X in the place of its subject; a word that points back is replaced by what it points at; a
    question without its subject gets the last topic in brackets.
    """
    said: list[_Said] = []
    for turn in history[-_TURNS:]:
        before = neutral(turn.question[:_QUESTION_CHARS])
        asked = _made_alone(before, said)
        answer = neutral(turn.answer[: 2 * _ANSWER_CHARS])[:_ANSWER_CHARS]
        said.append(_Said(asked, answer, _topic(before, asked, said)))
    return _made_alone(question, said)


def depends(question: str) -> bool:
    """Whether a question points back at what was said before: by a pronoun, an ellipsis, or for want of a subject."""
    plain = fold(question).casefold().strip()
    if _SMALL_TALK.match(plain):
        return False
    if _instead(question) or _CJK.search(question) or any(map(_points_back, _references(question))):
        return True
    if mentions.named(question) or _ANYWHERE.search(plain):
        return False
    said, language = words(question), language_of(question)
    content = content_words(said, language, bare=language == "vi" and not has_diacritics(question))
    if language == "vi":
        return not _opens_with_name(question) and len(said) <= _MAX_WORDS and len(content) <= _MAX_CONTENT
    if len(said) <= _MAX_WORDS and _KNOWN.search(question) and not _COMPLETED.search(question):
        return True
    short = len(said) <= _MAX_BARE_WORDS and len(content) <= _MAX_BARE_CONTENT
    return short and not _DEFINED.match(question)


def _topic(before: str, asked: str, said: Sequence[_Said]) -> str:
    """What a turn is about: a follow-up, and a question that introduces nothing, stay with the topic before."""
    held = said[-1].topic if said else ""
    introduces = asked == before or _instead(before)
    if held and not (introduces and (_names_another(before) or _INTRODUCES.match(before))):
        return held
    topic = mentions.topic(asked)
    return held if held and held in topic else topic or held


def _references(question: str) -> list[re.Match[str]]:
    """The words of a question that may point back, in order."""
    pattern = _FOREIGN if language_of(question) != "vi" else _TYPED if _is_typed(question) else _BARE
    return list(islice(pattern.finditer(question), _MAX_REFERENCES))


def _points_back(reference: re.Match[str]) -> bool:
    """Whether what a word points at does not already stand before it in the same question."""
    before, kinds = reference.string[: reference.start()], reference.groupdict()
    clauses = _CLAUSES.split(before)[:-1]
    if kinds.get("it") and reference.re is not _FOREIGN:
        subjects = (clause for clause in clauses if not _ASIDE.match(clause.strip()))
        return not any(_names_another(clause) for clause in subjects)
    if kinds.get("they"):
        return not any(map(_MANY.search, clauses))
    if reference.re is _FOREIGN:
        if before.endswith("-") and mentions.named(before):
            return False
        return not any(map(_names_more_than_years, map(mentions.topic, clauses)))
    if kinds.get("person"):
        return not mentions.people(before)
    return not (kinds.get("kind") and mentions.thing(kinds["kind"], before))


def _opens_with_name(question: str) -> bool:
    """Whether the first word of a question without capitals is a foreign name."""
    first = words(question)[:1]
    return bool(first) and len(first[0]) > 5 and not mentions.is_syllable(first[0])


def _made_alone(question: str, said: Sequence[_Said]) -> str:
    if not said or not depends(question):
        return question
    made = _completed(question, said)
    return made if len(made) <= len(question) + _MAX_ADDED_CHARS else question


def _completed(question: str, said: Sequence[_Said]) -> str:
    last = said[-1]
    asked, pointed_at = _filled(question, said)
    if _instead(asked) and mentions.same_language(asked, last.question):
        others, subjects = mentions.named(asked), mentions.named(last.question)
        if subjects and _only_names(asked, others):
            return _asked_of(last.question, subjects, others)
        if not others and not pointed_at:
            return _beside(asked, last.question)
    if pointed_at:
        return asked
    if topic := _topic_in(language_of(question), last.topic):
        return _beside(asked, topic)
    return _beside(asked, last.question) if mentions.same_language(asked, last.question) else asked


def _filled(question: str, said: Sequence[_Said]) -> tuple[str, bool]:
    """The question with its references replaced by what they point at, and whether one was that names something."""
    pieces, position, named = [], 0, False
    for reference in _references(question):
        if not _points_back(reference) or (replaced := _antecedent(reference, said)) is None:
            continue
        pieces += [question[position : reference.start()], replaced]
        position = reference.end()
        named = named or not (reference["next"] or reference["last"])
    made = "".join([*pieces, question[position:]])
    return (made[:1].upper() + made[1:] if question[:1].isupper() else made), named


def _antecedent(reference: re.Match[str], said: Sequence[_Said]) -> str | None:
    """What is written in the place of a word that points back; None when it is not known."""
    group = {name: text for name, text in reference.groupdict().items() if text}
    if "next" in group or "last" in group:
        return _neighbour_year(reference[0], said, 1 if "next" in group else -1)
    if "person" in group or group.get("its", "").casefold() in ("his", "her"):
        pronoun = group.get("person", group.get("its", "")).casefold()
        person = _person(pronoun, said)
        if person is None:
            return None
        title = f"{group['person']} " if pronoun in ("ông", "bà", "anh", "chị", "cô") else ""
        return f"{person}'s" if "its" in group else title + person
    if "at" in group or "spot" in group:
        place = _place(said)
        return place and (f"{group['at']} {place}" if group.get("at", "there").casefold() != "there" else f"in {place}")
    if "kind" in group:
        thing = _thing(group["kind"], said)
        return thing and f"{group['kind']} {thing}"
    if "it" in group or "its" in group:
        topic = _topic_in(language_of(reference.string), said[-1].topic)
        simple = topic and "," not in topic
        return None if not simple else f"{topic}'s" if "its" in group else topic
    return None


def _topic_in(language: str, topic: str) -> str:
    """A topic for a question in a language: from another, its names alone."""
    plain = mentions.without(topic, mentions.named(topic))
    if language_of(plain) in ("und", language):
        return topic
    return ", ".join(name.text for name in mentions.named(topic) if not name.is_number)


def _person(pronoun: str, said: Sequence[_Said]) -> str | None:
    """The last person named: whom the answer to "who" names, else the question's, else any of the answer's."""
    gender = "female" if pronoun in _FEMALE | {"her"} else "male" if pronoun in _MALE | {"his"} else ""
    for turn in reversed(said):
        asked, asks_who = turn.question, bool(_WHO.search(fold(turn.question).casefold()))
        known = [name for _, name, sex in mentions.people(asked) if not (gender and sex and sex != gender)]
        answering = mentions.answering(asked, turn.answer, gender)
        stranger = mentions.foreign_person(turn.answer, asked) if asks_who else mentions.foreign_person(asked)
        found = [answering, *known] if asks_who else [*known, stranger, answering]
        if best := next((name for name in [*found, stranger] if name), ""):
            return best
    return None


def _place(said: Sequence[_Said]) -> str | None:
    for turn in reversed(said):
        texts = (turn.question, turn.answer)
        if _WHERE.search(fold(turn.question).casefold()):
            texts = (turn.answer, turn.question)
        if place := next(filter(None, map(mentions.place, texts)), ""):
            return place
    return None


def _thing(kind: str, said: Sequence[_Said]) -> str | None:
    texts = (text for turn in reversed(said) for text in (turn.question, turn.answer))
    return next(filter(None, (mentions.thing(kind, text) for text in texts)), None)


def _neighbour_year(words_of_it: str, said: Sequence[_Said], step: int) -> str | None:
    """The year beside the last one named, after the word for "in the year" of the same language."""
    years = (mentions.year(text) for turn in reversed(said) for text in (turn.question, turn.answer))
    known = next((year for year in years if year is not None), None)
    if known is None:
        return None
    lead = "en" if words_of_it.startswith("l'") else words_of_it.split()[0]
    return f"{lead} {known + step}" if fold(lead).casefold() in ("nam", "in", "en") else str(known + step)


def _beside(question: str, subject: str) -> str:
    """The question with a subject in brackets, unless its words stand there already."""
    told = set(words(question))
    return question if told.issuperset(words(subject)) else f"{question} ({subject.strip(' ?.!')})"


def _names_more_than_years(topic: str) -> bool:
    return bool(topic) and not topic.isdigit()


def _names_another(question: str) -> bool:
    return any(not name.is_number for name in mentions.named(question))


def _only_names(question: str, others: Sequence[mentions.Entity]) -> bool:
    """Whether a follow-up says nothing but "and X?", perhaps with a word for what X is."""
    rest = _instead_of(question).sub(" ", mentions.without(question, others).strip())
    return bool(others) and len(words(rest)) <= _MAX_BARE_CONTENT


def _instead(question: str) -> bool:
    """Whether a question asks the same of something else: "and X?"."""
    return bool(_instead_of(question).search(question.strip()))


def _instead_of(question: str) -> re.Pattern[str]:
    return _INSTEAD if _is_typed(question) else _INSTEAD_BARE


def _is_typed(question: str) -> bool:
    """Whether a question has diacritics in other words than its names."""
    return has_diacritics(mentions.without(question, mentions.named(question)))


def _asked_of(last: str, subjects: Sequence[mentions.Entity], others: Sequence[mentions.Entity]) -> str:
    """The last question with its first name replaced by a name, and its first number by a number."""
    replaced: dict[mentions.Entity, mentions.Entity] = {}
    added = []
    for other in others:
        alike = next((subject for subject in subjects if subject.is_number == other.is_number), None)
        if alike is None:
            added.append(f" ({other.text})")
        else:
            replaced.setdefault(alike, other)
    for subject in sorted(replaced, key=lambda each: -each.start):
        last = last[: subject.start] + replaced[subject].text + last[subject.end :]
    return last + "".join(added)
