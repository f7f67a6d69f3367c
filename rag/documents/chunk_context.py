"""An article -> the context of its sentences: the subject, the section and the date that they leave unsaid."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from rag.documents.article import Article
from rag.text.names import names
from rag.text.ranges import TextRange

MAX_SUBJECT_CHARS = 100
_LOOK_BACK = 10
# After a Vietnamese word for a person: anh hùng is a hero, cô đơn lonely, Anh quốc England.
_NO_PERSON = "hùng|em|trai|quốc|và|rút|con|đơn|giáo|dâu|rể|gái|nhà|hàng|tiên"
# What a sentence opens with whose subject was named before; the first letter is taken as small.
_POINTERS = {
    "vi": rf"(?:theo )?(?:ông|bà|anh|chị|cô|họ|nó|đây)(?! (?:{_NO_PERSON}))|(?:\w+ ){{1,4}}?(?:này|ấy)"
    r"|(?:trước|sau|khi|tại|từ) đó",
    "en": r"he|she|they|it|his|her|their|its|this|these",
    "fr": r"ils?|elles?|celui-ci|celle-ci|cet|cette|ces",
    "de": r"er|sie|es|ihre?|seine?|diese[mnrs]?",
    "es": r"él|ella|ellos|ellas|este|esta|estos|estas|sus?",
    "zh": r"[他她它该該这這此]",
    "ja": r"彼女?|この|その|これ|同[氏社]",
}
# Languages whose script has no capitals to tell a name by.
_UNCASED = {"zh", "ja"}
_POINTS_BACK = {
    language: re.compile(
        # A short phrase may come first: "Năm 1954, ông ...".
        rf"(?:[^,.，、。]{{1,40}}[,，、] ?)?(?P<pointer>{pointers})" + (r"(?!\w)" if language not in _UNCASED else "")
    )
    for language, pointers in _POINTERS.items()
}
_OPENING_MARKS = " \"'“”‘«»(–—-"
_LINE = re.compile(r"\S[^\n]*")
_SENTENCE_ENDS = tuple(".!?…:;,。！？：；，、")
_DATE = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{4}")
_CREDIT = re.compile(r"(?i:ảnh|bài|tin|nguồn|video|photos?|source|text|fotos?)[^:]{0,20}:|(?:Theo|By|Par|Von|Por) ")


def contexts(article: Article, spans: Sequence[TextRange]) -> Iterator[tuple[str, ...]]:
    """For each sentence, what a chunk that starts with it leaves unsaid: subject, section and date, where there are."""
    published = _day_first(date.fromisoformat(article.published)) if article.published else ""
    found = [*headings(article)]
    pointing = [points_back(article.text[start:end], article.language) for start, end in spans]
    section, passed = "", 0
    for place, (start, _) in enumerate(spans):
        while passed < len(found) and found[passed][0] <= start:
            passed += 1
        if passed:
            begin, end = found[passed - 1]
            # A chunk that starts with the heading says it itself.
            section = article.text[begin:end] if end <= start else ""
        subject = _subject(article, spans, pointing, place) if pointing[place] else ""
        yield tuple(line for line in (subject, section, published) if line)


def headings(article: Article) -> Iterator[TextRange]:
    """Spans of the section headings: short lines, no sentences, each before a longer paragraph."""
    lines = [(match.start(), match.start() + len(match[0].rstrip())) for match in _LINE.finditer(article.text)]
    said = [article.text[start:end] for start, end in lines]
    unended, paragraphs = 0, 0
    for place, line in enumerate(said[:-1]):
        if _ends_sentence(line):
            unended, paragraphs = 0, paragraphs + 1
            continue
        unended += 1
        following = said[place + 1]
        # A heading may stand under another; more short lines in a row are a list.
        if (
            unended <= 2
            and _is_short_title(line, article.title)
            and not (paragraphs == 0 and _is_name(line))
            and len(following) > len(line)
            and _ends_sentence(following)
        ):
            yield lines[place]


def points_back(sentence: str, language: str) -> bool:
    """Whether a sentence opens with a word for what was named before it ("Ông cũng cho biết", "This bridge")."""
    pattern = _POINTS_BACK.get(language)
    sentence = sentence.lstrip(_OPENING_MARKS)
    match = pattern.match(sentence[:1].lower() + sentence[1:]) if pattern else None
    if match is None or match["pointer"] != match["pointer"].lower():
        return False
    # In Vietnamese a word for a person comes before the name too: Ông Nguyễn Văn A.
    return language != "vi" or not sentence[match.end() :].lstrip()[:1].isupper()


def _day_first(day: date) -> str:
    return f"{day.day}/{day.month}/{day.year}"


def _is_short_title(line: str, title: str) -> bool:
    return (
        len(line) <= 100
        and len(line.split()) <= 12
        and any(map(str.isalpha, line))
        and line.casefold() != title.casefold()
        and line[0] not in "([-–•*|"
        and not _DATE.search(line)
        and not _CREDIT.match(line)
    )


def _is_name(line: str) -> bool:
    """Whether every word is capitalised, as in a by-line."""
    return all(word[0].isupper() for word in line.split())


def _ends_sentence(line: str) -> bool:
    return line.rstrip('"”»’) ').endswith(_SENTENCE_ENDS)


def _subject(article: Article, spans: Sequence[TextRange], pointing: Sequence[bool], place: int) -> str:
    """The names in the nearest sentence before this one that does not point back itself, or all of that sentence."""
    for before in range(place - 1, max(place - 1 - _LOOK_BACK, -1), -1):
        if pointing[before]:
            continue
        said = " ".join(article.text[slice(*spans[before])].split())
        if article.language in _UNCASED:
            return said[:MAX_SUBJECT_CHARS]
        if found := _full_names(said):
            missing = ", ".join(name for name in found if name not in article.title)
            whole = missing if len(missing) <= MAX_SUBJECT_CHARS else missing[:MAX_SUBJECT_CHARS].rpartition(", ")[0]
            return whole or missing[:MAX_SUBJECT_CHARS]
    return ""


def _full_names(sentence: str) -> list[str]:
    """Names of several words, and acronyms; a single capitalised word may only open the sentence."""
    # After a mark no word is the first, whose capital would not count.
    found = dict.fromkeys(names(f"… {sentence}"))
    return [name for name in found if name.isupper() or sum(word[0].isupper() for word in name.split()) > 1]
