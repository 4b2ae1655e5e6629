"""The mails that an installation owes, composed as if they were sent at this moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from domain.accounts.sessions import Authority
from domain.executions.claim import claim_due
from domain.executions.finish import finish_attempt
from domain.executions.models import Execution
from domain.executions.records import AttemptEnd, Claim
from domain.executions.states import AttemptOutcome
from domain.mail.compose import Letter, compose
from domain.mail.rules import KIND, QUEUE
from domain.reactions import react
from domain.shared.ids import SYSTEM_WORKSPACE
from domain.shared.jobs import SilentOutlet
from domain.shared.unit_of_work import UnitsOfWork
from tests.fixtures.database import Databases

APP_URL = "https://app.metamorph.test"


@dataclass(frozen=True)
class Postbox:
    """What was mailed to whom."""

    databases: Databases
    authority: Authority

    @property
    def units(self) -> UnitsOfWork:
        """Units of work in which owed mails become executions."""
        return UnitsOfWork(self.databases.app, SilentOutlet(), react)

    async def read_owed(self) -> Sequence[Execution]:
        """The executions, the oldest first."""
        async with self.databases.app.session(SYSTEM_WORKSPACE) as session:
            mails = select(Execution).where(Execution.kind == KIND).order_by(Execution.id)
            return (await session.scalars(mails)).all()

    async def compose(self, execution: Execution) -> Letter | None:
        """The letter of an execution, as it would be sent now."""
        claim = claim_of(execution)
        return await compose(self.units, self.authority.links, self.authority.clock, APP_URL, claim)

    async def read_letters(self, to: str) -> list[Letter]:
        """All letters to an address, the oldest first."""
        letters = [await self.compose(one) for one in await self.read_owed()]
        return [letter for letter in letters if letter is not None and letter.to == to]

    async def list_templates(self, to: str) -> list[str]:
        """What the letters to an address are about, the oldest first."""
        return [letter.template for letter in await self.read_letters(to)]

    async def read_letter(self, to: str, template: str) -> Letter:
        """The newest letter of a kind to an address."""
        letters = [one for one in await self.read_letters(to) if one.template == template]
        assert letters, f"{to} got no mail {template}"
        return letters[-1]

    async def read_token(self, to: str, template: str) -> str:
        """What stands behind `#token=` in the newest letter of a kind to an address."""
        return token_in(await self.read_letter(to, template))


async def refuse_mail(databases: Databases) -> UUID:
    """Let a server refuse the mail that is due; returns its execution."""
    units = UnitsOfWork(databases.engine, SilentOutlet())
    async with units.begin() as uow:
        (claim,) = await claim_due(uow, queue=QUEUE, worker="w", lease_seconds=15, limit=10)
    async with units.begin() as uow:
        end = AttemptEnd(AttemptOutcome.FAILED, None, "MAIL_REFUSED", "550", is_final=True)
        await finish_attempt(uow, claim, end)
    return claim.id


def token_in(letter: Letter) -> str:
    """What stands behind `#token=` in the link of a letter."""
    assert letter.link is not None, f"the mail {letter.template} has no link"
    return letter.link.partition("#token=")[2]


def claim_of(execution: Execution) -> Claim:
    """The execution as the worker that holds it sees it."""
    return Claim(
        id=execution.id,
        workspace_id=execution.workspace_id,
        kind=execution.kind,
        queue=execution.queue or "",
        title=execution.title,
        subject_id=execution.subject_id,
        parent_id=execution.parent_id,
        input=execution.input,
        attempt=1,
        failures=0,
        losses=0,
        max_attempts=execution.max_attempts,
        timeout_seconds=execution.timeout_seconds,
        created_by=execution.created_by,
        seq=1,
    )
