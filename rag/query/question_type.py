"""What a question asks for: a number of something, a time, a person, a place, an organisation, or something else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from typing import Literal

from rag.text.language import language_of
from rag.text.normalize import fold, has_diacritics, typed_and_bare
from rag.text.words import FUNCTION_WORDS

Kind = Literal["number", "date", "person", "place", "organisation", "name", "other"]


@dataclass(frozen=True, slots=True)
class QuestionType:
    """The kind of thing that a question asks for.

    `noun` are the words, without diacritics, of what is counted ("bao nhiêu nhà ga") or of which one is sought ("thành
    phố nào"); `unit` names the measure that a number is of, when the question tells. `before` and `after` are the words
    next to the question word, which often stand next to the answer too ("Ai phát hiện ra ..."). `several` says that
    more than one thing is asked for, so that no short answer is a whole one, and `listed` that all of a kind are, so
    that a single one of them is none.
    """

    kind: Kind
    noun: tuple[str, ...] = ()
    unit: str = ""
    before: str = ""
    after: str = ""
    vietnamese: bool = True
    several: bool = False
    listed: bool = False
    polar: bool = False


_VIETNAMESE: tuple[tuple[Kind, str], ...] = (
    ("number", r"\b(?:trong|suốt|mất|được|kéo dài) (?:bao nhiêu|mấy) (?:năm|tháng|ngày|giờ)\b"),
    (
        "date",
        r"\b(?:khi nào|bao giờ|lúc nào|(?:ngày|tháng|năm|hôm|mùa|dịp|thời (?:gian|điểm|kỳ|kì)|giai đoạn|thế k[ỷỉ]"
        r"|thập (?:niên|kỷ)) (?:(?:thứ )?mấy|nào|bao nhiêu))\b",
    ),
    ("number", r"\b(?:bao (?:nhiêu|lâu|xa)|mấy)\b"),
    (
        "person",
        r"\bai\b(?! cập)|\b(?:người|vị|ông|bà|vua|hoàng đế|hoàng hậu|nữ hoàng|tổng thống|thủ tướng|tướng|tác giả"
        r"|nhân vật|cầu thủ|ca sĩ|diễn viên|họa sĩ|giáo hoàng|đạo diễn|nhà (?:văn|thơ|báo|khoa học|vật lý|toán học"
        r"|vua|sử học|triết học|soạn nhạc|phát minh))(?: \w+)? nào\b",
    ),
    (
        "place",
        r"\b(?:ở|tại|từ|đến|về|nằm|tận) đâu\b|\bđâu (?:là|\?)|\b(?:nơi|nước|quốc gia|thành phố|tỉnh|huyện|quận|xã"
        r"|vùng|khu vực|châu lục|đảo|sông|núi|địa (?:điểm|phương|danh)|thủ đô|bang|miền|thị trấn"
        r"|làng|lục địa)(?: \w+)? nào\b",
    ),
    (
        "organisation",
        r"\b(?:công ty|đơn vị|tổ chức|cơ quan|trường|đại học|đảng|ngân hàng|doanh nghiệp|tập đoàn|hãng|viện|đội"
        r"|câu lạc bộ|bộ|liên minh|lực lượng)(?: \w+)? nào\b",
    ),
    ("number", r"\b(?:số liệu|con số)(?! (?:nào|gì))\b"),
)
_OTHERS: tuple[tuple[Kind, str], ...] = (
    (
        "number",
        r"\b(?:how (?:many|much|long|high|tall|far|old|big|large|fast|deep|wide|often)|(?:wh(?:at|ich)) (?:percentage"
        r"|percent|number|share|proportion|amount)|combien|wie ?viele?|wie (?:hoch|lang|groß|alt|weit)|cuánt[oa]s?"
        r"|quant[ieoa]s?)\b|多少|几|幾|いくつ|いくら|何[人個台時分mメキ件本%]",
    ),
    (
        "date",
        r"\b(?:when|wh(?:at|ich) (?:year|date|day|month|century|decade|time)|quand|(?:quelle|en quelle) (?:année|date)"
        r"|wann|welche[mns]? (?:jahr|tag)|cuándo|qué (?:año|fecha|día)|quando)\b"
        r"|哪一?年|何年|何时|何時|什么时候|什麼時候|几月|何月|いつ",
    ),
    (
        "person",
        r"\b(?:who|whom|whose|wh(?:at|ich) (?:person|man|woman|king|queen|president|player|author|actor|singer|general)"
        r"|wer|wem|wen|quién(?:es)?)\b|^qui\b|\b(?:à|de|par|avec) qui\b|谁|誰|哪位|だれ",
    ),
    (
        "place",
        r"\b(?:where|wh(?:at|ich) (?:city|country|state|place|town|region|county|river|island|continent|province|area"
        r"|location|stadium)|wo|woher|wohin|dónde|quelle (?:ville|région)|quel pays|qué (?:ciudad|país))\b|^où\b"
        r"|哪里|哪裡|哪儿|何处|在哪|哪个(?:城市|国家|省)|どこ",
    ),
    (
        "organisation",
        r"\bwh(?:at|ich) (?:company|organi[sz]ation|university|school|team|party|bank|agency|group|institution|network"
        r"|club|college|church)\b",
    ),
)
# Where all of a kind are asked for.
_VIETNAMESE_LIST = (
    r"\b(?:(?:những|các|hai|ba|bốn) (?:(?!(?:ngày|tháng|khi|lúc|này|đó|thuộc|do|ở|từ|học|quê|mang|là|có|được|thứ)\b)"
    r"\w+ ){1,4}(?:nào|gì)|những (?:gì|ai)|kể tên|liệt kê|nêu tên|gồm (?:có )?(?:những|gì|ai))\b"
)
_OTHER_LIST = (
    r"^(?:list|(?:name|énumérez|citez|nenne) (?:all|the|les?|die) \w+s\b)"
    r"|\b(?:what|who) (?:are|were) the (?:\w+ )?\w+s\b|\bwh(?:at|ich) (?!(?:was|does|has|his)\b)\w\w+[^\Wsui]s\b|哪些"
)
# Where yes or no is asked for: a word that ends a clause of the question, or one that opens it.
_POLARS = {
    "vi": r"(?<!trên )(?<!hàng )(?<!phòng )(?<!đối )(?<!dưới )\b(?:không|chưa|chăng|ko|hông)"
    r"(?: (?:ạ|nhỉ|vậy|thế|hả|nhé|nha|ta|bạn|em|anh|chị|ad))*\W*$"
    r"|\b(?:à|hả|đúng chứ|phải chứ)\W*$"
    r"|\b(?:có phải|phải chăng|có đúng|có thật|đúng không|phải không|hay không|hay chưa|đúng hay sai)\b"
    r"|^\W*(?:liệu(?! pháp)|có nên)\b",
    "en": r"^(?!.*\b(?:how (?:many|much)\b|(?:when|where|who|what)\W*$))\W*(?:(?:so|and|but|then) )?"
    r"(?:is|are|was|were|am|do|does|did|has|have|had|can|could|will|would|shall|should|may|might|must)"
    r"(?:n['’]t)?\b|^\W*(?:is|are|was|were|do|does|did|has|have|had|can|will)(?:n['’]t)? "
    r"(?:it|he|she|they|there|you|we)\W*$|^\W*(?:right|correct)\W*$",
    "fr": r"^\W*est[- ]ce qu|\bn['’]est[- ]ce pas\b"
    r"|^(?!(?:\S+ ){0,4}(?:qu[ie']|quoi|où|quand|comment|combien|pourquoi|quel\w*|(?:l|auxqu|desqu)el\w*))"
    r".*\w-(?:t-)?(?:ils?|elles?|on|ce|vous|tu)\b",
    "de": r"^\W*(?:ist|sind|war|waren|hat|haben|hatten?|wird|werden|wurden?|kann|können|darf|dürfen|gibt|gab|muss"
    r"|müssen|soll|liegt|steht|stimmt)\b",
    "es": r"^\W*(?:(?:no|se) )?(?:es|está|están|son|fue|fueron|tiene|tienen|hay|hubo|ha|han|había|puede|pueden"
    r"|existe)\b",
    "zh": r"[吗嗎吧]\W*$|是不是|有没有|有沒有|是否|能否|能不能|会不会|可不可以",
    "ja": r"^(?!.*(?:何(?!か)|誰(?!か)|だれ|どこ|いつ|どの|どれ|どなた|どっち|いかが|いくつ|いくら|なぜ|どう|どんな"
    r"|どち|なん|幾)).*か\W*$",
}
# Words that ask for more, before which "không" at the end denies; but "có ai ... không" asks whether there is any.
_MORE = r"\b(?:ai|gì|nào|đâu|bao (?:nhiêu|giờ|lâu|xa)|mấy|sao)\b"
_ANY = r"\b(?:có|còn|đã)\b.*\b(?:ai|gì|đâu|nào)\b.*\b(?:không|chưa|ko|hông)\b"
_MORE_ELSEWHERE = re.compile(
    r"\b(?:wh(?:o|at|ich|en|ere|y|om|ose)|how|wer|was|wie|wo|wann|warum|welch\w+|qué|quién\w*|cuá\w+|cómo|dónde"
    r"|cuándo|qui|que|quel\w*|quand|comment|combien|où|pourquoi)\b"
)
_CLAUSE = re.compile(r"[,;?？，；]")
_NOUN_BEFORE = r"((?:\w+ )?\w+) nào\b"
_NOUN_AFTER = re.compile(
    r"\b(?:how (?:many|much)|wh(?:at|ich)|combien d[e']|wie ?viele?|cuánt[oa]s?) ?((?:\w+ ?){1,2})"
)
_COUNTED = r"\b(?:bao nhiêu|mấy)((?: \w+){1,8})"

# A word of the question that tells the measure, and the measure; the first that is found.
_MEASURES = (
    ("share", r"phần trăm|%|t[ỷỉ] lệ|percent|share|proportion|pourcentage|prozent|porcentaje"),
    (
        "money",
        r"tiền|kinh phí|chi phí|vốn|đầu tư|doanh thu|trị giá|giá (?:vé|bao)|lương|thu nhập|thiệt hại(?! về người)|gdp"
        r"|money|cost|price|paid|spen[dt]",
    ),
    ("heat", r"nhiệt độ|độ c\b|temperature|température"),
    ("area", r"diện tích|rộng bao nhiêu (?:ha|km)|area|superficie|fläche"),
    (
        "length",
        r"dài|\bcao bao|cao khoảng|độ cao|chiều|bao xa|sâu bao|\bcách .*bao"
        r"|how (?:high|tall|far|deep|wide)|height|length|wie (?:hoch|lang)",
    ),
    ("weight", r"nặng|trọng lượng|khối lượng|weigh|mass\b"),
    ("time", r"bao lâu|thời gian|tuổi thọ|bao nhiêu tuổi|how (?:long|old)"),
)


_VIETNAMESE_KINDS = tuple((kind, typed_and_bare(pattern)) for kind, pattern in _VIETNAMESE)
_OTHER_KINDS = tuple((kind, re.compile(pattern)) for kind, pattern in _OTHERS)
_LISTS, _LISTS_ELSEWHERE = typed_and_bare(_VIETNAMESE_LIST), re.compile(_OTHER_LIST)
_POLAR = {language: typed_and_bare(pattern) for language, pattern in _POLARS.items()}
_MORES, _ANYS = typed_and_bare(_MORE), typed_and_bare(_ANY)
_MEASURE = tuple((unit, typed_and_bare(pattern)) for unit, pattern in _MEASURES)
_SOUGHT, _COUNT = typed_and_bare(_NOUN_BEFORE), typed_and_bare(_COUNTED)
_AMOUNT = typed_and_bare(r"\b(?:số(?! liệu)(?: lượng)?|lượng) (\w+)")
_COUNTABLE = frozenset(("người", "năm"))  # small words that can be counted all the same
_SMALL = frozenset().union(*FUNCTION_WORDS.values()) - _COUNTABLE
# What stands between one question and the next.
_FURTHER = re.compile(r"[,;?，；？]| (?:và|va|and|et|und|y) ")
SMALL_BARE = frozenset(map(fold, _SMALL))


@lru_cache(1024)
def question_type(question: str) -> QuestionType:
    """What a question asks for, by its question words; `other` when they do not tell."""
    said = question.casefold()
    bare = not has_diacritics(question)
    language = language_of(question)
    vietnamese = language in ("vi", "und")
    patterns = [(kind, both[bare]) for kind, both in _VIETNAMESE_KINDS] if vietnamese else _OTHER_KINDS
    matches: Iterator[tuple[Kind, re.Match[str] | None]] = (
        (kind, match) for kind, pattern in patterns if (match := pattern.search(said))
    )
    kind, match = next(matches, ("other", None))
    noun = _noun(said, kind, vietnamese, bare)
    listed = kind != "date" and bool((_LISTS[bare] if vietnamese else _LISTS_ELSEWHERE).search(said))
    polar = _is_polar(said, language, bare)
    if match is None:
        return QuestionType("name" if noun else "other", noun, vietnamese=vietnamese, listed=listed, polar=polar)
    unit = next((unit for unit, both in _MEASURE if both[bare].search(said)), "") if kind == "number" else ""
    before = [word for word in re.findall(r"\w+", said[: match.start()]) if word not in _SMALL]
    after = [word for word in re.findall(r"\w+", said[match.end() :]) if word not in _SMALL]
    parts = _FURTHER.split(said)
    return QuestionType(
        kind,
        noun,
        unit,
        before=fold(before[-1]) if before else "",
        after=fold(after[0]) if after else "",
        vietnamese=vietnamese,
        several=sum(any(pattern.search(part) for _, pattern in patterns) for part in parts) > 1,
        listed=listed,
        polar=polar,
    )


def _is_polar(said: str, language: str, bare: bool) -> bool:
    """Whether a clause of a question asks for yes or no.

    The language of short questions is often not known, or mistaken: what opens and ends in Spanish tells it.
    """
    language = "es" if said.startswith("¿") else "vi" if language == "und" else language
    both = _POLAR.get(language)
    if both is None:
        return False
    clauses = [clause for each in _CLAUSE.split(said) if (clause := each.strip())]
    if language != "vi":
        more = _MORE_ELSEWHERE.search(said)
        return any(both[0].search(clause) for clause in (clauses[:1] if more else clauses))
    return any(
        both[bare].search(clause) and (not _MORES[bare].search(clause) or _ANYS[bare].search(clause))
        for clause in clauses
    )


def _noun(said: str, kind: Kind, vietnamese: bool, bare: bool) -> tuple[str, ...]:
    """The words behind "bao nhiêu", before "nào", or behind "how many" and "which" as far as the first small word."""
    if not vietnamese:
        match = _NOUN_AFTER.search(said)
    elif kind == "number":
        match = _COUNT[bare].search(said) or _AMOUNT[bare].search(said)
    else:
        match = _SOUGHT[bare].search(said)
    words = match[1].split() if match else []
    if kind == "number" and vietnamese:
        return tuple(map(fold, words)) if words and words[0] not in _SMALL else ()
    if not vietnamese:
        words = list(takewhile(lambda word: word not in _SMALL, words))
    return tuple(fold(word) for word in words if word not in _SMALL)
