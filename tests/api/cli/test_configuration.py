"""Commands find the servers of a stack that runs here, and say plainly when there is none."""

import os

import pytest

from api.cli.configuration import connected_settings, own_urls, read_settings
from api.stack.errors import StackError
from api.stack.leftovers import ProcessMark
from api.stack.record import StackRecord, StackUrls, write_record
from domain.shared.settings import Settings

pytestmark = pytest.mark.contract

URLS = StackUrls(app="app", engine="engine", owner="owner", redis="redis")


@pytest.fixture(autouse=True)
def var_dir(tmp_path, monkeypatch):
    for name in [name for name in os.environ if name.startswith("METAMORPH_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("METAMORPH_VAR_DIR", str(tmp_path))
    (tmp_path / "run").mkdir()
    return tmp_path


def record_stack(var_dir, mark: ProcessMark) -> None:
    write_record(var_dir, StackRecord(mark, "http://here", URLS, ready=True))


def test_the_servers_of_the_running_stack_are_used(var_dir):
    record_stack(var_dir, ProcessMark.of(os.getpid()))
    settings = connected_settings()
    assert own_urls(settings) == URLS


def test_what_the_environment_names_comes_first(var_dir, monkeypatch):
    record_stack(var_dir, ProcessMark.of(os.getpid()))
    monkeypatch.setenv("METAMORPH_REDIS_URL", "mine")
    settings = connected_settings()
    assert (settings.redis_url, settings.database_url) == ("mine", "app")


@pytest.mark.parametrize("started", [0.0, 1e12])
def test_a_record_of_a_stack_that_is_gone_counts_for_nothing(var_dir, started):
    record_stack(var_dir, ProcessMark(os.getpid(), started))
    with pytest.raises(StackError, match="no database: start the stack with `metamorph up`"):
        connected_settings()


def test_a_record_that_was_cut_off_counts_for_nothing(var_dir):
    (var_dir / "run" / "stack.json").write_text('{"supervisor": {"pid"')
    with pytest.raises(StackError, match="no database"):
        connected_settings()


def test_a_value_that_is_not_valid_is_named_by_its_variable(monkeypatch):
    monkeypatch.setenv("METAMORPH_PORT", "eighty")
    with pytest.raises(StackError, match="METAMORPH_PORT is not valid: "):
        read_settings()


def test_a_relative_directory_means_the_same_for_every_process(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("METAMORPH_VAR_DIR", "data")
    assert read_settings().var_dir == tmp_path / "data"


def test_a_process_with_the_urls_of_its_own_roles_needs_no_others(monkeypatch):
    monkeypatch.setenv("METAMORPH_DATABASE_URL", "app")
    monkeypatch.setenv("METAMORPH_REDIS_URL", "redis")
    assert connected_settings().owner_database_url == ""


def test_one_url_per_role_or_none():
    with pytest.raises(StackError, match="METAMORPH_ENGINE_DATABASE_URL and METAMORPH_OWNER"):
        own_urls(Settings(database_url="app"))
