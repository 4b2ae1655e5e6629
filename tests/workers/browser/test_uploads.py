"""Which evidence files a test names, and what a page gets to see of them."""

from pathlib import Path

import pytest

from workers.browser.job import BrowserJob
from workers.browser.uploads import EvidenceUnusableError, lend_evidence, list_named_files

pytestmark = pytest.mark.unit


def test_files_are_named_by_upload_steps_and_by_sentences():
    steps = (
        {"kind": "upload", "selector": "#a", "evidence": "{{which}}.csv"},
        {"kind": "upload", "selector": "#a", "text": "x", "filename": "own.txt"},
        {"kind": "act", "instruction": 'upload "plan.txt" to the File field'},
        {"kind": "act", "instruction": "click Save"},
        {"kind": "act", "instruction": "do something wonderful"},
        {"kind": "goto", "url": "/"},
    )
    assert list_named_files(steps, {"which": "people"}) == {"people.csv", "plan.txt"}


def job(directory: Path, **uploads: Path) -> BrowserJob:
    return BrowserJob("run", (), directory, uploads=uploads)


def test_a_page_sees_the_name_of_the_evidence_or_the_one_that_the_step_gives(tmp_path: Path):
    stored = tmp_path / "0a1b"
    stored.write_text("the plan")
    given = lend_evidence(job(tmp_path, plan=stored), "plan")
    assert (given.name, given.read_text()) == ("plan", "the plan")
    assert lend_evidence(job(tmp_path, plan=stored), "plan", "b.csv").name == "b.csv"


def test_a_path_in_a_name_leads_nowhere(tmp_path: Path):
    stored = tmp_path / "0a1b"
    stored.write_text("the plan")
    given = lend_evidence(BrowserJob("run", (), tmp_path, uploads={"../up": stored}), "../up")
    assert given.parent.parent == tmp_path
    assert given.name == "up"


def test_what_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(EvidenceUnusableError, match='no evidence file called "gone"'):
        lend_evidence(job(tmp_path, gone=tmp_path / "gone"), "gone")


def test_a_name_that_no_file_can_have_asks_for_another(tmp_path: Path):
    stored = tmp_path / "0a1b"
    stored.write_text("the plan")
    long = "\N{GRINNING FACE}" * 100
    with pytest.raises(EvidenceUnusableError, match="give it another with filename"):
        lend_evidence(BrowserJob("run", (), tmp_path, uploads={long: stored}), long)
