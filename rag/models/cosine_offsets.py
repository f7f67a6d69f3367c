"""How near the embedding model puts a question to any text, by the languages of both: what a cosine starts from."""

from __future__ import annotations

from collections.abc import Mapping

# The mean cosines of questions in a language with sentences of other subjects, in their own language and in others, by
# multilingual-e5-small over parallel passages (`tests/benchmarks/background.py`; Italian and Japanese over their own).
_MEANS: Mapping[str, tuple[float, float]] = {
    "ar": (0.750, 0.717), "de": (0.749, 0.717), "el": (0.753, 0.720), "en": (0.725, 0.709), "es": (0.762, 0.720),
    "hi": (0.749, 0.716), "it": (0.764, 0.717), "ja": (0.763, 0.725), "ro": (0.754, 0.717), "ru": (0.747, 0.713),
    "th": (0.771, 0.717), "tr": (0.763, 0.725), "vi": (0.771, 0.719), "zh": (0.812, 0.730),
}  # fmt: skip
_OTHER = (0.755, 0.717)
# Two languages that share letters which carry the sense.
_RELATED: Mapping[tuple[str, str], float] = {("ja", "zh"): 0.740, ("zh", "ja"): 0.750}


def cosine_offset(asked: str, read: str) -> float:
    """What is added to the cosine of a question in one language and a text in another.

    With it, cosines can be compared whatever the languages: it is as if both were Vietnamese. Languages are ISO 639-1
    codes; where one of them is `und`, both are taken to be in the other.
    """
    if read == "und":
        read = asked
    own, _ = _MEANS.get(read, _OTHER)
    _, across = _MEANS.get(asked, _OTHER)
    mean = own if asked in ("und", read) else _RELATED.get((asked, read), across)
    return _MEANS["vi"][0] - mean
