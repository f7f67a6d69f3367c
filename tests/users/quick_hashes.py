"""Hashes of passwords that take a millisecond, in place of a tenth of a second and 64 MiB."""

from __future__ import annotations

import argon2
import pytest

from rag.users import user_store


class QuickHasher(argon2.PasswordHasher):
    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=64, parallelism=1)


def use_quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("argon2.PasswordHasher", QuickHasher)
    monkeypatch.setattr(user_store, "_unknown", lambda: user_store._hashed("nobody's"))
