"""Accounts: registering, forgotten passwords, and changing one's own."""

import strawberry

from domain.accounts.errors import CodeNeeded
from domain.accounts.people.change_mail import change_mail, confirm_mail
from domain.accounts.people.change_password import change_password
from domain.accounts.people.delete_account import delete_account
from domain.accounts.people.register import RegistrationRules, register, verify_mail
from domain.accounts.people.reset_password import request_reset, reset_password
from domain.accounts.people.terms import accept_terms
from domain.accounts.people.update import update_account
from graph.accounts.authority import authority_of
from graph.accounts.people.inputs import (
    AcceptTermsInput,
    ChangeMailInput,
    ChangePasswordInput,
    ConfirmMailInput,
    DeleteAccountInput,
    RegisterInput,
    RequestPasswordResetInput,
    ResetPasswordInput,
    UpdateAccountInput,
    VerifyMailInput,
)
from graph.accounts.types import Account
from graph.support.context import Info
from graph.support.errors import UserError, attempt, attempt_alone, to_user_errors
from graph.support.fields import mutation, public_mutation

LINK = "The link that was sent by mail says who asks."


@strawberry.type(description="Look into your mails; without errors this is always the answer.")
class RegisterPayload:
    """Says nothing about who has an account."""

    user_errors: list[UserError]


@strawberry.type
class VerifyMailPayload:
    """The account is there; sign in."""

    user_errors: list[UserError]


@strawberry.type(description="Look into your mails; without errors this is always the answer.")
class RequestPasswordResetPayload:
    """Says nothing about who has an account."""

    user_errors: list[UserError]


@strawberry.type
class ResetPasswordPayload:
    """Sign in with the new password."""

    user_errors: list[UserError]


@strawberry.type
class ChangePasswordPayload:
    """This session goes on; all others have ended."""

    user_errors: list[UserError]


@strawberry.type
class ChangeMailPayload:
    """The new address has a mail."""

    user_errors: list[UserError]


@strawberry.type
class ConfirmMailPayload:
    """The address is yours."""

    user_errors: list[UserError]


@strawberry.type
class DeleteAccountPayload:
    """Nothing is left but history."""

    user_errors: list[UserError]


@strawberry.type
class UpdateAccountPayload:
    """The account as it is now."""

    account: Account | None
    user_errors: list[UserError]


@strawberry.type
class AcceptTermsPayload:
    """The account as it is now."""

    account: Account | None
    user_errors: list[UserError]


def rules_of(info: Info) -> RegistrationRules:
    """What the installation asks of new people."""
    settings = info.context.settings
    return RegistrationRules(settings.registration, settings.terms_version)


@strawberry.type
class PeopleMutations:
    """Root fields."""

    @public_mutation("Whoever makes an account has none yet.", "Ask for an account.")
    async def register(
        self,
        info: Info,
        input: RegisterInput,  # noqa: A002 - the argument's name
    ) -> RegisterPayload:
        """Owe the address a mail."""
        context = info.context
        doing = register(
            context.own_units,
            authority_of(context),
            rules_of(info),
            input.to_command(context.origin),
        )
        return RegisterPayload(user_errors=(await attempt_alone(doing)).user_errors)

    @public_mutation(LINK, "Make the account that was asked for, by the link in the mail.")
    async def verify_mail(
        self,
        info: Info,
        input: VerifyMailInput,  # noqa: A002 - the argument's name
    ) -> VerifyMailPayload:
        """Make the account."""
        context = info.context
        doing = verify_mail(context.own_units, authority_of(context), input.token, input.password)
        return VerifyMailPayload(user_errors=(await attempt_alone(doing)).user_errors)

    @public_mutation("Whoever forgot a password cannot sign in.", "Ask for a new password.")
    async def request_password_reset(
        self,
        info: Info,
        input: RequestPasswordResetInput,  # noqa: A002 - the argument's name
    ) -> RequestPasswordResetPayload:
        """Owe the address a mail."""
        context = info.context
        command = input.to_command(context.origin)
        doing = request_reset(context.own_units, authority_of(context), command)
        return RequestPasswordResetPayload(user_errors=(await attempt_alone(doing)).user_errors)

    @public_mutation(LINK, "Choose a new password, by the link in the mail.")
    async def reset_password(
        self,
        info: Info,
        input: ResetPasswordInput,  # noqa: A002 - the argument's name
    ) -> ResetPasswordPayload:
        """Change the password; every session and access token ends."""
        context = info.context
        doing = reset_password(context.own_units, authority_of(context), input.to_command())
        return ResetPasswordPayload(user_errors=(await attempt_alone(doing)).user_errors)

    @mutation(
        "account.secure", "Choose another password; other sessions and all access tokens end."
    )
    async def change_password(
        self,
        info: Info,
        input: ChangePasswordInput,  # noqa: A002 - the argument's name
    ) -> ChangePasswordPayload:
        """Change the password."""
        context = info.context
        actor = await context.actor()
        doing = change_password(context.own_units, authority_of(context), actor, input.to_command())
        return ChangePasswordPayload(user_errors=(await attempt_alone(doing)).user_errors)

    @mutation("account.secure", "Take another address, once it is confirmed by mail.")
    async def change_mail(
        self,
        info: Info,
        input: ChangeMailInput,  # noqa: A002 - the argument's name
    ) -> ChangeMailPayload:
        """Owe the new address a mail."""
        context = info.context
        actor = await context.actor()
        doing = change_mail(context.own_units, authority_of(context), actor, input.to_command())
        return ChangeMailPayload(user_errors=(await attempt_alone(doing)).user_errors)

    @public_mutation(LINK, "Confirm a new address, by the link in the mail.")
    async def confirm_mail(
        self,
        info: Info,
        input: ConfirmMailInput,  # noqa: A002 - the argument's name
    ) -> ConfirmMailPayload:
        """Change the address."""
        context = info.context
        doing = confirm_mail(context.own_units, authority_of(context), input.token)
        return ConfirmMailPayload(user_errors=(await attempt_alone(doing)).user_errors)

    @mutation("account.secure", "Delete one's own account; history forgets the name.")
    async def delete_account(
        self,
        info: Info,
        input: DeleteAccountInput,  # noqa: A002 - the argument's name
    ) -> DeleteAccountPayload:
        """End the account."""
        context = info.context
        actor = await context.actor()
        doing = delete_account(context.own_units, authority_of(context), actor, input.to_command())
        try:
            ended = await attempt_alone(doing)
        except CodeNeeded as needed:
            return DeleteAccountPayload(user_errors=to_user_errors(needed))
        if not ended.user_errors:
            context.cookies.drop()
        return DeleteAccountPayload(user_errors=ended.user_errors)

    @mutation("account.secure", "Change what others see of one's account.")
    async def update_account(
        self,
        info: Info,
        input: UpdateAccountInput,  # noqa: A002 - the argument's name
    ) -> UpdateAccountPayload:
        """Change the name."""
        actor = await info.context.actor()
        changed = await attempt(
            info, lambda uow, actor: update_account(uow, actor, input.display_name)
        )
        account = None if changed.value is None else Account.from_row(changed.value, actor)
        return UpdateAccountPayload(account=account, user_errors=changed.user_errors)

    @mutation("account.secure", "Accept the terms of the installation; version and time are kept.")
    async def accept_terms(
        self,
        info: Info,
        input: AcceptTermsInput,  # noqa: A002 - the argument's name
    ) -> AcceptTermsPayload:
        """Record it."""
        actor = await info.context.actor()
        clock = authority_of(info.context).clock
        current = info.context.settings.terms_version
        accepted = await attempt(
            info,
            lambda uow, actor: accept_terms(
                uow, actor, clock, current=current, accepted=input.version
            ),
        )
        account = None if accepted.value is None else Account.from_row(accepted.value, actor)
        return AcceptTermsPayload(account=account, user_errors=accepted.user_errors)
