"""Every word that the chat shows, in Vietnamese and in English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from rag import CAUTION


@dataclass(frozen=True)
class Strings:
    """The words of one language; names in braces are filled in where a string is used."""

    code: str
    tagline: str
    collection: str
    collection_empty: str
    models: str
    models_none: str
    question_label: str
    question_hint: str
    busy: str
    send: str
    stop: str
    new_chat: str
    welcome: str
    mode_label: str
    mode_generative: str
    mode_extractive: str
    caution_label: str
    caution_configured: str
    cautions: Mapping[str, str]
    chat_label: str
    panel_label: str
    panel_empty: str
    panel_close: str
    open_source: str
    open_original: str
    stored_copy: str
    searching: str
    writing: str
    understood: str
    edit: str
    quotes: str
    one_quote: str
    several_quotes: str
    sources: str
    nearest: str
    refused: str
    bolder: str
    stopped: str
    partly: str
    teaser: str
    also_in: str
    unsupported: str
    quoted_answer: str
    written_answer: str
    undated: str
    seconds: str
    unusable: str
    failed: str
    failed_advice: str
    question_failed: str
    question_advice: str
    crowded: str
    body_large: str
    body_slow: str
    earlier: str
    source_forgotten: str
    source_gone: str
    source_changed: str
    date_format: str
    thousands: str
    decimal: str
    languages: Mapping[str, str]

    def number(self, value: int) -> str:
        """Write a whole number with this language's separator of thousands."""
        return f"{value:,}".replace(",", self.thousands)

    def quote_count(self, count: int) -> str:
        """Say how many quotes there are."""
        return (self.one_quote if count == 1 else self.several_quotes).format(count=self.number(count))

    def caution(self, threshold: float) -> str:
        """Name a threshold of refusal; one that has no name is that of the settings."""
        for name, named in CAUTION.items():
            if named == threshold:
                return self.cautions[name]
        return self.caution_configured.format(threshold=f"{threshold:g}".replace(".", self.decimal))

    def duration(self, seconds: float) -> str:
        """Write a duration in seconds, with one decimal."""
        return self.seconds.format(seconds=f"{seconds:.1f}".replace(".", self.decimal))

    def date(self, published: str | None) -> str:
        """Write the day of an ISO date or time; what is not one is given back as it is."""
        if not published:
            return self.undated
        try:
            return date.fromisoformat(published[:10]).strftime(self.date_format)
        except ValueError:
            return published

    def language(self, code: str) -> str:
        """Name a language, or give back its code when it has no name here."""
        return self.languages.get(code, code)


VIETNAMESE = Strings(
    code="vi",
    tagline="Hỏi bằng lời thường. Mỗi câu trả lời dẫn đúng câu trong bài gốc.",
    collection="{articles} bài viết · {languages}",
    collection_empty="Bộ sưu tập chưa có bài nào. Hãy nạp bài bằng lệnh: hoidap ingest THƯ_MỤC",
    models="Tìm kiếm: {embedding} · Diễn đạt: {llm}",
    models_none="Tìm kiếm: {embedding} · Chỉ trích nguyên văn",
    question_label="Câu hỏi",
    question_hint="Nhập câu hỏi rồi nhấn Enter",
    busy="Câu trước đang được trả lời. Xong rồi hãy nhấn Enter lần nữa, hoặc bấm Dừng.",
    send="Gửi",
    stop="Dừng",
    new_chat="Cuộc trò chuyện mới",
    welcome="Bạn muốn biết điều gì?",
    mode_label="Cách trả lời",
    mode_generative="Diễn đạt bằng mô hình",
    mode_extractive="Chỉ trích nguyên văn",
    caution_label="Mức thận trọng",
    caution_configured="Theo cài đặt ({threshold})",
    cautions={
        "never_wrong": "Không được sai",
        "careful": "Thận trọng",
        "balanced": "Cân bằng",
        "eager": "Mạnh dạn",
        "always_try": "Luôn thử trả lời",
    },
    chat_label="Cuộc trò chuyện",
    panel_label="Nguồn",
    panel_empty="Bấm vào số trích dẫn trong câu trả lời để mở bài gốc tại đúng câu được trích.",
    panel_close="Đóng",
    open_source="Mở nguồn {marker}: {title}",
    open_original="Mở trang gốc",
    stored_copy="bản lưu trong bộ sưu tập",
    searching="Đang tìm trong các bài viết…",
    writing="Đang viết câu trả lời từ các câu trích dưới đây…",
    understood="Câu hỏi được hiểu là",
    edit="Sửa câu hỏi",
    quotes="Câu trích",
    one_quote="{count} câu trích",
    several_quotes="{count} câu trích",
    sources="Nguồn",
    nearest="Đoạn gần nhất, có thể không trả lời câu hỏi",
    refused="Không tìm thấy câu trả lời đủ chắc chắn trong các bài viết.",
    bolder="Chọn mức thận trọng “{caution}” rồi hỏi lại thì có câu trả lời, nhưng kém chắc chắn hơn.",
    stopped="Đã dừng theo yêu cầu.",
    teaser="tin dẫn trên trang: {title}",
    also_in="cũng có trong: {titles}",
    partly="chỉ khớp một phần",
    unsupported="không khớp với câu trích",
    quoted_answer="Trích nguyên văn",
    written_answer="Diễn đạt bằng mô hình",
    undated="không rõ ngày",
    seconds="{seconds} giây",
    unusable="Chưa dùng được bộ sưu tập.",
    failed="Có lỗi xảy ra, chưa làm được điều bạn yêu cầu.",
    failed_advice="Hãy thử lại; nếu vẫn lỗi, xem nhật ký của chương trình.",
    question_failed="Câu hỏi chưa đọc được.",
    question_advice="Hãy hỏi bằng lời, tối đa 2.000 ký tự.",
    crowded="Đang có nhiều câu hỏi chờ trả lời. Hãy đợi một lát rồi hỏi lại.",
    body_large="Điều vừa gửi quá dài nên không được đọc. Hãy hỏi bằng tối đa 2.000 ký tự.",
    body_slow="Điều vừa gửi đến quá chậm nên không được đọc. Hãy gửi lại.",
    earlier="Các câu hỏi cũ hơn của cuộc trò chuyện không còn hiện ở đây.",
    source_forgotten="Câu trả lời này không còn trong phiên làm việc. Hãy hỏi lại để mở nguồn.",
    source_gone="Bài này không còn trong bộ sưu tập. Câu đã trích:",
    source_changed="Bài này đã thay đổi sau khi được trích. Câu đã trích:",
    date_format="%d/%m/%Y",
    thousands=".",
    decimal=",",
    languages={
        "vi": "tiếng Việt",
        "en": "tiếng Anh",
        "fr": "tiếng Pháp",
        "de": "tiếng Đức",
        "es": "tiếng Tây Ban Nha",
        "ru": "tiếng Nga",
        "zh": "tiếng Trung",
        "ja": "tiếng Nhật",
        "ko": "tiếng Hàn",
        "th": "tiếng Thái",
        "lo": "tiếng Lào",
        "km": "tiếng Khmer",
        "id": "tiếng Indonesia",
        "ar": "tiếng Ả Rập",
    },
)

ENGLISH = Strings(
    code="en",
    tagline="Ask in plain words. Every answer cites the exact sentence in its source.",
    collection="{articles} articles · {languages}",
    collection_empty="The collection is empty. Add articles with: hoidap ingest FOLDER",
    models="Search: {embedding} · Wording: {llm}",
    models_none="Search: {embedding} · Quotes only",
    question_label="Question",
    question_hint="Type a question and press Enter",
    busy="The last question is being answered. Press Enter again when it is done, or press Stop.",
    send="Send",
    stop="Stop",
    new_chat="New chat",
    welcome="What would you like to know?",
    mode_label="How to answer",
    mode_generative="In the model's words",
    mode_extractive="Quotes only",
    caution_label="Caution",
    caution_configured="As configured ({threshold})",
    cautions={
        "never_wrong": "Never wrong",
        "careful": "Careful",
        "balanced": "Balanced",
        "eager": "Eager",
        "always_try": "Always try",
    },
    chat_label="Conversation",
    panel_label="Source",
    panel_empty="Click a citation number in an answer to open its article at the quoted sentence.",
    panel_close="Close",
    open_source="Open source {marker}: {title}",
    open_original="Open the original page",
    stored_copy="copy kept in the collection",
    searching="Searching the articles…",
    writing="Writing the answer from the quotes below…",
    understood="Question understood as",
    edit="Edit",
    quotes="Quotes",
    one_quote="{count} quote",
    several_quotes="{count} quotes",
    sources="Sources",
    nearest="Nearest passages, which may not answer the question",
    refused="The articles hold no answer that is certain enough.",
    bolder="Set the caution to “{caution}” and ask again for an answer that is less certain.",
    stopped="Stopped as you asked.",
    teaser="announced on the page: {title}",
    also_in="also in: {titles}",
    partly="matches only in part",
    unsupported="not borne out by the quote",
    quoted_answer="Quoted word for word",
    written_answer="In the model's words",
    undated="no date",
    seconds="{seconds} s",
    unusable="The collection cannot be used yet.",
    failed="Something went wrong; what you asked for was not done.",
    failed_advice="Please try again; if it fails again, look into the log of the program.",
    question_failed="The question could not be read.",
    question_advice="Ask in words, in at most 2,000 characters.",
    crowded="Many questions are waiting to be answered. Wait a little and ask again.",
    body_large="What was sent is too long and was not read. Ask in at most 2,000 characters.",
    body_slow="What was sent came too slowly and was not read. Send it again.",
    earlier="The older questions of this conversation are no longer shown.",
    source_forgotten="This answer is no longer part of the session. Ask again to open its sources.",
    source_gone="This article is no longer in the collection. The quoted sentence was:",
    source_changed="This article has changed since it was quoted. The quoted sentence was:",
    date_format="%d %b %Y",
    thousands=",",
    decimal=".",
    languages={
        "vi": "Vietnamese",
        "en": "English",
        "fr": "French",
        "de": "German",
        "es": "Spanish",
        "ru": "Russian",
        "zh": "Chinese",
        "ja": "Japanese",
        "ko": "Korean",
        "th": "Thai",
        "lo": "Lao",
        "km": "Khmer",
        "id": "Indonesian",
        "ar": "Arabic",
    },
)

LANGUAGES: Mapping[str, Strings] = {"vi": VIETNAMESE, "en": ENGLISH}
