"""Sign in with address and password; whoever fails learns nothing about which was wrong."""

from dataclasses import dataclass, field

from domain.accounts import repository
from domain.accounts.errors import WrongCredentials
from domain.accounts.repository import Credential
from domain.accounts.rules import MAX_EMAIL_LENGTH, MAX_PASSWORD_LENGTH, normalise_email
from domain.accounts.sessions import NOWHERE, Authority, Origin, SignedIn, begin_session
from domain.shared.checks import is_encodable
from domain.shared.unit_of_work import UnitsOfWork


@dataclass(frozen=True, slots=True)
class Login:
    """An address and the password somebody claims is theirs."""

    email: str
    password: str = field(repr=False)
    origin: Origin = NOWHERE


async def login(units: UnitsOfWork, authority: Authority, command: Login) -> SignedIn:
    """Begin a session in the workspace the person has belonged to for longest.

    It takes the units of work instead of one, so that no connection waits while a password is
    hashed.

    Raises:
        WrongCredentials: Always the same, after the same time, whatever was wrong.
        Unavailable: The database is away, or too many people sign in at this moment.
    """
    credential = await find_credential(units, command.email)
    stored = None if credential is None else credential.password_hash
    matches = await authority.passwords.verify(stored, storable_password(command.password))
    if credential is None or not matches or credential.is_disabled:
        raise WrongCredentials
    renewed = None
    if authority.passwords.needs_rehash(credential.password_hash):
        renewed = await authority.passwords.hash(command.password)
    async with units.begin(user_id=credential.user_id) as uow:
        workspace_id = await repository.find_first_workspace(uow.session, credential.user_id)
        if workspace_id is None:
            raise WrongCredentials
        if renewed is not None:
            await repository.replace_password_hash(
                uow.session, credential.user_id, credential.password_hash, renewed
            )
        return await begin_session(
            uow.session,
            authority,
            command.origin,
            user_id=credential.user_id,
            workspace_id=workspace_id,
        )


async def find_credential(units: UnitsOfWork, address: str) -> Credential | None:
    """Look the address up; one that cannot be stored belongs to nobody."""
    email = normalise_email(address)
    if len(email) > MAX_EMAIL_LENGTH or "\x00" in email or not is_encodable(email):
        return None
    async with units.database.session() as session:
        return await repository.find_credential(session, email)


def storable_password(password: str) -> str:
    """The password, or one nobody can have where it is too long or not text."""
    is_possible = len(password) <= MAX_PASSWORD_LENGTH and is_encodable(password)
    return password if is_possible else ""
