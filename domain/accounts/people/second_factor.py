"""The second factor: codes of an authenticator app (RFC 6238), and recovery codes for its loss."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import pyotp

from domain.accounts.attempts import counting
from domain.accounts.errors import CodeNeeded
from domain.accounts.events import MailOwed
from domain.accounts.models import User
from domain.accounts.people import repository as people
from domain.accounts.people.prove import lock_proven, prove_password
from domain.accounts.permissions import SECURE
from domain.accounts.repository import Credential
from domain.accounts.sessions import Authority
from domain.shared.actor import Actor
from domain.shared.audit import Entity, Entry, personal
from domain.shared.crypto import Sealer
from domain.shared.database import Session
from domain.shared.errors import Conflict, Invalid, Unauthenticated
from domain.shared.ids import SYSTEM_WORKSPACE
from domain.shared.unit_of_work import UnitOfWork, UnitsOfWork

ISSUER = "Metamorph"
STEP_SECONDS = 30
DRIFT_STEPS = 1
"""A clock may be half a minute off either way (RFC 6238, 5.2)."""
RECOVERY_CODES = 10
RECOVERY_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
RECOVERY_LENGTH = 12
"""59 bits: nobody guesses one within the attempts that are allowed."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an authenticator app is told; shown once."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)


async def set_up_second_factor(
    units: UnitsOfWork, authority: Authority, actor: Actor, password: str
) -> Enrolment:
    """Make a secret for an authenticator app; it counts once a code of it was entered.

    Raises:
        Forbidden: The actor is a script.
        Invalid: The password is wrong.
        Conflict: The second factor is on.
    """
    actor.require(SECURE)
    user = await prove_password(units, authority, actor, password)
    secret = pyotp.random_base32()
    async with units.begin(actor.workspace_id, actor.user_id) as uow:
        user = await lock_proven(uow.session, user)
        if user.totp_confirmed_at is not None:
            raise Conflict("The second factor is on already; turn it off first.")
        user.totp_secret = authority.sealer.seal(secret, belongs_to=belonging(user.id))
        uow.audit(personal(Entry("second_factor.set_up", actor, Entity.of(user))))
    uri = pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=ISSUER)
    return Enrolment(secret, uri)


async def confirm_second_factor(
    uow: UnitOfWork, authority: Authority, actor: Actor, code: str
) -> Sequence[str]:
    """Turn the second factor on; returns the recovery codes, which are shown this once.

    Raises:
        Forbidden: The actor is a script.
        Invalid: The code is wrong.
        Conflict: It is on already, or was not set up.
        TooMany: Too many wrong codes.
    """
    actor.require(SECURE)
    user = await lock_self(uow.session, actor)
    if user.totp_confirmed_at is not None or user.totp_secret is None:
        # Not counted: a stolen session would keep its owner from signing in.
        raise Conflict("The second factor is on already, or was not set up.")
    async with counting(authority.attempts, "otp", str(actor.user_id)) as begun:
        now = authority.clock.now()
        if not await check_code(uow.session, authority.sealer, user, code, now):
            raise Invalid("This code is wrong.", field=("code",))
        await authority.attempts.withdraw(begun)
    user.totp_confirmed_at = now
    codes = await renew_codes(uow.session, user.id)
    uow.audit(personal(Entry("second_factor.confirm", actor, Entity.of(user))))
    uow.raise_event(MailOwed(SYSTEM_WORKSPACE, "second_factor_on", user.email))
    return codes


async def turn_off_second_factor(
    units: UnitsOfWork,
    authority: Authority,
    actor: Actor,
    *,
    password: str,
    code: str,
) -> None:
    """Sign in with the password alone from now on.

    Raises:
        Forbidden: The actor is a script.
        Invalid: The password or the code is wrong.
        Conflict: It is off.
    """
    actor.require(SECURE)
    user = await prove_password(units, authority, actor, password)
    async with units.begin(actor.workspace_id, actor.user_id) as uow:
        user = await lock_proven(uow.session, user)
        if user.totp_confirmed_at is None:
            raise Conflict("The second factor is off.")
        if not await pass_second_factor(uow, authority, user, code):
            raise Invalid("This code is wrong.", field=("code",))
        user.totp_secret = user.totp_confirmed_at = user.totp_last_step = None
        await people.replace_recovery_codes(uow.session, user.id, [])
        uow.audit(personal(Entry("second_factor.turn_off", actor, Entity.of(user))))
        uow.raise_event(MailOwed(SYSTEM_WORKSPACE, "second_factor_off", user.email))


async def renew_recovery_codes(
    units: UnitsOfWork, authority: Authority, actor: Actor, password: str
) -> Sequence[str]:
    """Make new recovery codes; the ones before are worth nothing.

    Raises:
        Forbidden: The actor is a script.
        Invalid: The password is wrong.
        Conflict: The second factor is off.
    """
    actor.require(SECURE)
    user = await prove_password(units, authority, actor, password)
    async with units.begin(actor.workspace_id, actor.user_id) as uow:
        user = await lock_proven(uow.session, user)
        if user.totp_confirmed_at is None:
            raise Conflict("The second factor is off.")
        uow.audit(personal(Entry("second_factor.renew_codes", actor, Entity.of(user))))
        return await renew_codes(uow.session, user.id)


async def pass_second_factor(uow: UnitOfWork, authority: Authority, user: User, code: str) -> bool:
    """Whether a code of the app, or a recovery code, is right; either works once.

    Raises:
        TooMany: Too many were wrong.
    """
    async with counting(authority.attempts, "otp", str(user.id)) as begun:
        now = authority.clock.now()
        is_of_app = await check_code(uow.session, authority.sealer, user, code, now)
        if not is_of_app and not await people.use_recovery_code(
            uow.session, user.id, hash_code(code), now
        ):
            return False
        await authority.attempts.withdraw(begun)
    if is_of_app:
        return True
    left = await people.count_recovery_codes(uow.session, user.id)
    told = {"left": str(left)}
    uow.raise_event(MailOwed(SYSTEM_WORKSPACE, "recovery_code_used", user.email, values=told))
    return True


async def require_second_factor(
    units: UnitsOfWork, authority: Authority, credential: Credential, code: str
) -> None:
    """Use the code, in a transaction of its own: what was used once is used, whatever follows.

    Raises:
        CodeNeeded: It is missing or wrong.
        TooMany: Too many were wrong.
    """
    if not credential.has_second_factor:
        return
    if not code.strip():
        raise CodeNeeded(was_wrong=False)
    async with units.begin(user_id=credential.user_id) as uow:
        user = await people.lock_user(uow.session, credential.user_id)
        if user is None or not await pass_second_factor(uow, authority, user, code):
            raise CodeNeeded(was_wrong=True)


async def check_code(
    session: Session, sealer: Sealer, user: User, code: str, now: datetime
) -> bool:
    """Whether it is a code of now that was not used before (RFC 6238, 5.2)."""
    digits = "".join(code.split())
    if user.totp_secret is None or len(digits) != 6 or not digits.isascii() or not digits.isdigit():
        return False
    totp = pyotp.TOTP(sealer.open(user.totp_secret, belongs_to=belonging(user.id)))
    step = int(now.timestamp()) // STEP_SECONDS
    for drift in range(-DRIFT_STEPS, DRIFT_STEPS + 1):
        if secrets.compare_digest(totp.generate_otp(step + drift), digits):
            return await people.advance_totp_step(session, user.id, step + drift)
    return False


async def renew_codes(session: Session, user_id: UUID) -> Sequence[str]:
    """Make and store recovery codes; only hashes stay."""
    codes = [make_code() for _ in range(RECOVERY_CODES)]
    await people.replace_recovery_codes(session, user_id, [hash_code(code) for code in codes])
    return codes


def make_code() -> str:
    """A code in three groups, without letters that look like digits."""
    letters = "".join(secrets.choice(RECOVERY_ALPHABET) for _ in range(RECOVERY_LENGTH))
    return "-".join(letters[at : at + 4] for at in range(0, RECOVERY_LENGTH, 4))


def hash_code(code: str) -> bytes:
    """What is stored of a recovery code, however it was typed."""
    plain = "".join(one for one in code.lower() if one.isalnum())
    return hashlib.sha256(plain.encode(errors="replace")).digest()


def belonging(user_id: UUID) -> str:
    """What a sealed secret is bound to."""
    return f"totp:{user_id}"


async def lock_self(session: Session, actor: Actor) -> User:
    """The actor's own account, kept from changing."""
    user = await people.lock_user(session, actor.user_id)
    if user is None:
        raise Unauthenticated("This account does not exist any more.")
    return user
