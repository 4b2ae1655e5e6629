"""Turning the second factor on and off."""

import strawberry

from domain.accounts.people.second_factor import (
    confirm_second_factor,
    renew_recovery_codes,
    set_up_second_factor,
    turn_off_second_factor,
)
from graph.accounts.authority import authority_of
from graph.accounts.people.inputs import (
    ConfirmSecondFactorInput,
    RenewRecoveryCodesInput,
    SetUpSecondFactorInput,
    TurnOffSecondFactorInput,
)
from graph.support.context import Info
from graph.support.errors import UserError, attempt, attempt_alone
from graph.support.fields import mutation

CODES = "Shown this once; each works once in place of the app."


@strawberry.type
class SetUpSecondFactorPayload:
    """What the authenticator app is told; shown once."""

    secret: str | None = strawberry.field(default=None, description="For typing, in base 32.")
    uri: str | None = strawberry.field(default=None, description="otpauth:, for a QR code.")
    user_errors: list[UserError] = strawberry.field(default_factory=list)


@strawberry.type
class ConfirmSecondFactorPayload:
    """The second factor is on."""

    recovery_codes: list[str] = strawberry.field(default_factory=list, description=CODES)
    user_errors: list[UserError] = strawberry.field(default_factory=list)


@strawberry.type
class TurnOffSecondFactorPayload:
    """The password alone counts from now on."""

    user_errors: list[UserError]


@strawberry.type
class RenewRecoveryCodesPayload:
    """The codes before are worth nothing."""

    recovery_codes: list[str] = strawberry.field(default_factory=list, description=CODES)
    user_errors: list[UserError] = strawberry.field(default_factory=list)


@strawberry.type
class SecondFactorMutations:
    """Root fields."""

    @mutation("account.secure", "Begin to set up an authenticator app as second factor.")
    async def set_up_second_factor(
        self,
        info: Info,
        input: SetUpSecondFactorInput,  # noqa: A002 - the argument's name
    ) -> SetUpSecondFactorPayload:
        """Make a secret."""
        context = info.context
        actor = await context.actor()
        doing = set_up_second_factor(
            context.own_units, authority_of(context), actor, input.password
        )
        made = await attempt_alone(doing)
        if made.value is None:
            return SetUpSecondFactorPayload(user_errors=made.user_errors)
        return SetUpSecondFactorPayload(secret=made.value.secret, uri=made.value.uri)

    @mutation("account.secure", "Turn the second factor on, with a first code of the app.")
    async def confirm_second_factor(
        self,
        info: Info,
        input: ConfirmSecondFactorInput,  # noqa: A002 - the argument's name
    ) -> ConfirmSecondFactorPayload:
        """Turn it on."""
        authority = authority_of(info.context)
        turned = await attempt(
            info, lambda uow, actor: confirm_second_factor(uow, authority, actor, input.code)
        )
        return ConfirmSecondFactorPayload(
            recovery_codes=list(turned.value or ()), user_errors=turned.user_errors
        )

    @mutation("account.secure", "Turn the second factor off.")
    async def turn_off_second_factor(
        self,
        info: Info,
        input: TurnOffSecondFactorInput,  # noqa: A002 - the argument's name
    ) -> TurnOffSecondFactorPayload:
        """Turn it off."""
        context = info.context
        actor = await context.actor()
        doing = turn_off_second_factor(
            context.own_units,
            authority_of(context),
            actor,
            password=input.password,
            code=input.code,
        )
        return TurnOffSecondFactorPayload(user_errors=(await attempt_alone(doing)).user_errors)

    @mutation("account.secure", "Make new recovery codes.")
    async def renew_recovery_codes(
        self,
        info: Info,
        input: RenewRecoveryCodesInput,  # noqa: A002 - the argument's name
    ) -> RenewRecoveryCodesPayload:
        """Replace the codes."""
        context = info.context
        actor = await context.actor()
        doing = renew_recovery_codes(
            context.own_units, authority_of(context), actor, input.password
        )
        made = await attempt_alone(doing)
        return RenewRecoveryCodesPayload(
            recovery_codes=list(made.value or ()), user_errors=made.user_errors
        )
