"""How often somebody may try what could be guessed, or what sends mail to others.

Every verb that takes a secret, or that makes the installation write to an address somebody typed,
counts before it does anything:

    await authority.attempts.throttle("reset", email)           # 3 an hour for one address of mail
    await authority.attempts.throttle("reset_from", address)    # 20 an hour from one client
    await authority.attempts.throttle("register", address)      # 10 an hour from one client
    await authority.attempts.throttle("register_for", email)    # 3 an hour for one address of mail
    await authority.attempts.throttle("otp", str(user_id))      # 5 in five minutes
    await authority.attempts.throttle("invite", str(workspace)) # 100 a day
    await authority.attempts.throttle("invite_by", str(user_id)) # 50 a day, whatever the workspace
    await authority.attempts.throttle("invite_for", email)      # 10 a day for one address of mail

It raises `TooMany`, with the seconds to wait, where there was no room, and `Unavailable` where
nothing can be counted: these verbs fail closed. Count before looking anything up, so that known and
unknown accounts get the same answer. Where a right guess shall not count, as with passwords and
codes, keep what it returns and `withdraw` it. The key may be anything; it is hashed before it leaves.

`login` counts with `begin_login` and `end_login`; see `domain.accounts.login`.
"""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from domain.accounts.rules import normalise_email
from domain.shared.addresses import network_of, places_of
from domain.shared.errors import Unavailable
from domain.shared.windows import Charge, Count, Windows, name_key

Kind = Literal[
    "reset", "reset_from", "register", "register_for", "otp", "invite", "invite_by", "invite_for"
]


@dataclass(frozen=True, slots=True)
class LoginAttempt:
    """Somebody tries a password.

    Attributes:
        email: As it was typed; whether such an account exists makes no difference.
        address: Where from.
        device: What the client calls itself, if the account has signed in with it lately.
        is_known_address: Whether the account has signed in from `address` lately.
    """

    email: str
    address: str
    device: str = ""
    is_known_address: bool = False


@dataclass(frozen=True, slots=True)
class Begun:
    """An attempt that was counted as if it failed, until it turns out that it does not."""

    counts: Sequence[Count] = ()
    pair: str = ""


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
It slows strangers down and nobody else. Who comes from a new address, but with a device the account
has signed in with, counts apart: a device's name can be guessed, so it opens no door of its own."""

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
        pair = name_key("login", account, place)
        charges = [
            charge(pair, LOGIN_PAIR),
            *charge_places("login_from", attempt.address, LOGIN_ADDRESS),
        ]
        if not attempt.is_known_address:
            strangers = name_key("login_as", account, attempt.device)
            charges.append(charge(strangers, LOGIN_STRANGERS))
        return Begun(await self._windows.take(charges), pair)

    async def succeed(self, begun: Begun) -> None:
        """Forget the failures of this account from this address.

        Where Redis has just left they stay counted; whoever is in is in.
        """
        with contextlib.suppress(Unavailable):
            await self._windows.give_back(begun.counts)
            await self._windows.forget(begun.pair)

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
