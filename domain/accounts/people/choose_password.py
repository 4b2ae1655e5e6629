"""A new password: what it must be, for whoever chooses one."""

import re

from domain.accounts.rules import MAX_PASSWORD_LENGTH, check_new_password
from domain.accounts.sessions import Authority
from domain.shared.checks import Checks, FieldPath


async def check_chosen_password(
    checks: Checks,
    authority: Authority,
    password: str,
    about: tuple[str, ...],
    path: FieldPath,
) -> None:
    """Refuse what is too short, and what a list of common passwords would soon give away.

    No characters are asked for or forbidden (ASVS 5.0, 6.2.5; NIST SP 800-63B, 3.1.1.2).

    Args:
        about: Words about the person, which count as common.
    """
    check_new_password(checks, password, path)
    known = ("metamorph", *about)
    if len(password) <= MAX_PASSWORD_LENGTH and await authority.passwords.is_guessable(
        password, known
    ):
        checks.refuse(path, "This password is too easy to guess; take a few unrelated words.")


def words_about(email: str, name: str) -> tuple[str, ...]:
    """What whoever guesses would try first: address and name, whole and word by word."""
    local = email.partition("@")[0]
    return (email, local, name, *re.findall(r"\w{3,}", f"{local} {name}"))
