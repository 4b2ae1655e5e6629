"""People beside the administrator: somebody who was invited by mail and only looks on."""

import asyncio
import email
import os
import re
import secrets
import time
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from pathlib import Path

from e2e.demo.client import Client
from e2e.live_stack import LiveStack, OwnStack

MAIL_SECONDS = 30
LOOK_AGAIN_SECONDS = 0.1
TOKEN = re.compile(r"#token=(\S+)")

GROUPS = "{ groups { id preset } }"
INVITE = """
mutation($input: InviteMemberInput!) {
  inviteMember(input: $input) { userErrors { message field } }
}"""
REGISTER = """
mutation($input: RegisterInput!) {
  register(input: $input) { userErrors { message field } }
}"""


@dataclass(frozen=True)
class Person:
    """Who may sign in."""

    email: str
    password: str


def find_mails(stack: LiveStack) -> Path | None:
    """Where the mails of a stack land, if its files are within reach."""
    if isinstance(stack, OwnStack):
        return stack.directory / "var" / "mail"
    if os.environ.get("E2E_STACK") == "up":
        return Path(os.environ.get("METAMORPH_VAR_DIR", "var")) / "mail"
    return None


async def invite_viewer(client: Client, mails: Path) -> Person:
    """Invite somebody as a viewer, who makes an account with the link in the mail.

    Raises:
        TimeoutError: no mail came.
    """
    viewer = Person(f"viewer-{secrets.token_hex(4)}@example.com", secrets.token_urlsafe(18))
    groups = (await client.query(GROUPS))["groups"]
    chosen = [group["id"] for group in groups if group["preset"] == "viewer"]
    invitation = {"email": viewer.email, "groupIds": chosen}
    await client.mutate("inviteMember", INVITE, invitation)
    token = TOKEN.search(await wait_for_mail(mails, viewer.email))
    assert token is not None
    account = {
        "email": viewer.email,
        "displayName": "Vera Viewer",
        "password": viewer.password,
        "invitation": token.group(1),
    }
    await client.mutate("register", REGISTER, account)
    return viewer


async def wait_for_mail(mails: Path, address: str) -> str:
    """The text of the newest mail to an address.

    Raises:
        TimeoutError: there is none.
    """
    begun = time.monotonic()
    while time.monotonic() - begun < MAIL_SECONDS:
        for path in sorted(mails.glob("[!.]*.eml"), reverse=True):
            message = email.message_from_bytes(path.read_bytes(), policy=policy.default)
            assert isinstance(message, EmailMessage)
            body = message.get_body(("plain",))
            if message["To"] == address and body is not None:
                return str(body.get_content())
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
    raise TimeoutError(f"No mail to {address} landed in {mails} within {MAIL_SECONDS} seconds.")
