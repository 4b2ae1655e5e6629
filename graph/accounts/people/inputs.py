"""What clients send about their own accounts, and how it becomes commands."""

import strawberry

from domain.accounts.people.change_mail import ChangeMail
from domain.accounts.people.change_password import ChangePassword
from domain.accounts.people.delete_account import DeleteAccount
from domain.accounts.people.register import Register
from domain.accounts.people.reset_password import RequestReset, ResetPassword
from domain.shared.origin import Origin

PROOF = "The password that holds: a stolen session alone must not do this."
FROM_MAIL = "What stands behind `#token=` in the link of the mail."


@strawberry.input
class RegisterInput:
    """Who wants an account."""

    email: str
    password: str = strawberry.field(
        description="12 characters or more, any of them; what is easy to guess is refused."
    )
    display_name: str
    accepted_terms: str | None = strawberry.field(
        default=None, description="`registration.termsVersion`, once it was shown and accepted."
    )
    invitation: str | None = strawberry.field(
        default=None, description="Token of an invitation; the account is made at once then."
    )

    def to_command(self, origin: Origin) -> Register:
        """As the domain takes it."""
        return Register(
            email=self.email,
            password=self.password,
            display_name=self.display_name,
            accepted_terms=self.accepted_terms,
            invitation=self.invitation,
            origin=origin,
        )


@strawberry.input
class VerifyMailInput:
    """The link of the mail, and the password that was chosen."""

    token: str = strawberry.field(description=FROM_MAIL)
    password: str = strawberry.field(
        description="As it was registered: a link alone makes no account that another one asked for."
    )


@strawberry.input
class RequestPasswordResetInput:
    """Whose password was forgotten."""

    email: str

    def to_command(self, origin: Origin) -> RequestReset:
        """As the domain takes it."""
        return RequestReset(self.email, origin)


@strawberry.input
class ResetPasswordInput:
    """The link of the mail, and the password to be."""

    token: str = strawberry.field(description=FROM_MAIL)
    new_password: str

    def to_command(self) -> ResetPassword:
        """As the domain takes it."""
        return ResetPassword(self.token, self.new_password)


@strawberry.input
class ChangePasswordInput:
    """The password that holds, and the one to be."""

    password: str = strawberry.field(description=PROOF)
    new_password: str

    def to_command(self) -> ChangePassword:
        """As the domain takes it."""
        return ChangePassword(self.password, self.new_password)


@strawberry.input
class ChangeMailInput:
    """The address to be."""

    password: str = strawberry.field(description=PROOF)
    new_email: str

    def to_command(self) -> ChangeMail:
        """As the domain takes it."""
        return ChangeMail(self.new_email, self.password)


@strawberry.input
class ConfirmMailInput:
    """The link of the mail."""

    token: str = strawberry.field(description=FROM_MAIL)


@strawberry.input
class DeleteAccountInput:
    """The end of an account."""

    password: str = strawberry.field(description=PROOF)
    code: str = strawberry.field(
        default="",
        description="Of the authenticator app, or a recovery code, once CODE_NEEDED asks for it.",
    )

    def to_command(self) -> DeleteAccount:
        """As the domain takes it."""
        return DeleteAccount(self.password, self.code)


@strawberry.input
class UpdateAccountInput:
    """What others see."""

    display_name: str


@strawberry.input
class AcceptTermsInput:
    """The terms that were shown and accepted."""

    version: str


@strawberry.input
class SetUpSecondFactorInput:
    """Beginning."""

    password: str = strawberry.field(description=PROOF)


@strawberry.input
class ConfirmSecondFactorInput:
    """The proof that the authenticator app works."""

    code: str = strawberry.field(description="Six digits, as the app shows them.")


@strawberry.input
class TurnOffSecondFactorInput:
    """The end of it."""

    password: str = strawberry.field(description=PROOF)
    code: str = strawberry.field(description="Of the app, or a recovery code.")


@strawberry.input
class RenewRecoveryCodesInput:
    """New codes for old ones."""

    password: str = strawberry.field(description=PROOF)
