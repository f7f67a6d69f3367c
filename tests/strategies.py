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
