"""Statements made of questions and answers, and questions for yes or no made of statements, to train on."""

from __future__ import annotations

import random
import re

from rag.text.words import FUNCTION_WORDS

# What a Vietnamese question word asks for stands where it stands itself; a noun before it may be in the answer too.
_TIME = re.compile(r"\b(?:vào )?(năm|ngày|tháng|thế kỷ) (?:nào|mấy|bao nhiêu)\b", re.IGNORECASE)
_COUNT = re.compile(r"\bbao nhiêu(?: (\w+))?", re.IGNORECASE)
_WHICH = re.compile(r"\b(?:những |các )?(?!(?:khi|lúc|thế) )(\w+) nào\b", re.IGNORECASE)
_PLACE = re.compile(r"\b(?:ở )?đâu\b", re.IGNORECASE)
_OTHER = re.compile(r"\b(?:ai|gì|khi nào|bao giờ|lúc nào)\b", re.IGNORECASE)
_WHEN = re.compile(r"khi nào|bao giờ|lúc nào", re.IGNORECASE)
_TWICE = re.compile(r"\b(\w+)(?: \1)+\b")
_TITLES = frozenset(("ông", "bà", "anh", "chị", "cô"))
_REASON = re.compile(r"\b(?:vì sao|tại sao|như thế nào|thế nào|làm sao|ra sao)\b", re.IGNORECASE)
_INFLECTED = re.compile(r" (được|bị|phải|nên|từng|cần) ")
_PERFECT = re.compile(r" đã ")
_IS = re.compile(r"^(\w[\w' -]{0,60}?) (is|are|was|were|has|have|had|can|could|will|would) (?!not\b)")
_FRAMES = {
    "vi": (
        "Có phải {} không?",
        "{} phải không?",
        "{} đúng không?",
        "Có đúng là {} không?",
        "{} à?",
        "{} có đúng không?",
        "{} không?",
    ),
    "en": ("Is it true that {}?", "{}, right?", "Is it the case that {}?"),
    "fr": ("Est-ce que {} ?", "{}, n'est-ce pas ?", "{} ?"),
    "de": ("Stimmt es, dass {}?", "{}, oder?"),
    "es": ("¿Es cierto que {}?", "¿{}?"),
    "zh": ("{}吗？", "是不是{}？", "{}，对吗？"),
    "ja": ("{}ですか？", "{}というのは本当ですか？"),
}


def statement(question: str, answer: str) -> str | None:
    """What a Vietnamese question and its answer say together, None where the question word is not a plain one."""
    text = question.strip().rstrip("?.! ")
    if _REASON.search(text) or len(answer.split()) > 12:
        return None
    said = answer.strip().rstrip(".,;")
    for pattern in (_TIME, _COUNT, _WHICH, _PLACE, _OTHER):
        found = pattern.findall(text)
        if len(found) != 1:
            if found:
                return None
            continue
        # "12 nhà ga ga" where only the last word of the noun was left.
        return _TWICE.sub(r"\1", pattern.sub(lambda match: _in_place(match, said), text)) + "."
    return None


def _in_place(match: re.Match[str], answer: str) -> str:
    if _WHEN.fullmatch(match[0]):
        return f"vào {answer}"
    if match.re is _PLACE and match[0].casefold().startswith("ở"):
        return answer if answer.casefold().startswith("ở ") else f"ở {answer}"
    noun = next((group for group in match.groups() if group), "")
    if not noun or noun.casefold() in answer.casefold().split():
        return answer
    if match.re is _COUNT:
        # "318 người" holds its noun, "318" does not, and another noun than the next word may be a unit.
        return answer if re.search(r"[^\W\d]", answer) else f"{answer} {noun}"
    return f"{noun} {answer}"


def polar_question(said: str, language: str, rng: random.Random) -> str:
    """A statement as a question for yes or no, in one of the ways in which its language asks."""
    plain = said.strip().rstrip(".。!！ ")
    first, _, rest = plain.partition(" ")
    if first.casefold() in FUNCTION_WORDS.get(language, frozenset()) | _TITLES:
        plain = f"{first.casefold()} {rest}"
    if language == "vi":
        built = _vietnamese(plain, rng)
    elif language == "en":
        built = _IS.sub(lambda match: f"{match[2].capitalize()} {match[1]} ", plain) + "?" if _IS.match(plain) else None
    else:
        built = None
    if built and rng.random() < 0.7:
        return built
    frame = rng.choice(_FRAMES.get(language, ("{}?",)))
    return frame.format(plain[:1].upper() + plain[1:] if frame.startswith("{") else plain)


def _vietnamese(plain: str, rng: random.Random) -> str | None:
    if " là " in plain and " có " not in plain:
        return plain.replace(" là ", rng.choice((" có phải là ", " có phải ")), 1) + " không?"
    if _PERFECT.search(plain) and rng.random() < 0.5:
        return rng.choice((plain, plain.replace(" đã ", " ", 1))) + " chưa?"
    if "không" in plain.split() or "chưa" in plain.split():
        return None
    if match := _INFLECTED.search(plain):
        return f"{plain[: match.start()]} có {plain[match.start() + 1 :]} không?"
    return None
