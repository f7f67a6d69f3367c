"""The words that the chat shows, as a table that each language fills in."""

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
    published: str
    examples: str
    about_article: str
    models: str
    models_none: str
    other_language: str
    chat_label: str
    conversations: str
    conversations_search: str
    conversations_none: str
    conversations_passing: str
    conversations_unfound: str
    conversation_missing: str
    menu: str
    rename: str
    delete: str
    sure: str
    export_markdown: str
    export_json: str
    interrupted: str
    in_queue: str
    in_queue_behind: str
    already: str
    as_typed: str
    copy: str
    copied: str
    copy_markdown: str
    copy_link: str
    retry: str
    write: str
    edit: str
    editing: str
    cancel: str
    more: str
    bolder: str
    bolder_note: str
    nearest: str
    other_quotes: str
    feedback: str
    verdicts: Mapping[str, str]
    correction: str
    save: str
    thanks: str
    previous_quote: str
    next_quote: str
    filters: str
    filter_since: str
    filter_until: str
    filter_language: str
    filter_any: str
    filter_article: str
    filter_remove: str
    library: str
    library_search: str
    library_count: str
    library_more: str
    read_article: str
    ask_about: str
    remove: str
    remove_sure: str
    removed_articles: str
    restore: str
    add_files: str
    add_hint: str
    sending: str
    reading: str
    embedding: str
    ingested: str
    not_taken: str
    left_out: str
    file_large: str
    file_unsent: str
    too_many: str
    done: str
    offline: str
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
    panel_label: str
    panel_close: str
    open_source: str
    open_original: str
    stored_copy: str
    page_of_file: str
    page_picture: str
    page_gone: str
    searching: str
    writing: str
    understood: str
    quotes: str
    one_quote: str
    several_quotes: str
    sources: str
    refused: str
    stopped: str
    partly: str
    teaser: str
    also_in: str
    unsupported: str
    quoted_answer: str
    written_answer: str
    undated: str
    seconds: str
    failed: str
    failed_advice: str
    failures: Mapping[str, str]  # by the name of the class of an error
    unkept: str
    file_unread: str
    question_failed: str
    question_advice: str
    crowded: str
    body_large: str
    body_slow: str
    earlier: str
    source_forgotten: str
    article_missing: str
    source_gone: str
    source_changed: str
    log_in: str
    log_out: str
    logged_out: str
    user_name: str
    password: str
    login_wrong: str
    login_wait: str
    login_crowded: str
    may_not_edit: str
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

    def queued(self, ahead: int) -> str:
        """Say that a question waits, and for how many others."""
        return self.in_queue_behind.format(count=self.number(ahead)) if ahead else self.in_queue

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
            day = date.fromisoformat(published[:10])
            return day.strftime(self.date_format.replace("D", str(day.day)))
        except ValueError:
            return published

    def language(self, code: str) -> str:
        """Name a language, or give back its code when it has no name here."""
        return self.languages.get(code, code)
