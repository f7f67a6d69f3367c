"""What a question asks for: a number, a thing with a name or a date, several things, or yes or no."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from rag.text.language import language_of
from rag.text.normalize import has_diacritics, typed_and_bare

Kind = Literal["number", "name", "other"]


@dataclass(frozen=True, slots=True)
class QuestionType:
    """What a question asks for.

    `number` is how many or how much, `name` who, where, when or which, `other` what needs more words. `several` says
    that more than one thing is asked for, so that no short answer is a whole one; `polar` that yes or no is.
    """

    kind: Kind
    several: bool = False
    polar: bool = False


# What a question word asks for, of Vietnamese and of the other languages; the first that is found. On 7,463 questions
# of UIT-ViQuAD's and ViNewsQA's dev sets, XQuAD, ViCoQA and ViTabQA a finer kind (person, place, organisation) made no
# short answer better (tests/quality/ablation.json).
_VIETNAMESE: tuple[tuple[Kind, str], ...] = (
    ("name", r"\b(?:(?:năm|ngày|tháng|thế k[ỷỉ]) (?:(?:thứ )?mấy|bao nhiêu)|khi nào|bao giờ|lúc nào)\b"),
    ("number", r"\b(?:bao (?:nhiêu|lâu|xa)|mấy|số liệu|con số)\b"),
    ("name", r"\b(?:ai(?! cập)|đâu|(?<!thế )nào)\b"),
)
_OTHERS: tuple[tuple[Kind, str], ...] = (
    (
        "number",
        r"\b(?:how (?:many|much|long|high|tall|far|old|big|large|fast|deep|wide|often)"
        r"|wh(?:at|ich) percentage|combien|wie ?viele?n?|wie (?:hoch|lang|groß|alt|weit)"
        r"|cuánt[oa]s?|quant[ieoa]s?)\b|多少|几|幾|いくつ|いくら|何[人個台時分mメキ件本%]",
    ),
    (
        "name",
        r"\b(?:who|whom|whose|when|where|which|what (?!(?:is|are|was|were|do|does|did|has|have|had|happens?)\b)\w+"
        r"|quand|quel(?:le)?s?|wann|w[eo]r?|wohin|woher|welche[mnrs]?|wem|wen|quién(?:es)?|cuándo|dónde|quando"
        r"|qué (?:año|fecha|día|ciudad|país))\b|^(?:qui|où)\b|\b(?:à|de|par|avec) qui\b"
        r"|哪|谁|誰|何[年时時处]|什[么麼][时時]候|いつ|だれ|どこ",
    ),
)
# Where yes or no is asked for: a word that ends a clause of the question, or one that opens it. It is told of 105 of
# the 110 questions of ViCoQA that ask so and of 95 in 100 of those of BoolQ and StrategyQA, and of no other in 4,000
# (of the dev sets of UIT-ViQuAD and ViNewsQA, of XQuAD in four languages and of TREC).
_POLARS = {
    "vi": r"(?<!trên )(?<!hàng )(?<!phòng )(?<!đối )(?<!dưới )\b(?:không|chưa|chăng|ko|hông)"
    r"(?: (?:ạ|nhỉ|vậy|thế|hả|nhé|nha|ta|bạn|em|anh|chị|ad))*\W*$"
    r"|\b(?:à|hả|đúng chứ|phải chứ)\W*$"
    r"|\b(?:có phải|phải chăng|có đúng|có thật|đúng không|phải không|hay không|hay chưa|đúng hay sai)\b"
    r"|^\W*(?:liệu(?! pháp)|có nên)\b",
    "en": r"^(?!.*\b(?:how (?:many|much)\b|(?:when|where|who|what)\W*$))\W*(?:(?:so|and|but|then) )?"
    r"(?:is|are|was|were|am|do|does|did|has|have|had|can|could|will|would|shall|should|may|might|must)"
    r"(?:n['’]t)?\b",
    "fr": r"^\W*est[- ]ce qu|\bn['’]est[- ]ce pas\b"
    r"|^(?!(?:\S+ ){0,4}(?:qu[ie']|quoi|où|quand|comment|combien|pourquoi|quel\w*|(?:l|auxqu|desqu)el\w*))"
    r".*\w-(?:t-)?(?:ils?|elles?|on|ce|vous|tu)\b",
    "de": r"^\W*(?:ist|sind|war|waren|hat|haben|hatten?|wird|werden|wurden?|kann|können|darf|dürfen|gibt|gab|muss"
    r"|müssen|soll|liegt|steht|stimmt)\b",
    "zh": r"[吗嗎吧]\W*$|是不是|有没有|有沒有|是否|能否|能不能|会不会|可不可以",
}
# Words that ask for more, before which "không" at the end denies; but "có ai ... không" asks whether there is any.
_MORE = r"\b(?:ai|gì|nào|đâu|bao (?:nhiêu|giờ|lâu|xa)|mấy|sao)\b"
_ANY = r"\b(?:có|còn|đã)\b.*\b(?:ai|gì|đâu|nào)\b.*\b(?:không|chưa|ko|hông)\b"
_MORE_ELSEWHERE = re.compile(
    r"\b(?:wh(?:o|at|ich|en|ere|y|om|ose)|how|wer|was|wie|wo|wann|warum|welch\w+|qui|que|quel\w*|quand|comment|combien"
    r"|où|pourquoi)\b"
)
_CLAUSE = re.compile(r"[,;?？，；]")
# What stands between one question and the next.
_NEXT_QUESTION = re.compile(r"[,;?，；？]| (?:và|va|and|et|und|y) ")

_VIETNAMESE_KINDS = tuple((kind, typed_and_bare(pattern)) for kind, pattern in _VIETNAMESE)
_OTHER_KINDS = tuple((kind, re.compile(pattern)) for kind, pattern in _OTHERS)
_POLAR = {language: typed_and_bare(pattern) for language, pattern in _POLARS.items()}
_MORES, _ANYS = typed_and_bare(_MORE), typed_and_bare(_ANY)


@lru_cache(1024)
def question_type(question: str) -> QuestionType:
    """What a question asks for, by its question words; `other` when they do not tell."""
    text, bare, language = question.casefold(), not has_diacritics(question), language_of(question)
    vietnamese = language in ("vi", "und")
    patterns = [(kind, both[bare]) for kind, both in _VIETNAMESE_KINDS] if vietnamese else _OTHER_KINDS
    asking = sum(any(pattern.search(part) for _, pattern in patterns) for part in _NEXT_QUESTION.split(text))
    return QuestionType(
        next((kind for kind, pattern in patterns if pattern.search(text)), "other"),
        several=asking > 1,
        polar=_is_polar(text, language, bare),
    )


def _is_polar(text: str, language: str, bare: bool) -> bool:
    """Whether a clause of a question asks for yes or no; one whose language is not known counts as Vietnamese."""
    language = "vi" if language == "und" else language
    both = _POLAR.get(language)
    if both is None:
        return False
    clauses = [clause for each in _CLAUSE.split(text) if (clause := each.strip())]
    if language != "vi":
        more = _MORE_ELSEWHERE.search(text)
        return any(both[0].search(clause) for clause in (clauses[:1] if more else clauses))
    return any(
        both[bare].search(clause) and (not _MORES[bare].search(clause) or _ANYS[bare].search(clause))
        for clause in clauses
    )
