from __future__ import annotations

import pytest

from ui.tries import KEPT, Tries, network


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_each_try_of_a_name_in_vain_takes_longer() -> None:
    clock = Clock()
    tries = Tries(clock)
    waits = []
    for number in range(12):
        wait = tries.begin("an", f"10.0.0.{number}")
        waits.append(wait)
        clock.now += wait
        if wait:
            assert tries.begin("an", f"10.0.0.{number}") == 0
    assert waits == [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60]
    assert tries.begin("an", "10.9.9.9") == 60, "from wherever"
    assert tries.begin("bình", "10.0.0.1") == 0, "another name is free"
    clock.now += 15 * 60
    assert tries.begin("an", "10.0.0.1") == 0, "it is forgotten"


def test_a_success_frees_the_name_and_not_the_address() -> None:
    clock = Clock()
    tries = Tries(clock)
    for number in range(20):
        assert tries.begin(f"name {number}", "10.0.0.1") == 0
    assert tries.begin("an", "10.0.0.1") == 1
    clock.now += 1
    assert tries.begin("an", "10.0.0.1") == 0
    tries.succeed("an", "10.0.0.1")
    assert tries.begin("an", "10.0.0.1") == 1, "the tries of others at this address"
    assert tries.begin("an", "10.0.0.2") == 0


def test_tries_at_once_are_counted_before_they_have_failed() -> None:
    tries = Tries(Clock())
    assert [tries.begin("an", "10.0.0.1") for _ in range(8)] == [0, 0, 0, 0, 0, 1, 1, 1]


def test_names_without_end_take_no_room_without_end() -> None:
    tries = Tries(Clock())
    for number in range(KEPT + 50):
        tries.begin(str(number), str(number))
    assert len(tries._names._tries) == len(tries._addresses._tries) == KEPT


@pytest.mark.parametrize(
    ("address", "known"),
    [("10.0.0.1", "10.0.0.1"), ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"), ("x", "x"), ("", "")],
)
def test_the_addresses_of_one_person_count_as_one(address: str, known: str) -> None:
    assert network(address) == known
