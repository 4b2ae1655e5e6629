"""Passwords: argon2id in threads of their own, so that neither memory nor the event loop drowns."""

import asyncio
import secrets
import unicodedata
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from domain.shared.errors import Unavailable

JUDGED_CHARACTERS = 72
DISGUISES = frozenset("4@8({[<369!1|0$5+7%2")
"""What zxcvbn takes for letters in disguise; it tries all that a password holds together."""
MANY_DISGUISES = 10
"""Beyond that a long password would take it seconds (measured: 9 s for 72 of them)."""
JUDGED_OF_MANY = 16
FEWEST_GUESSES = 1_000_000

P = ParamSpec("P")
R = TypeVar("R")

MEMORY_KIB = 47_104
"""With one pass and one lane: OWASP Password Storage Cheat Sheet, argon2id, first choice."""
PARALLEL_HASHES = 2
"""Times MEMORY_KIB is what signing in may cost at any moment."""
WAITING_HASHES = 64
"""Beyond that the answer would come too late to be of use: whoever asks is sent away."""


class Passwords:
    """Hashes and verifies; at most `parallel` at a time, the others wait their turn.

    Args:
        parallel: Hashes computed at once.
        memory_kib: Memory of one hash; a stored hash with other parameters `needs_rehash`.
    """

    def __init__(self, *, parallel: int = PARALLEL_HASHES, memory_kib: int = MEMORY_KIB) -> None:
        self._hasher = PasswordHasher(time_cost=1, memory_cost=memory_kib, parallelism=1)
        self._threads = ThreadPoolExecutor(parallel, thread_name_prefix="argon2")
        self._waiting = 0
        self._nobodys_hash = self._hasher.hash(secrets.token_urlsafe(32))

    async def hash(self, password: str) -> str:
        """Hash a new password; salt and parameters are part of the result.

        Raises:
            Unavailable: Too many others wait.
        """
        return await self._run(self._hasher.hash, normalise_password(password))

    async def verify(self, stored: str | None, password: str) -> bool:
        """Whether `password` is the one behind `stored`; None takes as long, and says no.

        Raises:
            Unavailable: Too many others wait.
        """
        against = stored or self._nobodys_hash
        matches = await self._run(self._matches, against, normalise_password(password))
        return matches and stored is not None

    async def is_guessable(self, password: str, about: Sequence[str]) -> bool:
        """Whether somebody who knows common passwords and `about` would soon have guessed it.

        Raises:
            Unavailable: Too many others wait.
        """
        return await self._run(is_guessable, normalise_password(password), list(about))

    def needs_rehash(self, stored: str) -> bool:
        """Whether `stored` was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(stored)

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _matches(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerifyMismatchError, InvalidHashError):
            return False

    async def _run(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        if self._waiting >= WAITING_HASHES:
            raise Unavailable("Too many people sign in at this moment.", retry_after_seconds=5)
        self._waiting += 1
        try:
            future = self._threads.submit(work, *args, **kwargs)
            return await asyncio.wrap_future(future)
        finally:
            self._waiting -= 1


def is_guessable(password: str, about: list[str]) -> bool:
    """Whether at most a million guesses would do (Wheeler 2016, the estimate of zxcvbn).

    It knows 30,000 common passwords, names, words, keyboard rows, dates and repetitions.
    """
    from zxcvbn import zxcvbn  # its lists take a while to load, and few processes need them

    is_costly = len(DISGUISES.intersection(password)) > MANY_DISGUISES
    judged = password[: JUDGED_OF_MANY if is_costly else JUDGED_CHARACTERS]
    found = zxcvbn(judged, user_inputs=about)
    return bool(found["guesses"] < FEWEST_GUESSES)


def normalise_password(password: str) -> str:
    """The same characters, however a keyboard composes them (NIST SP 800-63B, 3.1.1.2: NFKC)."""
    return unicodedata.normalize("NFKC", password)
