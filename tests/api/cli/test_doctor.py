"""The doctor finds what is missing, says how to get it, and fails only for what is needed."""

import pytest

from api.stack.checks import Health, check_chromium, check_disk, examine
from domain.shared.settings import Settings
from tests.api.cli.stacks import StackHere

pytestmark = [pytest.mark.integration, pytest.mark.heavy]


def words(text: str) -> str:
    """The table's words without its borders and line breaks."""
    return " ".join(text.replace("─", " ").split())


def test_a_complete_machine_passes_before_the_stack_was_ever_started(stack):
    found = stack.run("doctor")
    assert found.returncode == 0, found.stdout
    shown = words(found.stdout)
    for subject in ("Python ok", "PostgreSQL ok", "Redis ok", "Chromium ok", "data directory ok"):
        assert subject in shown
    assert "database reachable later not running" in shown
    assert not stack.var_dir.exists()


def test_a_running_stack_is_looked_into(running):
    shown = words(running.run("doctor", COLUMNS="200").stdout)
    assert "port ok used by the running stack" in shown
    assert "Redis reachable ok answers" in shown
    assert "database reachable ok revision" in shown


def test_a_configured_browser_that_is_not_there_is_named(stack):
    found = stack.run("doctor", METAMORPH_CHROMIUM="/nowhere/chromium", COLUMNS="200")
    assert found.returncode == 1
    assert "Chromium missing /nowhere/chromium cannot run correct METAMORPH_CHROMIUM" in words(
        found.stdout
    )


def test_servers_that_do_not_answer_are_missing(place):
    nowhere = f"postgresql+asyncpg://u:p@/metamorph?host={place}"
    names = ("METAMORPH_DATABASE_URL", "METAMORPH_ENGINE_DATABASE_URL")
    urls = dict.fromkeys([*names, "METAMORPH_OWNER_DATABASE_URL"], nowhere)
    urls["METAMORPH_REDIS_URL"] = f"unix://{place}/none.sock"
    found = StackHere(place / "var", urls).run("doctor", COLUMNS="200")
    assert found.returncode == 1
    shown = words(found.stdout)
    assert "database reachable missing does not answer check METAMORPH_DATABASE_URL" in shown
    assert "Redis reachable missing" in shown


def test_a_database_without_migrations_is_missing_them(running):
    running.run("migrate", "--to", "base")
    try:
        found = running.run("doctor", COLUMNS="200")
        assert found.returncode == 1
        assert "revision none of" in words(found.stdout)
        assert "run: make migrate" in words(found.stdout)
    finally:
        assert running.run("migrate").returncode == 0


def test_each_check_that_fails_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr("api.stack.checks.find_postgres", lambda: None)
    monkeypatch.setattr("api.stack.checks.find_redis_server", lambda: None)
    monkeypatch.setattr("api.stack.checks.NEEDED_PYTHON", (99, 0))
    monkeypatch.setattr("api.stack.checks.NEEDED_FREE_BYTES", 10**18)
    (tmp_path / "file").write_text("")
    findings = examine(
        Settings(var_dir=tmp_path / "file" / "var", port=0, chromium=str(tmp_path / "none"))
    )
    missing = {finding.subject: finding for finding in findings if finding.health is Health.MISSING}
    expected = {"Python", "PostgreSQL", "Redis", "Chromium", "data directory", "keys", "disk"}
    assert set(missing) == expected
    assert all(finding.advice for finding in missing.values())


def test_a_browser_that_does_not_run_is_missing(tmp_path):
    broken = tmp_path / "chromium"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    finding = check_chromium(Settings(chromium=str(broken)))
    assert (finding.health, finding.found) == (Health.MISSING, f"{broken} does not run")


def test_room_is_measured_where_the_data_would_go(tmp_path):
    finding = check_disk(Settings(var_dir=tmp_path / "not" / "made" / "yet"))
    assert finding.health is Health.OK
