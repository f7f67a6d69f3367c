"""Text as HTML in which nothing is markup.

What goes into the chat passes through a Markdown parser first. Every character that Markdown, HTML or LaTeX could read
becomes a character reference.
"""

from __future__ import annotations

import re

_SPECIAL = re.compile(r"[\x00-\x1f!-+/:-@\[-`{-\x9f\u2028\u2029]")


def plain(text: str) -> str:
    """Escape text for HTML, Markdown and LaTeX at once; character by character, so a prefix gives a prefix."""
    return _SPECIAL.sub(_reference, text)


def _reference(match: re.Match[str]) -> str:
    # A control character has no character reference of its own: HTML reads some as other letters.
    return f"&#{ord(match[0])};" if match[0] in "\n\t" or match[0].isprintable() else " "
