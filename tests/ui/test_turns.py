from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ui import turns
from ui.turns import A_MINUTE_OF_ONE, AT_ONCE, AT_ONCE_OF_ONE, WAITING_OF_ONE, Crowded, Turns


def test_a_reader_who_asks_little_goes_before_one_who_asks_much() -> None:
    queue = Turns()
    running = [queue.enter(reader) for reader in ("a", "a", "b", "b")]
    assert all(each.has_turn for each in running)
    many = [queue.enter("greedy") for _ in range(WAITING_OF_ONE)]
    one = queue.enter("other")
    assert queue.ahead(many[0]) == 0
    assert queue.ahead(one) == 1
    assert queue.ahead(many[1]) == 2
    with pytest.raises(Crowded):
        queue.enter("greedy")
    queue.leave(running[0])
    queue.leave(running[1])
    assert [each.has_turn for each in (many[0], one, many[1])] == [True, True, False]
    assert queue.await_turn(one, 0)
    assert not queue.await_turn(many[1], 0.01)


def test_all_readers_together_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "WAITING", 2)
    queue = Turns()
    for number in range(AT_ONCE + 2):
        queue.enter(str(number))
    with pytest.raises(Crowded):
        queue.enter("last")


def test_a_reader_whose_rate_is_limited_asks_so_many_a_minute() -> None:
    now = [0.0]
    queue = Turns(lambda: now[0])
    for _ in range(A_MINUTE_OF_ONE):
        queue.leave(queue.enter("an", limited=True))
        queue.leave(queue.enter("here"))
        now[0] += 0.5
    with pytest.raises(Crowded):
        queue.enter("an", limited=True)
    queue.leave(queue.enter("binh", limited=True))
    queue.leave(queue.enter("here"))
    now[0] = 60
    queue.leave(queue.enter("an", limited=True))
    with pytest.raises(Crowded):
        queue.enter("an", limited=True)


@settings(max_examples=50)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=60))
def test_turns_are_given_as_they_are_free_and_none_is_lost(steps: list[tuple[str, bool]]) -> None:
    queue, there = Turns(), []
    for reader, enters in steps:
        if enters:
            try:
                there.append(queue.enter(reader))
            except Crowded:
                assert sum(each.reader == reader and not each.has_turn for each in there) == WAITING_OF_ONE
        elif there:
            queue.leave(there.pop(0))
        running = [each.reader for each in there if each.has_turn]
        assert len(running) <= AT_ONCE
        assert all(running.count(each) <= AT_ONCE_OF_ONE for each in running)
        waiting = [each for each in there if not each.has_turn]
        free = len(running) < AT_ONCE
        assert not any(free and running.count(each.reader) < AT_ONCE_OF_ONE for each in waiting)
        assert sorted(map(queue.ahead, waiting)) == list(range(len(waiting)))
        for each in set(each.reader for each in waiting):
            places = [queue.ahead(ticket) for ticket in waiting if ticket.reader == each]
            assert places == sorted(places), "a reader's own questions stay in order"
    for ticket in there:
        queue.leave(ticket)
    assert not queue._waiting
    assert not queue._running
    assert not queue._next or max(queue._next.values()) > queue._present
