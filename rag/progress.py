"""How far a long task is, told while it runs."""

from __future__ import annotations

from collections.abc import Callable

# Called with a stage ("reading", "embedding", the name of a model), how much of it is done, and how much it is in all,
# 0 when that is not known. Both numbers count the same: articles, texts, questions or bytes.
Progress = Callable[[str, int, int], None]
