"""What a process remembers stays within its bound, and the latest used values stay."""

from hypothesis import given
from hypothesis import strategies as st

from analytics.bounded_memory import BoundedMemory


def test_a_remembered_value_is_found_until_it_is_forgotten():
    memory: BoundedMemory[str] = BoundedMemory(80)
    memory.remember("key", "value", 1)
    assert (memory.find("key"), memory.find("other")) == ("value", None)
    memory.clear()
    assert (memory.find("key"), memory.size) == (None, 0)


def test_the_least_recently_used_value_goes_first():
    memory: BoundedMemory[int] = BoundedMemory(80)
    for key in range(8):
        memory.remember(key, key, 10)
    assert memory.find(0) == 0
    memory.remember(8, 8, 10)
    assert [memory.find(key) for key in (0, 1, 8)] == [0, None, 8]


def test_a_value_that_would_displace_many_is_not_remembered():
    memory: BoundedMemory[int] = BoundedMemory(80)
    memory.remember("small", 1, 10)
    memory.remember("large", 2, 11)
    assert (memory.find("small"), memory.find("large")) == (1, None)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 20)), max_size=60))
def test_the_size_is_that_of_the_values_and_within_the_bound(steps):
    memory: BoundedMemory[int] = BoundedMemory(80)
    for key, size in steps:
        memory.remember(key, size, size)
    found = [memory.find(key) for key in range(10)]
    assert memory.size == sum(size for size in found if size is not None) <= 80
