"""`metamorph mail`: what landed in the folder, and what no server would take."""

from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.cli.main import app
from domain.accounts.events import MailOwed
from domain.shared.ids import SYSTEM_WORKSPACE
from tests.factories.accounts import make_authority
from tests.factories.mails import Postbox, refuse_mail
from tests.fixtures.database import Databases

Type = Callable[..., Result]


@pytest.fixture
def type_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Type:
    """Run `metamorph mail` with some words behind it, in this process."""
    monkeypatch.setenv("METAMORPH_VAR_DIR", str(tmp_path))
    return lambda *words: CliRunner().invoke(app, ["mail", *words])


def land(directory: Path, name: str, subject: str) -> None:
    message = EmailMessage()
    message["Date"] = "Fri, 31 Jan 2025 12:00:00 +0000"
    message["Subject"] = subject
    message.set_content(f"about {subject}")
    directory.mkdir(exist_ok=True)
    (directory / name).write_bytes(message.as_bytes())


@pytest.mark.unit
def test_a_number_shows_one_of_the_list(type_in: Type, tmp_path: Path):
    land(tmp_path / "mail", "1.eml", "older")
    land(tmp_path / "mail", "2.eml", "newer")
    listed = type_in("--last", "1").stdout
    assert ("newer" in listed, "older" in listed) == (True, False)
    assert "about older" in type_in("2").stdout
    assert type_in("show", "2").stdout == type_in("2").stdout
    assert str(type_in("3").exception) == "there is no mail 3: there are 2"


@pytest.mark.unit
def test_what_people_wrote_is_shown_as_it_is_and_commands_no_terminal(
    type_in: Type, tmp_path: Path
):
    land(tmp_path / "mail", "1.eml", "[/x] \x1b[2J")
    for shown in (type_in(), type_in("1")):
        assert ("[/x]" in shown.stdout, "\x1b[2J" in shown.stdout) == (True, False)


@pytest.mark.integration
@pytest.mark.no_rollback
def test_what_was_given_up_is_listed_and_queued_again(
    type_in: Type,
    given_up: None,
):
    assert "robin@a.test" in type_in("failed").stdout
    assert type_in("retry").stdout == "Queued again: welcome to robin@a.test\n"
    assert type_in("failed").stdout == "No mail was given up.\n"
    assert "is no id" in str(type_in("retry", "x").exception)


@pytest.fixture
async def given_up(
    databases: Databases, keys_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One mail that no server took, in a database that commands find."""
    assert databases.urls is not None
    monkeypatch.setenv("METAMORPH_DATABASE_URL", databases.urls.app)
    monkeypatch.setenv("METAMORPH_REDIS_URL", "redis://127.0.0.1:1")
    postbox = Postbox(databases, make_authority(keys_directory))
    async with postbox.units.begin() as uow:
        uow.raise_event(MailOwed(SYSTEM_WORKSPACE, "welcome", "robin@a.test", values={"name": "R"}))
    await refuse_mail(databases)
