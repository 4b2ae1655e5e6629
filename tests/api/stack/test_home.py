"""Files that hold secrets, and directories that others could prepare for us."""

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from api.stack.errors import StackError
from api.stack.home import own_directory, prepare_home, remove_home, write_private

pytestmark = pytest.mark.contract


def test_a_private_file_replaces_an_older_one_and_only_its_owner_reads_it(tmp_path):
    path = tmp_path / "secret"
    path.write_text("old")
    path.chmod(0o644)
    write_private(path, "new")
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("new", 0o600)


def test_a_link_left_in_place_of_the_new_file_is_not_followed(tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("untouched")
    (tmp_path / "secret.new").symlink_to(victim)
    write_private(tmp_path / "secret", "new")
    assert victim.read_text() == "untouched"


def test_a_short_socket_directory_made_by_a_link_is_refused(place, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(place))
    monkeypatch.setattr("tempfile.tempdir", None)
    data = place / ("d" * 90)
    with own_directory(data):
        home = prepare_home(data, durable=False)
        assert home.sockets.parent == place
        home.sockets.rmdir()
        home.sockets.symlink_to(place)
        with pytest.raises(StackError, match="belongs to someone else"):
            prepare_home(data, durable=False)
    home.sockets.unlink()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes accounts")
def test_parents_that_existed_keep_their_modes(private_place):
    data = private_place / "a" / "postgres"
    with own_directory(data):
        prepare_home(data, durable=False)
    remove_home(data)
    assert private_place.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes accounts")
def test_places_of_passing_servers_whose_directory_is_gone_are_deleted(
    place, private_place, monkeypatch
):
    monkeypatch.setattr("tempfile.tempdir", str(place))
    made = []
    for name in ("killed", "kept", "new"):
        with own_directory(private_place / name):
            made.append(prepare_home(private_place / name, durable=False).files)
        if name == "killed":
            shutil.rmtree(private_place / name)
    assert [path.exists() for path in made] == [False, True, True]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes accounts")
def test_a_place_that_is_being_made_is_not_taken_for_an_abandoned_one(
    place, private_place, monkeypatch
):
    """Many servers that start at once leave each other's places alone, half made or not."""
    monkeypatch.setattr("tempfile.tempdir", str(place))

    def start(name: str) -> Path:
        with own_directory(private_place / name):
            return prepare_home(private_place / name, durable=False).sockets

    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(start, map(str, range(64))))
    assert [path for path in made if not path.is_dir()] == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes accounts")
def test_data_that_became_unreachable_is_not_hidden_behind_an_empty_directory(place):
    data = place / "parent" / "postgres"
    with own_directory(data):
        home = prepare_home(data, durable=False)
        Path(home.files, "PG_VERSION").write_text("18\n")
        (place / "parent").chmod(0o700)
        with pytest.raises(StackError, match="can no longer reach"):
            prepare_home(data, durable=False)
