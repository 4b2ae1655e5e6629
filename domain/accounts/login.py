"""Sign in with address and password; whoever fails learns nothing about which was wrong."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

from domain.accounts import repository
from domain.accounts.attempts import LoginAttempt, judging
from domain.accounts.credentials import repository as credentials
from domain.accounts.errors import CodeNeeded, WrongCredentials
from domain.accounts.people.prove import lock_as_found
from domain.accounts.people.second_factor import require_second_factor
from domain.accounts.repository import Credential
from domain.accounts.rules import MAX_EMAIL_LENGTH, normalise_email, storable_password
from domain.accounts.sessions import Authority, SignedIn, begin_session
from domain.shared.actor import Via
from domain.shared.addresses import network_of
from domain.shared.audit import NOBODY, Author, Entity, Entry
from domain.shared.checks import is_encodable
from domain.shared.database import enter_workspace
from domain.shared.ids import new_id
from domain.shared.origin import NOWHERE, Origin
from domain.shared.unit_of_work import UnitsOfWork

KNOWN_FOR = timedelta(days=30)
"""How long a network stays known after its last use."""


@dataclass(frozen=True, slots=True)
class Login:
    """An address and the password somebody claims is theirs."""

    email: str
    password: str = field(repr=False)
    origin: Origin = NOWHERE
    code: str = field(default="", repr=False)
    """Of the authenticator app, or a recovery code, where the second factor is on."""
    in_cookie: bool = False
    """Whether the refresh token goes where no script can read it, and stays there."""
    device_token: str = field(default="", repr=False)
    """What a browser kept from an earlier sign-in, if it did."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Whose account somebody claims, if there is one, and how the attempt is counted."""

    credential: Credential | None
    attempt: LoginAttempt


async def login(units: UnitsOfWork, authority: Authority, command: Login) -> SignedIn:
    """Begin a session in the workspace the person has belonged to for longest, if any is left.

    It takes the units of work instead of one, so that no connection waits while a password is
    hashed.

    Raises:
        WrongCredentials: Always the same, after the same time, whatever was wrong.
        CodeNeeded: The password is right, the second factor is on, and its code is missing or
            wrong.
        TooMany: Too many attempts have failed; the same for accounts that do not exist, except in a
            network that the account was used from.
        Unavailable: A store is away, or too many people sign in at this moment.
    """
    claimed = await find_claim(units, authority, command)
    begun = await authority.attempts.begin_login(claimed.attempt)
    try:
        async with judging(authority.attempts, begun):
            signed_in = await sign_in(units, authority, command, claimed.credential)
    except CodeNeeded as needed:
        if needed.was_wrong:
            await note_refusal(units, command)
        else:
            await authority.attempts.withdraw(begun)
        raise
    except WrongCredentials:
        await note_refusal(units, command)
        raise
    await authority.attempts.succeed(begun)
    if not command.in_cookie:
        return signed_in
    return replace(signed_in, device=authority.devices.make(command.email, authority.clock.now()))


async def sign_in(
    units: UnitsOfWork, authority: Authority, command: Login, credential: Credential | None
) -> SignedIn:
    """Begin a session if the password is right.

    Raises:
        WrongCredentials: It is not, or nobody may sign in with it.
        CodeNeeded: The second factor is on, and its code is missing or wrong.
    """
    stored = None if credential is None else credential.password_hash
    matches = await authority.passwords.verify(stored, storable_password(command.password))
    if credential is None or not matches or credential.is_disabled:
        raise WrongCredentials
    renewed = None
    if authority.passwords.needs_rehash(credential.password_hash):
        renewed = await authority.passwords.hash(command.password)
    await require_second_factor(units, authority, credential, command.code)
    async with units.begin(user_id=credential.user_id, origin=command.origin) as uow:
        if await lock_as_found(uow.session, credential) is None:
            # The password, the second factor or the account was changed while this was judged.
            raise WrongCredentials
        workspace_id = await repository.find_home(uow.session, credential.user_id)
        if renewed is not None:
            await repository.replace_password_hash(
                uow.session, credential.user_id, credential.password_hash, renewed
            )
        await enter_workspace(uow.session, workspace_id, credential.user_id)
        begun = await begin_session(
            uow.session,
            authority,
            command.origin,
            user_id=credential.user_id,
            workspace_id=workspace_id,
            in_cookie=command.in_cookie,
        )
        by = Author(begun.user_id, via=Via.SESSION, session_id=begun.session_id)
        entity = Entity("Session", begun.session_id)
        uow.audit(Entry("session.begin", by, entity, workspace_id=workspace_id))
        return begun


async def note_refusal(units: UnitsOfWork, command: Login) -> None:
    """Tell the installation's audit log; the same for accounts there are and accounts there are not.

    What is no address is not kept: people type passwords into the wrong field.
    """
    email = normalise_email(command.email)
    label = email if "@" in email and len(email) <= MAX_EMAIL_LENGTH else ""
    async with units.begin(origin=command.origin) as uow:
        uow.audit(Entry("session.refuse", NOBODY, Entity("Account", label=label)))


async def find_claim(units: UnitsOfWork, authority: Authority, command: Login) -> Claim:
    """Look the address up, and where its account was at home; unknown ones take the same way.

    No name that could be guessed makes a difference: what a browser kept was signed here.
    """
    email = normalise_email(command.email)
    origin = command.origin
    if len(email) > MAX_EMAIL_LENGTH or "\x00" in email or not is_encodable(email):
        return Claim(None, LoginAttempt(email, origin.address))
    now = authority.clock.now()
    async with units.database.session() as session:
        credential = await repository.find_credential(session, email)
        user_id = new_id() if credential is None else credential.user_id
        await enter_workspace(session, None, user_id)
        addresses = await credentials.find_addresses(session, user_id, now - KNOWN_FOR)
    chosen_at = None if credential is None else credential.password_changed_at
    attempt = LoginAttempt(
        email,
        origin.address,
        browser=authority.devices.read(command.device_token, email, now, chosen_at),
        is_known_address=network_of(origin.address) in set(map(network_of, addresses)),
    )
    return Claim(credential, attempt)
