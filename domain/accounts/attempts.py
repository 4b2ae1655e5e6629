"""How often somebody may try what could be guessed, or what sends mail to others.

Every verb that takes a secret, or that makes the installation write to an address somebody typed,
counts before it does anything:

    async with counting(authority.attempts, "reset", email):           # 3 an hour for one address
    async with counting(authority.attempts, "reset_from", address):    # 20 an hour from one client
    async with counting(authority.attempts, "register", address):      # 10 an hour from one client
    async with counting(authority.attempts, "register_for", email):    # 3 an hour for one address
    async with counting(authority.attempts, "otp", str(user_id)):      # 5 in five minutes
    async with counting(authority.attempts, "invite", str(workspace)): # 100 a day
    async with counting(authority.attempts, "invite_by", str(user_id)): # 50 a day, wherever
    async with counting(authority.attempts, "invite_for", email):      # 10 a day for one address

It raises `TooMany`, with the seconds to wait, where there was no room, and `Unavailable` where
nothing can be counted: these verbs fail closed. Count before looking anything up, so that known and
unknown accounts get the same answer. What ends because something was away does not count. Where a
right guess shall not either, as with passwords and codes, `withdraw` it in the end. The key may be
anything; it is hashed before it leaves.

`login` counts with `begin_login`, and tells `succeed` or `withdraw`; see `domain.accounts.login`.
"""

import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from domain.accounts.rules import normalise_email
from domain.shared.addresses import network_of, places_of
from domain.shared.errors import Unavailable
from domain.shared.lost import LOST_DATABASE, is_lost
from domain.shared.windows import Charge, Count, Windows, name_key

AWAY: tuple[type[BaseException], ...] = (Unavailable, *LOST_DATABASE)
Kind = Literal[
    "reset", "reset_from", "register", "register_for", "otp", "invite", "invite_by", "invite_for"
]


@dataclass(frozen=True, slots=True)
class LoginAttempt:
    """Somebody tries a password.

    Attributes:
        email: As it was typed; whether such an account exists makes no difference.
        address: Where from.
        browser: What a browser kept from an earlier sign-in with this address, if it did.
        is_known_address: Whether the account has signed in from the network of `address` lately.
    """

    email: str
    address: str
    browser: str = ""
    is_known_address: bool = False


@dataclass(frozen=True, slots=True)
class Begun:
    """An attempt that was counted as if it failed, until it turns out that it does not.

    Attributes:
        counts: What was charged.
        forgiven: The window that a success empties.
    """

    counts: Sequence[Count] = ()
    forgiven: str = ""


class AttemptLimits(Protocol):
    """Counts attempts; the same for all processes."""

    async def begin_login(self, attempt: LoginAttempt) -> Begun:
        """Count an attempt before its password is looked at, so that parallel ones count too.

        Raises:
            TooMany: Too many have failed.
            Unavailable: Nothing can be counted now.
        """
        ...

    async def succeed(self, begun: Begun) -> None:
        """The password was right: forget the failures from there, and this attempt everywhere."""
        ...

    async def withdraw(self, begun: Begun) -> None:
        """Nobody could say whether the password was right: this attempt never was."""
        ...

    async def throttle(self, kind: Kind, key: str) -> Begun:
        """Count one use of `kind` for whatever `key` names; `withdraw` takes it back.

        Raises:
            TooMany: There were too many already.
            Unavailable: Nothing can be counted now.
        """
        ...


@contextlib.asynccontextmanager
async def counting(attempts: AttemptLimits, kind: Kind, key: str) -> AsyncIterator[Begun]:
    """Count one use of `kind`; `judging` it, so that what was away counts against nobody.

    Raises:
        TooMany: There were too many already.
        Unavailable: Nothing can be counted now.
    """
    begun = await attempts.throttle(kind, key)
    async with judging(attempts, begun):
        yield begun


@contextlib.asynccontextmanager
async def judging(attempts: AttemptLimits, begun: Begun) -> AsyncIterator[None]:
    """Take an attempt back where the block could not judge it: a store or the hasher was away.

    It may be inside a transaction, where the loss of the database has its own names yet.
    """
    try:
        yield
    except AWAY as error:
        if isinstance(error, Unavailable) or is_lost(error):
            await attempts.withdraw(begun)
        raise


@dataclass(frozen=True, slots=True)
class Rule:
    """So many within so many seconds."""

    limit: int
    period_seconds: int


MINUTE, HOUR, DAY = 60, 3600, 86_400

LOGIN_PAIR = Rule(10, 15 * MINUTE)
"""Failures of one account from one address."""
LOGIN_ADDRESS = Rule(50, 15 * MINUTE)
"""Failures from one address, whatever the account; a whole IPv6 site may have eight times that."""
LOGIN_STRANGERS = Rule(100, 15 * MINUTE)
"""Failures of one account from addresses it has never signed in from: ten such addresses reach it.
It slows strangers down and nobody else."""
LOGIN_BROWSER = Rule(10, 15 * MINUTE)
"""Failures from one browser that has signed in to the account before, wherever it is now: nothing
that others do counts against it, and whoever copied what it keeps has no more guesses than it has
(OWASP, Slow Down Online Guessing Attacks with Device Cookies)."""

THROTTLES: dict[Kind, Rule] = {
    "reset": Rule(3, HOUR),
    "reset_from": Rule(20, HOUR),
    "register": Rule(10, HOUR),
    "register_for": Rule(3, HOUR),
    "otp": Rule(5, 5 * MINUTE),
    "invite": Rule(100, DAY),
    "invite_by": Rule(50, DAY),
    "invite_for": Rule(10, DAY),
}
FROM_ADDRESSES = frozenset({"reset_from", "register"})


class CountedAttempts:
    """`AttemptLimits` in Redis."""

    def __init__(self, windows: Windows) -> None:
        self._windows = windows

    async def begin_login(self, attempt: LoginAttempt) -> Begun:
        """Count an attempt.

        Raises:
            TooMany: Too many have failed.
            Unavailable: Redis is away.
        """
        account, place = normalise_email(attempt.email), network_of(attempt.address)
        if attempt.browser:
            browser = name_key("login_browser", attempt.browser)
            return Begun(await self._windows.take([charge(browser, LOGIN_BROWSER)]), browser)
        pair = name_key("login", account, place)
        charges = [
            charge(pair, LOGIN_PAIR),
            *charge_places("login_from", attempt.address, LOGIN_ADDRESS),
        ]
        if not attempt.is_known_address:
            strangers = name_key("login_as", account)
            charges.append(charge(strangers, LOGIN_STRANGERS))
        return Begun(await self._windows.take(charges), pair)

    async def succeed(self, begun: Begun) -> None:
        """Forget the failures of this account from this address, or from this browser.

        Where Redis has just left they stay counted; whoever is in is in.
        """
        with contextlib.suppress(Unavailable):
            await self._windows.give_back(begun.counts)
            await self._windows.forget(begun.forgiven)

    async def withdraw(self, begun: Begun) -> None:
        """Take the attempt back, if Redis is there."""
        with contextlib.suppress(Unavailable):
            await self._windows.give_back(begun.counts)

    async def throttle(self, kind: Kind, key: str) -> Begun:
        """Count one use.

        Raises:
            TooMany: There were too many already.
            Unavailable: Redis is away.
        """
        rule = THROTTLES[kind]
        if kind in FROM_ADDRESSES:
            return Begun(await self._windows.take(charge_places(kind, key, rule)))
        told = key.strip().lower()
        return Begun(await self._windows.take([charge(name_key(kind, told), rule)]))


def charge(key: str, rule: Rule, share: int = 1) -> Charge:
    """One attempt under a rule, or under so many times its limit."""
    return Charge(key, rule.limit * share, rule.period_seconds)


def charge_places(kind: str, address: str, rule: Rule) -> list[Charge]:
    """One attempt from an address, counted for its network and the site around that."""
    return [charge(name_key(kind, place), rule, share) for place, share in places_of(address)]
