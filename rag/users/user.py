"""A user of the chat: the name, the password, and what the user may do."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from rag.errors import UsageError

NAME_CHARS = 64
PASSWORD_CHARS = (10, 128)


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may log in; `created` is a time in UTC.

    `key` is what the user's conversations are kept under: nobody can guess it, and a name that is given again gets
    another one. `may_edit` says that articles may be added and removed.
    """

    name: str
    key: str
    may_edit: bool
    created: str


def user_name(text: str) -> str:
    """A name as it is kept: NFKC, single spaces.

    Raises `UsageError` for one that is empty, too long, or holds what a page or a terminal does not show as it is.
    """
    parts = unicodedata.normalize("NFKC", text[: 4 * NAME_CHARS]).split(" ")
    name = " ".join(part for part in parts if part)
    if not 0 < len(name) <= NAME_CHARS or not name.isprintable():
        raise UsageError(f"{text[:NAME_CHARS]!r}: a name has 1 to {NAME_CHARS} characters, all of them to be seen")
    return name


def folded_name(name: str) -> str:
    """What two spellings of a name have in common: they differ in capitals."""
    return unicodedata.normalize("NFKC", user_name(name).casefold())


def user_password(text: str) -> str:
    """A password as it is hashed, in NFC: letters with marks are typed in more than one way.

    Raises `UsageError` for one that is too short, too long, or no text.
    """
    least, most = PASSWORD_CHARS
    password = unicodedata.normalize("NFC", text[: 4 * most])
    if not least <= len(password) <= most or any("\ud800" <= each <= "\udfff" for each in password):
        raise UsageError(f"a password has {least} to {most} characters, in UTF-8; choose another one")
    return password
