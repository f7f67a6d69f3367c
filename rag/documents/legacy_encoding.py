"""Vietnamese text from before Unicode: told by its syllables or its fonts, made Unicode only where that is certain."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from rag.text.normalize import clean, normalized
from rag.text.syllables import is_syllable

# The encodings by their names, each with that under which viparse knows it ("" where Python itself decodes it), and the
# one that gives the letters from which viparse begins.
_ENCODINGS = {
    "TCVN3": ("tcvn3", "cp1252"),
    "VNI": ("vni", "cp1252"),
    "VISCII": ("viscii", "latin-1"),
    "VPS": ("vps", "latin-1"),
    "windows-1258": ("", "cp1258"),
}
# Of the words with a letter beyond ASCII so many must be spelt as syllables in one encoding, by so much more than in
# the next, and so many such words there must be. 200 texts of UIT-ViQuAD and dantri of 1,500 characters, in each of the
# five: all 1,000 told right, .92 spelt at least, .18 at least more than in the next. 2,200 texts of mnli_mt and XQuAD,
# ten languages in nine encodings: none taken for Vietnamese, .60 spelt at most where there were 15 words.
_CERTAIN, _AHEAD, _FEWEST = 0.9, 0.1, 15
# And of all words, for letters may have been lost that leave ASCII: the same Vietnamese texts have .81 at least.
_READABLE = 0.6
_JUDGED_CHARS = 6000
_WORD = re.compile(r"[^\W_]+")
_VIETNAMESE = re.compile("[ăđơưĂĐƠƯ\u1ea0-\u1ef9]")
_LATIN_1 = re.compile("[\xa1-\xff]")
_LOST = re.compile(r"[^\W\d_]\?[^\W\d_]")
_VIQR_WORD = re.compile(r"[A-Za-z^(+'`?~.]{2,12}")
_VIQR_SHAPE = re.compile(r"[aeoAEO]\^|[ouOU]\+|[aA]\(|[dD][dD]")
_VIQR_MARKS = str.maketrans("^(+'`?~.", "\u0302\u0306\u031b\u0301\u0300\u0309\u0303\u0323")
_MARKED_WORD = re.compile(r"(?:[^\W\d_]|[\u0300-\u036f])+")
_LONGEST_WORD = 12
_TONE_FIRST = re.compile("([\u0300\u0301\u0303\u0309])([\u0302\u0306])")
_UTF_16_LATIN = re.compile("[\t\n\r -\u024f\u0300-\u036f\u1e00-\u1eff\u2010-\u2026\u20ab\ufeff]")


@dataclass(frozen=True, slots=True)
class DecodedText:
    """A text in Unicode, and what it was repaired from, as in "TCVN3 -> Unicode"; None where it came as it is."""

    text: str
    repair: str | None = None


def repaired(content: bytes) -> DecodedText | None:
    """The text of bytes that are not UTF-8, None where no encoding is certain.

    Tried are UTF-16 without its byte order mark, of Latin letters, and TCVN3, VNI, VISCII, VPS and windows-1258.
    """
    for encoding in ("utf-16-le", "utf-16-be"):
        if text := _utf_16(content, encoding):
            return DecodedText(text, "UTF-16 without its mark -> Unicode")
    scores = {name: _spelt(_decoded(content[:_JUDGED_CHARS], name)) for name in _ENCODINGS}
    name = _certain(scores)
    if name is None:
        return None
    # What was judged was the beginning.
    text = _decoded(content, name)
    return DecodedText(text, f"{name} -> Unicode") if _spelt(text)[0] >= _CERTAIN else None


def reason_not_repaired(content: bytes) -> str:
    """What is known of bytes that are not UTF-8 and are not repaired, and what to do."""
    lost = len(_LOST.findall(content[:_JUDGED_CHARS].decode("latin-1")))
    if lost >= _FEWEST:
        return f", and letters of it are lost ({lost} words at its beginning have a ? in them); find an earlier copy"
    scores = {name: _spelt(_decoded(content[:_JUDGED_CHARS], name)) for name in _ENCODINGS}
    best = max(scores, key=lambda name: scores[name][0])
    share, _, words = scores[best]
    if words >= _FEWEST and share > _CERTAIN - _AHEAD:
        return f", it may be {best} of which letters are lost; find an earlier copy, and save that as UTF-8"
    return "; save it as UTF-8"


def unconverted(text: str) -> str | None:
    """In which encoding the letters of a text in Unicode stand for Vietnamese ones; None where in none for certain.

    TCVN3 and VNI are found where they were saved as if they were Latin letters, and VIQR.
    """
    judged = text[:_JUDGED_CHARS]
    if _VIETNAMESE.search(judged):
        return None
    if len(_LATIN_1.findall(judged)) >= _FEWEST:
        return _certain({name: _spelt(in_unicode(judged, name)) for name in ("TCVN3", "VNI")})
    typed = [word for word in _VIQR_WORD.findall(judged) if _VIQR_SHAPE.search(word)]
    vietnamese = sum(map(_is_viqr, typed))
    return "VIQR" if vietnamese >= _FEWEST and vietnamese >= _CERTAIN * len(typed) else None


def marks_in_order(text: str) -> str:
    """Text in NFC in which no tone mark stands before the circumflex or breve of its vowel: é + U+0302 becomes ế.

    No normal form does that, for Unicode takes them for different letters; so only words are changed that become
    Vietnamese syllables.
    """
    if "\u0302" not in text and "\u0306" not in text:
        return text
    return _MARKED_WORD.sub(_in_order, text)


def encoding_of_font(font: str) -> str | None:
    """The encoding of the letters that are set in a font (.VnTime: TCVN3, VNI-Times: VNI), None for Unicode."""
    name = font.lower()
    return "TCVN3" if name.startswith(".vn") else "VNI" if name.startswith("vni") else None


def unicode_of_runs(runs: Iterable[tuple[str, str]]) -> tuple[str, frozenset[str]]:
    """The text of runs, each with the name of its font, in Unicode, and the encodings that it was repaired from.

    Neighbouring runs of an encoding are repaired as one, for a letter may be parted. Fonts of capitals (.VnTimeH) make
    capitals. A run with a Vietnamese letter of Unicode is taken as it is, whatever its font.
    """
    parts, found = [], set()
    for (encoding, capitals), group in groupby(runs, key=lambda run: _of_run(*run)):
        text = "".join(text for text, _ in group)
        if encoding and not text.isascii():
            found.add(encoding)
            text = in_unicode(text, encoding)
        parts.append(text.upper() if capitals else text)
    return "".join(parts), frozenset(found)


def in_unicode(text: str, encoding: str) -> str:
    """Text whose letters stand for those of an encoding (TCVN3, VNI, VISCII, VPS), in Unicode; blanks around stay."""
    import viparse  # type: ignore[import-untyped]

    if encoding == "VNI":  # the one letter that viparse's table of it lacks, as in "khẳng định"
        text = text.replace("aú", "ẳ").replace("AÚ", "Ẳ")
    begin = len(text) - len(text.lstrip(" "))
    end = len(text.rstrip(" "))
    converted = str(viparse.fix(text[begin:end], encoding=_ENCODINGS[encoding][0]))
    return text[:begin] + converted + text[max(begin, end) :]


def _of_run(text: str, font: str) -> tuple[str | None, bool]:
    encoding = None if _VIETNAMESE.search(text) else encoding_of_font(font)
    return encoding, encoding == "TCVN3" and font.endswith("H")


def _decoded(content: bytes, name: str) -> str:
    known, python = _ENCODINGS[name]
    try:
        text = content.decode(python)
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    return in_unicode(text, name) if known else clean(text)


def _spelt(text: str) -> tuple[float, float, int]:
    """The shares of syllables among the words with a letter beyond ASCII and among all; the number of the former.

    Words of capitals alone are passed over: they are often abbreviations (ĐH, NĐ).
    """
    words = [word for word in _WORD.findall(text) if not word.isdigit() and not word.isupper()]
    marked = [word for word in words if not word.isascii()]
    if not marked:
        return 0.0, 0.0, 0
    return sum(map(is_syllable, marked)) / len(marked), sum(map(is_syllable, words)) / len(words), len(marked)


def _certain(scores: dict[str, tuple[float, float, int]]) -> str | None:
    best, second = sorted(scores, key=lambda name: scores[name][0], reverse=True)[:2]
    share, readable, words = scores[best]
    certain = share >= max(_CERTAIN, scores[second][0] + _AHEAD) and readable >= _READABLE and words >= _FEWEST
    return best if certain else None


def _utf_16(content: bytes, encoding: str) -> str:
    """The text when it is certain: Latin letters and their like nearly alone, with blanks among them; else ""."""
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        return ""
    # In the other order of bytes a blank is no blank, and letters are Chinese ones.
    blanks = text.count(" ") + text.count("\n")
    latin = len(_UTF_16_LATIN.findall(text))
    return text if latin >= _CERTAIN * len(text) and blanks * 50 >= len(text) else ""


def _is_viqr(word: str) -> bool:
    bare = word.rstrip("'`?~.") if not is_syllable(_from_viqr(word)) else word
    return is_syllable(_from_viqr(bare))


def _from_viqr(word: str) -> str:
    stroked = re.sub("[dD][dD]", lambda match: "đ" if match[0][0] == "d" else "Đ", word)
    return normalized("NFC", stroked.translate(_VIQR_MARKS))


def _in_order(match: re.Match[str]) -> str:
    if len(match[0]) > _LONGEST_WORD:
        return match[0]
    swapped = _TONE_FIRST.sub(r"\2\1", normalized("NFD", match[0]))
    word = normalized("NFC", swapped)
    return word if word != match[0] and is_syllable(word) else match[0]
