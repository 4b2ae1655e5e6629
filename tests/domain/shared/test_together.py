"""Whoever asks gets an answer that was looked for after that, and many share it."""

import asyncio

import pytest

from domain.shared.together import Together

pytestmark = pytest.mark.unit


class Library:
    """Answers with how often it was asked before; a test says when."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.open = asyncio.Event()
        self.together: Together[str, int] = Together(self.find)

    async def find(self, key: str) -> int:
        self.asked.append(key)
        number = len(self.asked)
        await self.open.wait()
        if key == "broken":
            raise ValueError(number)
        return number

    def ask(self, key: str) -> "asyncio.Task[int]":
        return asyncio.create_task(self.together.ask(key))


async def settle() -> None:
    """Let everything go as far as it can."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_who_asks_while_an_answer_is_looked_for_gets_the_next_one_with_all_others():
    library = Library()
    first = library.ask("a")
    await settle()
    others = [library.ask("a") for _ in range(5)]
    await settle()
    library.open.set()
    assert await first == 1
    assert await asyncio.gather(*others) == [2] * 5
    assert library.asked == ["a", "a"]


async def test_nobody_gets_an_answer_that_was_looked_for_before_he_asked():
    library = Library()
    first = library.ask("a")
    await settle()
    second = library.ask("a")
    await settle()
    library.open.set()
    assert (await first, await second) == (1, 2)
    third = library.ask("a")
    assert await third == 3


async def test_keys_do_not_wait_for_each_other():
    library = Library()
    asking = [library.ask("a"), library.ask("b")]
    await settle()
    assert library.asked == ["a", "b"]
    library.open.set()
    assert await asyncio.gather(*asking) == [1, 2]


async def test_a_failure_reaches_those_who_share_it_and_nobody_after_them():
    library = Library()
    asking = [library.ask("broken") for _ in range(3)]
    await settle()
    library.open.set()
    told = await asyncio.gather(*asking, return_exceptions=True)
    assert [str(one) for one in told] == ["1", "2", "2"]
    with pytest.raises(ValueError, match="3"):
        await library.together.ask("broken")


async def test_one_who_leaves_takes_nothing_from_the_others():
    library = Library()
    first, second, third = (library.ask("a") for _ in range(3))
    await settle()
    first.cancel()
    second.cancel()
    await settle()
    library.open.set()
    assert await third == 2
    assert first.cancelled()
    assert second.cancelled()


async def test_nothing_is_kept_once_everybody_has_his_answer():
    library = Library()
    library.open.set()
    await asyncio.gather(*(library.ask(key) for key in "aabbc"))
    assert (library.together._running, library.together._next) == ({}, {})
