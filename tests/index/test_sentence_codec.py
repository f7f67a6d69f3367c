from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.index.sentence_codec import packed, unpacked


@given(
    st.lists(
        st.lists(st.floats(-1, 1, width=32), min_size=4, max_size=4).filter(lambda row: max(map(abs, row)) > 0.1),
        max_size=5,
    ),
    st.integers(0, 1000),
)
def test_sentences_are_kept_as_they_are_but_for_a_hundredth(rows: list[list[float]], start: int) -> None:
    vectors = np.array(rows, np.float32).reshape(-1, 4)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    ranges = np.arange(start, start + 2 * len(rows), dtype=np.int32).reshape(-1, 2)
    found_ranges, found_vectors = unpacked(packed(ranges, vectors), 4)
    np.testing.assert_array_equal(found_ranges, ranges)
    np.testing.assert_allclose(found_vectors, vectors, atol=0.01)


WHOLE = packed(np.eye(2, dtype=np.int32), np.eye(2, 4, dtype=np.float32))


@pytest.mark.parametrize("stored", [b"", b"\x01", b"\x01\x00\x00\x00", WHOLE[:-1], WHOLE + b"x"])
def test_other_bytes_are_told(stored: bytes) -> None:
    with pytest.raises(ValueError, match="sentences"):
        unpacked(stored, 4)
