"""Signed links open one thing, in one way, for a while."""

import base64
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.evidence.errors import LinkRefused
from domain.evidence.links import LinkSigner, LinkVerb
from domain.shared.crypto import KEY_BYTES, read_or_make_key
from domain.shared.ids import new_id

pytestmark = pytest.mark.unit

KEY = b"k" * KEY_BYTES


class StoppedClock:
    """A clock that moves when told."""

    def __init__(self) -> None:
        self.time = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time


def test_a_link_grants_what_was_signed():
    workspace, file = new_id(), new_id()
    signer = LinkSigner(KEY, StoppedClock())
    grant = signer.open(signer.sign(LinkVerb.UPLOAD, workspace, file), LinkVerb.UPLOAD)
    assert (grant.workspace_id, grant.subject_id) == (workspace, file)
    assert grant.expires_at == datetime(2026, 3, 2, 12, 5, tzinfo=UTC)


def test_case_55_a_link_expires():
    clock = StoppedClock()
    signer = LinkSigner(KEY, clock)
    token = signer.sign(LinkVerb.DOWNLOAD, new_id(), new_id(), seconds=300)
    clock.time += timedelta(seconds=299)
    assert signer.open(token, LinkVerb.DOWNLOAD)
    clock.time += timedelta(seconds=1)
    with pytest.raises(LinkRefused):
        signer.open(token, LinkVerb.DOWNLOAD)


def test_case_55_a_link_altered_in_any_character_is_refused():
    signer = LinkSigner(KEY)
    token = signer.sign(LinkVerb.DOWNLOAD, new_id(), new_id())
    for place, letter in enumerate(token):
        for other in {"A", "B", "Q", "_"} - {letter}:
            with pytest.raises(LinkRefused):
                signer.open(token[:place] + other + token[place + 1 :], LinkVerb.DOWNLOAD)


@pytest.mark.parametrize("token", ["", "=", "..", "ü", "A" * 98, "\x00", " " * 8, "A" * 10_000])
def test_nonsense_is_refused(token: str):
    with pytest.raises(LinkRefused):
        LinkSigner(KEY).open(token, LinkVerb.DOWNLOAD)


def test_a_link_for_one_verb_does_not_open_another():
    signer = LinkSigner(KEY)
    token = signer.sign(LinkVerb.DOWNLOAD, new_id(), new_id())
    with pytest.raises(LinkRefused):
        signer.open(token, LinkVerb.UPLOAD)


def test_a_payload_without_the_right_mac_is_refused():
    signer = LinkSigner(KEY)
    token = signer.sign(LinkVerb.DOWNLOAD, new_id(), new_id())
    raw = base64.urlsafe_b64decode(token + "==")
    forged = base64.urlsafe_b64encode(raw[:-32] + os.urandom(32)).rstrip(b"=").decode()
    with pytest.raises(LinkRefused):
        signer.open(forged, LinkVerb.DOWNLOAD)


def test_processes_that_start_together_share_one_private_key(tmp_path: Path):
    path = tmp_path / "keys" / "links.key"
    with ThreadPoolExecutor(8) as threads:
        keys = set(threads.map(lambda _: read_or_make_key(path), range(32)))
    assert len(keys) == 1
    assert len(keys.pop()) == KEY_BYTES
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["links.key"]
