"""Evidence -> the words of an answer: the quotes themselves, a language model's phrasing of them, or a refusal."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from rag.answering.answer import Delta, Draft
from rag.answering.answer_check import AnswerCheck
from rag.answering.article_list import about_collection, choices, small_talk
from rag.answering.citations import Citation, Cited, cite
from rag.answering.conflicts import Conflicts, find_conflicts
from rag.answering.evidence import Evidence, HeldSide
from rag.answering.extraction import best_quotes, extract
from rag.answering.quote import Quote
from rag.answering.refusal import nearest, refusal
from rag.answering.replies import replies
from rag.answering.verification import denies
from rag.config import AnswerSettings, LlmSettings, bolder_level
from rag.errors import GenerationError, ModelError
from rag.index.filter import Filter
from rag.index.store import Store
from rag.models.llm import LanguageModel, Message
from rag.prompt_injection import is_injection
from rag.prompts import neutral, render, without_markers
from rag.query.query import Query
from rag.query.question_kind import UNSEARCHED
from rag.query.request import Request
from rag.text.language import language_of

LOG = logging.getLogger(__name__)
# Some 400 tokens: what a small model reads in seconds, and keeps in mind.
_MAX_EVIDENCE_CHARS, _MAX_QUOTE_CHARS, _MAX_TITLE_CHARS = 1000, 600, 150
# Of a reply, what is read: a server may not keep to the number of tokens, of which the most allowed are some 16,000.
_MAX_REPLY_CHARS = 20_000
_NOTICES = {
    "vi": "Mô hình ngôn ngữ không trả lời được ({reason}); đây là nguyên văn các câu tìm thấy.",
    "en": "The language model gave no usable answer ({reason}); these are the sentences found.",
    "fr": "Le modèle de langue n'a pas donné de réponse utilisable ({reason}) ; voici les phrases trouvées.",
    "de": "Das Sprachmodell gab keine brauchbare Antwort ({reason}); dies sind die gefundenen Sätze.",
    "es": "El modelo de lenguaje no dio una respuesta utilizable ({reason}); estas son las frases encontradas.",
    "zh": "语言模型没有给出可用的回答（{reason}）；以下是找到的原句。",
    "ja": "言語モデルから使える回答が得られませんでした（{reason}）。見つかった文をそのまま示します。",
}
_DENIED = {
    "vi": "nó không thấy câu trả lời trong trích dẫn",
    "en": "it found no answer in the quotes",
    "fr": "il n'a pas trouvé de réponse dans les citations",
    "de": "es fand in den Zitaten keine Antwort",
    "es": "no encontró respuesta en las citas",
    "zh": "它在引文中没有找到答案",
    "ja": "引用の中に答えを見つけられませんでした",
}
_UNUSABLE = {
    "vi": "câu trả lời không có trong trích dẫn",
    "en": "its answer is not borne out by the quotes",
    "fr": "sa réponse n'est pas confirmée par les citations",
    "de": "seine Antwort ist durch die Zitate nicht belegt",
    "es": "su respuesta no está respaldada por las citas",
    "zh": "其回答没有引文依据",
    "ja": "その回答は引用で裏付けられていません",
}


def draft_answer(
    request: Request,
    query: Query,
    evidence: Evidence,
    store: Store,
    llm: Callable[[], LanguageModel | None],
    settings: AnswerSettings,
    limits: LlmSettings,
    check: AnswerCheck,
) -> Iterator[Delta | Draft]:
    """What is written of an answer, in order, ending with the draft.

    What the store tells when the question is about the collection, too vague, or none; a refusal when the evidence is
    less sure than the request asks for, or the side of a comparison that is sure enough; the quotes when it asks for no
    more, when yes or no is asked for, which neither the reader nor a small model tells well, when the short answer is
    sure, when it is doubtful that they answer and the model is one of this machine, and when there is none; else the
    model's phrasing of them.
    """
    told = _told_by_the_store(query, evidence, store, request.only)
    if told:
        yield told
        return
    threshold = settings.refuse_below if request.refuse_below is None else request.refuse_below
    if not evidence.quotes or evidence.confidence < threshold:
        side = evidence.held_side
        if side and side.confidence >= threshold:
            yield _one_sided(query, evidence, side, settings)
            return
        yield _refused(request, query, evidence, settings, threshold)
        return
    conflicts = find_conflicts(query, evidence.quotes[: settings.quotes])
    left_alone = evidence.doubtful and not limits.base_url  # a small model of this machine would answer all the same
    if request.mode == "extractive" or query.polar or evidence.quotes[0].short or left_alone:
        yield extract(query, evidence, conflicts, settings)
        return
    try:
        model = llm()
    except ModelError as error:
        yield extract(query, evidence, conflicts, settings, notice(query.reply_language, str(error)))
        return
    if model is None:
        yield extract(query, evidence, conflicts, settings)
    else:
        yield from generate(query, evidence, conflicts, model, settings, limits, check)


def _one_sided(query: Query, evidence: Evidence, side: HeldSide, settings: AnswerSettings) -> Draft:
    """The quotes of the one side of a comparison that is held, and that no sure answer was found for the other."""
    quoted = extract(query, replace(evidence, quotes=side.quotes), Conflicts(), settings)
    unsure = replies(query.reply_language).unsure_of.format(side=without_markers(side.other))
    return replace(quoted, text=f"{quoted.text}\n{unsure}")


def _refused(request: Request, query: Query, evidence: Evidence, settings: AnswerSettings, threshold: float) -> Draft:
    """A refusal; the quotes that the next bolder level would answer with come behind it, as what may not answer.

    None in another language than the question: of such evidence little tells what is held from what is not.
    """
    text = refusal(query, query.reply_language, evidence.passages)
    near: list[Quote] = []
    if evidence.quotes and evidence.confidence >= bolder_level(threshold):
        quotes = best_quotes(query, evidence, Conflicts(), settings)
        near = [quote for quote in quotes if not query.is_foreign_to(quote.language)]
    citations = tuple(Citation(number, quote, "supported") for number, quote in enumerate(near, start=1))
    return Draft(text + nearest(query.reply_language, near), "refused", request.mode, citations)


def _told_by_the_store(query: Query, evidence: Evidence, store: Store, only: Filter) -> Draft | None:
    if query.kind in UNSEARCHED:
        return small_talk(query, store, only)
    if query.kind == "collection":
        return about_collection(query, evidence, store, only)
    return choices(query, evidence, store, only) if query.kind == "vague" else None


def generate(
    query: Query,
    evidence: Evidence,
    conflicts: Conflicts,
    llm: LanguageModel,
    settings: AnswerSettings,
    limits: LlmSettings,
    check: AnswerCheck,
) -> Iterator[Delta | Draft]:
    """Pieces of the answer as the model writes it from the quotes, then the draft whose sentences the quotes bear out.

    When nothing that it says is borne out, or it speaks another language than the question, it is asked once more,
    unseen. When that fails too, or the model does, the draft is the quotes, with a notice.
    """
    question, language = query.text, query.reply_language
    ends = time.monotonic() + limits.timeout
    quotes = _fitting(_without_injections(conflicts.latest_first(evidence.quotes[: settings.quotes]), question))
    if not quotes:
        yield extract(query, evidence, conflicts, settings)
        return
    dangling = unsupported = 0
    reason = ""
    try:
        messages = render("answer", language, {"question": neutral(question), "evidence": _numbered(quotes)})
        for attempt in range(2):
            written: list[str] = []
            for piece in _pieces(llm, messages, limits, ends):
                written.append(piece)
                if attempt == 0:
                    yield Delta(piece)
            text = "".join(written)[:_MAX_REPLY_CHARS]
            cited = _checked(text, quotes, check, question, language, settings, ends)
            dangling, unsupported = dangling + cited.dangling, unsupported + cited.unsupported
            if cited.citations and _speaks(text, language):
                yield replace(_written(cited, conflicts), dangling=dangling, unsupported=unsupported)
                return
            denied = denies(text)
            reasons = _DENIED if denied else _UNUSABLE
            reason = reasons.get(language, reasons["en"])
            if denied or ends <= time.monotonic():
                break
            messages = [*messages, *render("retry", language, {"answer": neutral(text)})]
    except (GenerationError, ModelError) as error:
        LOG.warning("the language model failed: %s", error)
        reason = reason or str(error)
    draft = extract(query, evidence, conflicts, settings, notice(language, reason))
    yield replace(draft, dangling=dangling, unsupported=unsupported)


def _without_injections(quotes: Sequence[Quote], question: str) -> list[Quote]:
    """The quotes that a model may be given: those without orders to it, or all where the question asks about such."""
    return [*quotes] if is_injection(question) else [quote for quote in quotes if not is_injection(quote.text)]


def _pieces(llm: LanguageModel, messages: Sequence[Message], limits: LlmSettings, ends: float) -> Iterator[str]:
    """The pieces of a reply as they are written, until its end, its longest length or the time `ends`."""
    length = 0
    for piece in llm.stream(messages, max_tokens=limits.max_tokens, timeout=ends - time.monotonic()):
        yield piece
        length += len(piece)
        if length >= _MAX_REPLY_CHARS:
            return


def _written(cited: Cited, conflicts: Conflicts) -> Draft:
    """The draft of what the quotes bear out of a reply."""
    conflicting = tuple(conflicts.among([each.quote for each in cited.citations]))
    return Draft(cited.text, "answered", "generative", cited.citations, conflicting=conflicting)


def _checked(
    text: str,
    quotes: Sequence[Quote],
    check: AnswerCheck,
    question: str,
    language: str,
    settings: AnswerSettings,
    ends: float,
) -> Cited:
    """What the quotes bear out of a reply; raises `GenerationError` whatever goes wrong while it is checked."""
    try:
        return cite(
            text,
            quotes,
            check,
            question=question,
            language=language,
            unsupported=settings.unsupported,
            ends=ends,
        )
    except GenerationError:
        raise
    except Exception as error:  # a fault of the check must not cost the reader the quotes
        LOG.exception("the check of a reply failed")
        raise GenerationError("what it said could not be checked") from error


def _speaks(text: str, language: str) -> bool:
    """Whether a text is in that language, or too short to tell; names, which have their own, are left out."""
    plain = " ".join(word for word in text.split() if not word[0].isupper())
    return language_of(plain) in (language, "und") or language_of(text) in (language, "und")


def _fitting(quotes: Sequence[Quote]) -> list[Quote]:
    """The first quotes that fit into what the model is given to read; the first always does, cut if need be."""
    found: list[Quote] = []
    left = _MAX_EVIDENCE_CHARS
    for quote in quotes:
        left -= len(quote.title[:_MAX_TITLE_CHARS]) + min(len(quote.text), _MAX_QUOTE_CHARS)
        if left < 0 and found:
            break
        found.append(quote)
    return found


def _numbered(quotes: Sequence[Quote]) -> str:
    return "\n".join(
        f"[{number}] ({neutral(quote.title[:_MAX_TITLE_CHARS])}{', ' + quote.published if quote.published else ''}) "
        f"{neutral(quote.text[:_MAX_QUOTE_CHARS])}"
        for number, quote in enumerate(quotes, start=1)
    )


def notice(language: str, reason: str) -> str:
    """Why an answer is quotes and not the model's words, in the language of the question."""
    return _NOTICES.get(language, _NOTICES["en"]).format(reason=reason)
