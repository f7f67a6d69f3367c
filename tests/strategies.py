"""Texts as they are met: several scripts, both normal forms, line ends of every system, and what breaks parsers."""

from __future__ import annotations

from hypothesis import strategies as st

PIECES = (
    "TS. Nguyễn Văn A.", "TP. Hồ Chí Minh", "hoà bình", "hòa bình", "Vâng ạ. ", "Hoa\u0300", "Đường sắt", "7.345 tỷ. ",
    "7,345", "a.", "B.", "Có gì? ", "Không! ", "“Được.” ", "北京是首都。", "東京に行きました。", "서울은 수도다. ",
    "กรุงเทพมหานคร", "😀", "👩\u200d👩\u200d👧", "🇻🇳", "e\u0301", "\u0300", "\u200b", "\ufeff", "\xad", "\x00",
    "\r\n", "\r", "\n", "\n\n", "\u2028", "\u2029", "\x85", "\t", " ", "\u3000", ". ", "... ", "…", "ﬁ", "İ", "ß",
    "[", "](", "**", "# ", "---\n", "x" * 90,
)  # fmt: skip

texts = st.one_of(
    st.text(max_size=80),
    st.lists(st.sampled_from(PIECES), max_size=30).map("".join),
    st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=20).map(" ".join),
)


def mistyped(text: str) -> st.SearchStrategy[str]:
    """A text in which up to four letters are left out, doubled, or exchanged with the next one."""
    places = [place for place, letter in enumerate(text[:-1]) if letter.isalpha()]
    slip = st.tuples(st.sampled_from(places), st.sampled_from(("left out", "doubled", "exchanged")))
    return st.lists(slip, max_size=4, unique_by=lambda each: each[0]).map(lambda slips: _with_slips(text, slips))


def _with_slips(text: str, slips: list[tuple[int, str]]) -> str:
    for place, slip in sorted(slips, reverse=True):
        made = {"left out": "", "doubled": text[place] * 2, "exchanged": text[place : place + 2][::-1]}[slip]
        text = text[:place] + made + text[place + 1 + (slip == "exchanged") :]
    return text
