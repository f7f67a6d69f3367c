"""What a sentence is about when it is read by itself: its subject, its section and the date of its article."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from rag.documents.article import Article
from rag.text.names import names
from rag.text.ranges import TextRange
from rag.text.sentences import ends_sentence

MAX_SUBJECT_CHARS = 100
# How many sentences back a subject is looked for.
_LOOK_BACK = 10
# What makes another word of a Vietnamese pronoun: anh hùng is a hero, cô đơn lonely, Anh quốc England.
_NO_PERSON = "hùng|em|trai|quốc|và|rút|con|đơn|giáo|dâu|rể|gái|nhà|hàng|tiên"
# Pronouns and demonstratives with which a sentence refers to what was named before it, in small letters.
_ANAPHORS = {
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
_OPENS_WITH_ANAPHOR = {
    language: re.compile(
        # A short phrase may come first: "Năm 1954, ông ...".
        rf"(?:[^,.，、。]{{1,40}}[,，、] ?)?(?P<anaphor>{anaphors})" + (r"(?!\w)" if language not in _UNCASED else "")
    )
    for language, anaphors in _ANAPHORS.items()
}
_OPENING_MARKS = " \"'“”‘«»(–—-"
_LINE = re.compile(r"\S[^\n]*")
_DATE = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{4}")
_CREDIT = re.compile(r"(?i:ảnh|bài|tin|nguồn|video|photos?|source|text|fotos?)[^:]{0,20}:|(?:Theo|By|Par|Von|Por) ")


def sentence_contexts(article: Article, spans: Sequence[TextRange]) -> Iterator[tuple[str, ...]]:
    """For each sentence the lines of context that a chunk which begins with it does not hold itself.

    In this order, where there are: the subject that its pronoun refers to, the heading of its section, and the date of
    the article, day first.
    """
    published = _day_first(date.fromisoformat(article.published)) if article.published else ""
    sections = [*headings(article)]
    anaphoric = [is_anaphoric(article.text[start:end], article.language) for start, end in spans]
    section, passed = "", 0
    for place, (start, _) in enumerate(spans):
        while passed < len(sections) and sections[passed][0] <= start:
            passed += 1
        if passed:
            begin, end = sections[passed - 1]
            # A chunk that begins with the heading holds it.
            section = article.text[begin:end] if end <= start else ""
        subject = _subject(article, spans, anaphoric, place) if anaphoric[place] else ""
        yield tuple(line for line in (subject, section, published) if line)


def headings(article: Article) -> Iterator[TextRange]:
    """The places of section headings, in order: short lines that end no sentence, each before a longer paragraph."""
    lines = [(match.start(), match.start() + len(match[0].rstrip())) for match in _LINE.finditer(article.text)]
    texts = [article.text[start:end] for start, end in lines]
    unended, paragraphs = 0, 0
    for place, line in enumerate(texts[:-1]):
        if ends_sentence(line):
            unended, paragraphs = 0, paragraphs + 1
            continue
        unended += 1
        following = texts[place + 1]
        # A heading may stand under another; more short lines in a row are a list.
        if (
            unended <= 2
            and _is_short_title(line, article.title)
            and not (paragraphs == 0 and _is_name(line))
            and len(following) > len(line)
            and ends_sentence(following)
        ):
            yield lines[place]


def is_anaphoric(sentence: str, language: str) -> bool:
    """Whether a sentence opens with a word for what was named before it ("Ông cũng cho biết", "This bridge")."""
    pattern = _OPENS_WITH_ANAPHOR.get(language)
    sentence = sentence.lstrip(_OPENING_MARKS)
    match = pattern.match(sentence[:1].lower() + sentence[1:]) if pattern else None
    if match is None or match["anaphor"] != match["anaphor"].lower():
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


def _subject(article: Article, spans: Sequence[TextRange], anaphoric: Sequence[bool], place: int) -> str:
    """The names in the nearest sentence before this one that is not anaphoric itself.

    In a script without capitals, where names do not show, the beginning of that sentence. "" where there is none.
    """
    for before in range(place - 1, max(place - 1 - _LOOK_BACK, -1), -1):
        if anaphoric[before]:
            continue
        antecedent = " ".join(article.text[slice(*spans[before])].split())
        if article.language in _UNCASED:
            return antecedent[:MAX_SUBJECT_CHARS]
        if found := _full_names(antecedent):
            missing = ", ".join(name for name in found if name not in article.title)
            whole = missing if len(missing) <= MAX_SUBJECT_CHARS else missing[:MAX_SUBJECT_CHARS].rpartition(", ")[0]
            return whole or missing[:MAX_SUBJECT_CHARS]
    return ""


def _full_names(sentence: str) -> list[str]:
    """Names of several words, and acronyms; a single capitalised word may only open the sentence."""
    # After a mark no word is the first, whose capital would not count.
    found = dict.fromkeys(names(f"… {sentence}"))
    return [name for name in found if name.isupper() or sum(word[0].isupper() for word in name.split()) > 1]
