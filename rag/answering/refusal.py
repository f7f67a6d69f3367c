"""The text of a refusal: what was looked for, and what of it the nearest passages do not mention."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set

from rag.answering.quote import Quote
from rag.prompts import without_markers
from rag.query.query import Query
from rag.retrieval.passage import Passage
from rag.text.names import names
from rag.text.words import content_words

_NOT_FOUND = {
    "vi": "Không tìm thấy câu trả lời trong bộ bài viết này.",
    "en": "The answer was not found in this collection.",
    "fr": "La réponse ne se trouve pas dans cette collection.",
    "de": "Die Antwort wurde in dieser Sammlung nicht gefunden.",
    "es": "La respuesta no se encontró en esta colección.",
    "zh": "在这些文章中没有找到答案。",
    "ja": "この記事集には答えが見つかりませんでした。",
}
# What was looked for; what of it the nearest passages do not mention; and which of them, when others are foreign.
_LOOKED_FOR = {
    "vi": (" Đã tìm: {}.", " Các đoạn gần nhất{} không nhắc đến: {}.", " cùng ngôn ngữ"),
    "en": (" Looked for: {}.", " The nearest passages{} do not mention: {}.", " in the same language"),
    "fr": (
        " Recherché : {}.",
        " Les passages les plus proches{} ne mentionnent pas : {}.",
        " dans la même langue",
    ),
    "de": (" Gesucht: {}.", " Die nächstliegenden Stellen{} erwähnen nicht: {}.", " in derselben Sprache"),
    "es": (" Se buscó: {}.", " Los pasajes más cercanos{} no mencionan: {}.", " en el mismo idioma"),
    "zh": ("已查找：{}。", "最接近的{}段落没有提到：{}。", "同语言"),
    "ja": ("検索した語：{}。", "最も近い{}箇所に出てこない語：{}。", "同じ言語の"),
}
# The nearest sentences, where they may answer after all.
_NEAREST = {
    "vi": "Gần nhất, có thể không trả lời câu hỏi: {}",
    "en": "Nearest, though it may not answer the question: {}",
    "fr": "Au plus près, sans peut-être répondre à la question : {}",
    "de": "Am nächsten, vielleicht ohne die Frage zu beantworten: {}",
    "es": "Lo más cercano, aunque quizá no responda a la pregunta: {}",
    "zh": "最接近的句子，可能没有回答问题：{}",
    "ja": "最も近い文（質問の答えではないかもしれません）：{}",
}
_MAX_CHARS = 160  # of each list
_UNSPACED = ("zh", "ja", "th")
_MARKS = " \t\n.,;:!?…\"'“”„‘’«»()[]{}，。？！、：；「」『』（）"


def refusal(query: Query, language: str, passages: Sequence[Passage]) -> str:
    """The answer, in a language, that the collection holds none; it claims nothing of passages that were not read.

    It lists the content words of the question, then those that stand in none of these passages. Passages in another
    language than the question are left out of that, since their words cannot be compared. Languages without a text of
    their own are answered in English.
    """
    language = language if language in _NOT_FOUND else "en"
    looked_for, unmentioned, in_the_same_language = _LOOKED_FOR[language]
    text = _NOT_FOUND[language] + looked_for.format(_listed(_content_runs(query)))
    comparable = [passage for passage in passages if not query.is_foreign_to(passage.language)]
    missing = _listed(_missing(query, passages)) if comparable else ""
    if not missing:
        return text
    return text + unmentioned.format("" if len(comparable) == len(passages) else in_the_same_language, missing)


def nearest(language: str, quotes: Sequence[Quote]) -> str:
    """What is put behind a refusal, in a line of its own: the nearest quotes, and that they may not answer.

    Empty where there are none.
    """
    said = " ".join(f"“{without_markers(quote.text)}” [{number}]" for number, quote in enumerate(quotes, start=1))
    return "\n" + _NEAREST.get(language, _NEAREST["en"]).format(said) if quotes else ""


def _missing(query: Query, passages: Sequence[Passage]) -> Iterator[str]:
    """Names that no passage holds whole, then runs of other content words that none holds, as they are typed."""
    tokens = [frozenset(query.tokens(f"{passage.title} {passage.text}")) for passage in passages]
    wanted = ((name, query.tokens(name)) for name in dict.fromkeys(names(query.text)))
    unnamed = {name: words for name, words in wanted if not any(each.issuperset(words) for each in tokens)}
    yield from unnamed
    yield from _content_runs(query, frozenset().union(*tokens, *unnamed.values()))


def _content_runs(query: Query, known: Set[str] = frozenset()) -> Iterator[str]:
    """Neighbouring content words of the question, as they are typed and joined, less those that are known."""
    wanted = set(content_words(query.tokens(query.text), query.language, bare=query.bare)) - known
    unspaced = query.language in _UNSPACED
    runs: list[list[str]] = [[]]
    for word in query.tokens(query.text) if unspaced else query.text.split():
        if wanted.isdisjoint(query.tokens(word)):
            runs.append([])
            continue
        runs[-1].append(word)
        if word[-1] in _MARKS:
            runs.append([])
    return (("" if unspaced else " ").join(run).strip(_MARKS) for run in runs if run)


def _listed(found: Iterator[str]) -> str:
    """The texts, each once and without markers, in one line that is cut between words where it grows too long."""
    listed = without_markers(", ".join(dict.fromkeys(each for each in found if each)))
    return listed if len(listed) <= _MAX_CHARS else f"{listed[:_MAX_CHARS].rsplit(' ', 1)[0]} …"
