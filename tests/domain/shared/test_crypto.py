"""Sealed values: each opens with the key it names, for what it belongs to, and not otherwise."""

import base64
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.shared.crypto import (
    FIRST_FILE,
    KEY_BYTES,
    DataKeys,
    FollowedDataKeys,
    SealBroken,
    Sealer,
    make_first_data_key,
    make_next_data_key,
    read_data_keys,
    read_key_id,
)
from domain.shared.key_files import LOOK_SECONDS, MissingKey, UnusableKey
from domain.shared.settings import Settings
from tests.support.seconds import Seconds

pytestmark = pytest.mark.unit

OWNER = "mission:1:password"
SECRET = bytes(range(KEY_BYTES))


def entry(key_id: str, secret: bytes = SECRET) -> str:
    return f"{key_id}:{base64.b64encode(secret).decode()}"


def sealer_of(directory: Path, configured: str = "") -> Sealer:
    return Sealer(read_data_keys(directory, configured))


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    make_first_data_key(tmp_path)
    return tmp_path


def test_a_value_sealed_before_there_were_several_keys_still_opens(tmp_path: Path):
    (tmp_path / FIRST_FILE).write_bytes(SECRET)
    nonce = bytes(12)
    body = nonce + AESGCM(SECRET).encrypt(nonce, b"hunter2", OWNER.encode())
    sealed = f"k1:{base64.b64encode(body).decode()}"
    assert sealer_of(tmp_path).open(sealed, belongs_to=OWNER) == "hunter2"


@pytest.mark.parametrize("value", ["", "hunter2", "pässwörd 🔑", "x" * 10_000, "\x00\n"])
def test_what_was_sealed_opens(directory: Path, value: str):
    sealer = sealer_of(directory)
    sealed = sealer.seal(value, belongs_to=OWNER)
    assert sealer.open(sealed, belongs_to=OWNER) == value
    assert sealed != sealer.seal(value, belongs_to=OWNER)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda sealed: sealed[:-8] + ("A" * 8 if sealed[-8:] != "A" * 8 else "B" * 8),
        lambda sealed: sealed.replace("k1:", "k2:"),
        lambda sealed: sealed.partition(":")[2],
        lambda sealed: sealed + "!",
        lambda sealed: sealed[:10],
        lambda _: "",
        lambda _: "k1:",
        lambda _: "hunter2",
    ],
)
def test_what_was_altered_is_refused(directory: Path, spoil):
    sealer = sealer_of(directory)
    with pytest.raises(SealBroken):
        sealer.open(spoil(sealer.seal("hunter2", belongs_to=OWNER)), belongs_to=OWNER)


def test_a_value_opens_only_where_it_belongs(directory: Path):
    sealer = sealer_of(directory)
    sealed = sealer.seal("hunter2", belongs_to=OWNER)
    with pytest.raises(SealBroken):
        sealer.open(sealed, belongs_to="mission:2:password")


def test_the_newest_file_seals_and_the_others_open(directory: Path):
    before = sealer_of(directory).seal("hunter2", belongs_to=OWNER)
    numbers = [make_next_data_key(directory).id for _ in range(10)]
    sealer = sealer_of(directory)
    assert numbers[-1] == "k11"
    assert sealer.seal("", belongs_to=OWNER).startswith("k11:")
    assert sealer.open(before, belongs_to=OWNER) == "hunter2"


def test_a_value_is_sealed_anew_once(directory: Path):
    before = sealer_of(directory).seal("hunter2", belongs_to=OWNER)
    make_next_data_key(directory)
    sealer = sealer_of(directory)
    anew = sealer.reseal(before, belongs_to=OWNER)
    assert (read_key_id(before), read_key_id(anew)) == ("k1", "k2")
    assert sealer.open(anew, belongs_to=OWNER) == "hunter2"
    assert sealer.reseal(anew, belongs_to=OWNER) == anew


def test_a_running_process_opens_what_a_newer_key_sealed(directory: Path):
    seconds = Seconds()
    running = Sealer(FollowedDataKeys(directory, clock=seconds))
    make_next_data_key(directory)
    sealed = sealer_of(directory).seal("hunter2", belongs_to=OWNER)
    assert running.open(sealed, belongs_to=OWNER) == "hunter2"
    assert running.seal("", belongs_to=OWNER).startswith("k2:")


def test_a_running_process_seals_with_a_newer_key_within_seconds(directory: Path):
    seconds = Seconds()
    running = Sealer(FollowedDataKeys(directory, clock=seconds))
    make_next_data_key(directory)
    assert running.seal("", belongs_to=OWNER).startswith("k1:")
    seconds.now += LOOK_SECONDS
    assert running.seal("", belongs_to=OWNER).startswith("k2:")


def test_a_running_process_goes_on_while_keys_cannot_be_read(directory: Path):
    seconds = Seconds()
    running = Sealer(FollowedDataKeys(directory, clock=seconds))
    sealed = running.seal("hunter2", belongs_to=OWNER)
    (directory / "data-k2.key").write_bytes(b"half a key")
    seconds.now += LOOK_SECONDS
    assert running.open(sealed, belongs_to=OWNER) == "hunter2"
    (directory / "data-k2.key").write_bytes(SECRET)
    seconds.now += LOOK_SECONDS
    assert running.seal("", belongs_to=OWNER).startswith("k2:")


def test_the_first_key_of_the_setting_seals_and_every_other_one_opens(directory: Path):
    from_file = sealer_of(directory).seal("file", belongs_to=OWNER)
    other = os.urandom(KEY_BYTES)
    from_setting = sealer_of(directory, entry("old", other)).seal("setting", belongs_to=OWNER)
    sealer = sealer_of(directory, f"{entry('new')}, {entry('old', other)}")
    assert sealer.seal("", belongs_to=OWNER).startswith("new:")
    assert sealer.open(from_file, belongs_to=OWNER) == "file"
    assert sealer.open(from_setting, belongs_to=OWNER) == "setting"


def test_base64_may_be_that_of_addresses(tmp_path: Path):
    secret = b"\xfb\xff" * 16
    configured = f"k1:{base64.urlsafe_b64encode(secret).decode()}"
    assert read_data_keys(tmp_path, configured).current.secret == secret


@pytest.mark.parametrize(
    "configured",
    ["k1", "k1:", "k1:aGVsbG8=", "k1:not base64", ":x", "a b:x", entry("k" * 33)],
)
def test_a_setting_that_holds_no_keys_is_refused_without_its_content(
    tmp_path: Path, configured: str
):
    with pytest.raises(UnusableKey) as refused:
        read_data_keys(tmp_path, configured)
    body = configured.partition(":")[2]
    assert "METAMORPH_DATA_KEYS" in str(refused.value)
    assert not body or body not in str(refused.value)


def test_one_id_for_two_keys_is_refused(directory: Path):
    with pytest.raises(UnusableKey, match="k1"):
        read_data_keys(directory, entry("k1"))
    with pytest.raises(UnusableKey, match="part 2"):
        read_data_keys(directory, f"{entry('a')},{entry('a', os.urandom(KEY_BYTES))}")


def test_keys_show_nowhere(directory: Path):
    settings = Settings(data_keys=entry("k9"))
    keys = read_data_keys(directory, entry("k9"))
    shown = repr(settings) + repr(keys) + repr(keys.current) + str(settings.model_dump())
    assert base64.b64encode(SECRET).decode() not in shown
    assert repr(SECRET)[2:-1] not in shown


def test_in_production_no_key_is_made(tmp_path: Path):
    with pytest.raises(MissingKey):
        Sealer.from_settings(Settings(environment="production", var_dir=tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_in_development_a_key_is_made_once_for_its_owner_only(tmp_path: Path):
    settings = Settings(environment="development", var_dir=tmp_path)
    sealed = Sealer.from_settings(settings).seal("hunter2", belongs_to=OWNER)
    assert Sealer.from_settings(settings).open(sealed, belongs_to=OWNER) == "hunter2"
    assert stat.S_IMODE((settings.keys_dir / FIRST_FILE).stat().st_mode) == 0o600
    assert stat.S_IMODE(settings.keys_dir.stat().st_mode) == 0o700


def test_processes_that_start_together_agree_on_one_key(tmp_path: Path):
    with ThreadPoolExecutor(8) as starting:
        made = list(starting.map(make_first_data_key, [tmp_path] * 8))
    assert made.count(True) == 1
    assert [path.name for path in tmp_path.iterdir()] == [FIRST_FILE]


def test_a_ring_of_one_key_is_enough():
    sealer = Sealer(DataKeys.of(SECRET))
    assert sealer.open(sealer.seal("x", belongs_to=OWNER), belongs_to=OWNER) == "x"
