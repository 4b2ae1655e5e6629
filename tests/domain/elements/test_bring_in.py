"""A cache goes out as a file and comes in again: whole and masked, or not at all."""

import time
from collections.abc import AsyncIterator
from uuid import UUID

import orjson
import pytest
from sqlalchemy import func, select

from domain.audit.models import AuditEntry
from domain.elements import bring_in
from domain.elements.bring_in import (
    FileRefused,
    Imported,
    ImportElements,
    import_elements,
)
from domain.elements.export import ExportElements, export_elements
from domain.elements.lines import FORMAT, LONGEST_LINE, read_entry
from domain.elements.models import Element, ElementVersion
from domain.elements.recall import recall_elements
from domain.elements.remember import RememberRun, remember_run
from domain.elements.set_aside import SetElementAside, set_element_aside
from domain.shared.errors import Forbidden
from domain.shared.ids import new_id
from domain.shared.jobs import SilentOutlet
from domain.shared.unit_of_work import UnitsOfWork
from tests.domain.elements.decisions import learned
from tests.factories.executions import make_execution
from tests.factories.templates import make_test
from tests.factories.workspaces import Tenant, make_tenant
from tests.fixtures.database import Databases

pytestmark = pytest.mark.integration

HEADER = {"format": FORMAT, "version": 1}


@pytest.fixture
def units(databases: Databases) -> UnitsOfWork:
    return UnitsOfWork(databases.app, SilentOutlet())


@pytest.fixture
async def tenant(databases: Databases) -> Tenant:
    return await make_tenant(databases)


@pytest.fixture
async def scope(tenant: Tenant) -> UUID:
    return (await make_test(tenant)).id


async def remember(tenant: Tenant, scope_id: UUID, *versions: dict) -> None:
    execution = await make_execution(tenant)
    here = tenant.workspace_id
    command = RememberRun(here, execution.id, execution.attempt, scope_id, (), versions)
    async with tenant.begin() as uow:
        await remember_run(uow, command)


async def export(units: UnitsOfWork, tenant: Tenant, scope_id: UUID | None = None) -> bytes:
    lines = await export_elements(units, tenant.actor, ExportElements(scope_id))
    return b"".join([line async for line in lines])


async def chunks(content: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def take(
    units: UnitsOfWork, tenant: Tenant, content: bytes, scope_id: UUID | None = None
) -> Imported:
    command = ImportElements(chunks(content), scope_id)
    return await import_elements(units, tenant.actor, command)


async def faults(units: UnitsOfWork, tenant: Tenant, content: bytes) -> dict[int, str]:
    """What is said of a file that is refused, of which nothing was taken."""
    with pytest.raises(FileRefused) as refused:
        await take(units, tenant, content)
    async with tenant.read() as session:
        assert await session.scalar(select(func.count()).select_from(Element)) == 0
    return {int(path[0]): message for path, message in refused.value.details}


def write(*lines: object) -> bytes:
    return b"".join(
        line if isinstance(line, bytes) else orjson.dumps(line) + b"\n" for line in lines
    )


def entry(scope_id: UUID, **changes: object) -> dict[str, object]:
    """A line that is right."""
    found = learned()
    names = ("fingerprint", "selectors", "frame", "reaction", "method", "said")
    element = {name: found[name] for name in names}
    given = {"scope": str(scope_id), "step_key": "save", "url_pattern": "/users/*"}
    return {**given, "element": element, **changes}


async def test_what_was_exported_is_there_again_for_the_next_run(
    units: UnitsOfWork, tenant: Tenant, scope: UUID, databases: Databases
) -> None:
    await remember(tenant, scope, learned(), learned() | {"step_key": "other"})
    content = await export(units, tenant)
    other = await make_tenant(databases)
    theirs = (await make_test(other)).id

    imported = await take(units, other, content, theirs)

    assert imported == Imported(added=2)
    recalled = []
    for one, scope_id in ((tenant, scope), (other, theirs)):
        async with one.read() as session:
            found = await recall_elements(session, one.workspace_id, scope_id)
            recalled.append({row["step_key"]: row["element"] for row in found})
    ours, new = recalled
    for step_key, element in ours.items():
        known = {"last_seen_at": None}
        assert new[step_key] | known == element | known
    async with other.read() as session:
        versions = (await session.scalars(select(ElementVersion))).all()
    told = {(row.version, row.reason, row.status, row.made_by) for row in versions}
    assert told == {(1, "imported", "active", other.actor.user_id)}


async def test_a_second_import_changes_nothing_and_a_difference_is_a_version(
    units: UnitsOfWork, tenant: Tenant, scope: UUID
) -> None:
    await remember(tenant, scope, learned())
    content = await export(units, tenant)
    assert await take(units, tenant, content) == Imported(unchanged=1)
    await remember(tenant, scope, learned("healed", name="Store"))
    assert await take(units, tenant, content) == Imported(changed=1)
    async with tenant.read() as session:
        element = (await session.scalars(select(Element))).one()
        last = await session.scalar(select(ElementVersion).where(ElementVersion.version == 3))
    assert (element.version, element.description) == (3, "button “Save”")
    assert (last.parent, last.changes) == (2, {"name": ["Store", "Save"]})


async def test_what_a_person_set_aside_stays_so(
    units: UnitsOfWork, tenant: Tenant, scope: UUID
) -> None:
    await remember(tenant, scope, learned())
    content = await export(units, tenant)
    async with tenant.begin() as uow:
        element = (await uow.session.scalars(select(Element))).one()
        await set_element_aside(uow, tenant.actor, SetElementAside(element.id))
    assert await take(units, tenant, content) == Imported(set_aside=1)
    assert (await export(units, tenant)).count(b"\n") == 2


async def test_one_test_is_exported_alone(
    units: UnitsOfWork, tenant: Tenant, scope: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domain.elements.export.BATCH_SIZE", 2)
    other = (await make_test(tenant)).id
    await remember(tenant, other, learned())
    await remember(tenant, scope, *(learned() | {"step_key": f"s{n}"} for n in range(4)))
    lines = (await export(units, tenant, scope)).splitlines()
    assert [orjson.loads(line).get("scope") for line in lines[1:-1]] == [str(scope)] * 4
    assert orjson.loads(lines[-1]) == {"format": FORMAT, "end": 4}
    assert len((await export(units, tenant)).splitlines()) == 7


async def test_every_wrong_line_is_told_and_nothing_is_written(
    units: UnitsOfWork, tenant: Tenant, scope: UUID
) -> None:
    right = entry(scope)
    content = write(
        HEADER,
        right,
        b"no json\n",
        [1],
        right | {"more": 1},
        right | {"step_key": "a b"},
        right | {"url_pattern": "/users/42"},
        right | {"element": right["element"] | {"fingerprint": {}}},
        right | {"scope": "x"},
        right,
        b"\n",
        {"format": FORMAT, "end": 10},
    )
    told = await faults(units, tenant, content)
    assert list(told) == [3, 4, 5, 6, 7, 8, 9, 10, 11]
    assert told[3] == "This is no JSON."
    assert told[7] == "The url_pattern is an address, not a pattern."
    assert told[10] == "This is the element of line 2 again."


async def test_tests_of_elsewhere_are_refused_with_their_lines(
    units: UnitsOfWork, tenant: Tenant, scope: UUID, databases: Databases
) -> None:
    foreign = (await make_test(await make_tenant(databases))).id
    entries = [entry(one, step_key=f"s{n}") for n, one in enumerate((scope, foreign, new_id()))]
    content = write(HEADER, *entries, {"format": FORMAT, "end": 3})
    reason = "There is no such test template in this workspace."
    assert await faults(units, tenant, content) == {3: reason, 4: reason}


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", 1),
        (b"PK\x03\x04", 1),
        (write({"format": "other", "version": 1}), 1),
        (write({"format": FORMAT, "version": 2}), 1),
        (write(HEADER), 2),
        (write(HEADER, {"format": FORMAT, "end": 1}), 2),
        (write(HEADER, {"format": FORMAT, "end": 0}, {"format": FORMAT, "end": 0}), 3),
        (write(HEADER, b"x" * (LONGEST_LINE + 1)), 2),
        (write(HEADER, b"[" * 2000 + b"\n"), 2),
    ],
)
async def test_what_is_no_whole_export_is_refused(
    units: UnitsOfWork, tenant: Tenant, content: bytes, line: int
) -> None:
    assert next(iter(await faults(units, tenant, content))) == line


async def test_no_more_than_twenty_lines_are_told(units: UnitsOfWork, tenant: Tenant) -> None:
    told = await faults(units, tenant, write(HEADER, *([b"x\n"] * 50)))
    assert list(told) == list(range(2, 22))


async def test_files_with_too_many_elements_or_bytes_are_refused(
    units: UnitsOfWork, tenant: Tenant, scope: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = [entry(scope, step_key=f"s{n}") for n in range(3)]
    content = write(HEADER, *entries, {"format": FORMAT, "end": 3})
    monkeypatch.setattr(bring_in, "MOST_ELEMENTS", 2)
    assert list(await faults(units, tenant, content)) == [4]
    monkeypatch.setattr(bring_in, "MOST_ELEMENTS", 20)
    monkeypatch.setattr(bring_in, "MOST_BYTES", 2000)
    assert len(await faults(units, tenant, content)) == 1


async def test_what_looks_personal_is_masked_again(
    units: UnitsOfWork, tenant: Tenant, scope: UUID
) -> None:
    given = entry(scope)
    element = given["element"]
    element["fingerprint"] |= {"name": "Mail ann@a.test", "text": "call 0123 456 789"}
    element["selectors"] = [
        {"kind": "css", "value": "[title='ann@a.test']", "hosts": []},
        {"kind": "css", "value": "#save", "hosts": []},
    ]
    content = write(HEADER, given, {"format": FORMAT, "end": 1})
    assert await take(units, tenant, content) == Imported(added=1)
    async with tenant.read() as session:
        row = (await session.scalars(select(Element))).one()
    assert row.description == "button “Mail [email]”"
    assert row.remembered["fingerprint"]["text"] == "call [digits]"
    assert [one["value"] for one in row.remembered["selectors"]] == ["#save"]
    assert b"ann@" not in await export(units, tenant)


@pytest.mark.parametrize(
    "part",
    [
        {"tag": "ann@a.test"},
        {"role": "ann@a.test"},
        {"tag": "a\x00"},
        {"attributes": {"ann@a.test": "1"}},
        {"attributes": {"role": "ann@a.test"}},
        {"styles": {"a\x00": "b"}},
        {"peers": "ann@a.test"},
        {"page": {"url_pattern": "/", "language": "ann@a.test\x00"}},
    ],
)
async def test_no_part_of_an_element_brings_in_what_may_not_be_stored(
    units: UnitsOfWork, tenant: Tenant, scope: UUID, part: dict[str, object]
) -> None:
    given = entry(scope)
    given["element"]["fingerprint"] |= part
    content = write(HEADER, given, {"format": FORMAT, "end": 1})
    assert await take(units, tenant, content) == Imported(added=1)
    async with tenant.read() as session:
        row = (await session.scalars(select(Element))).one()
    assert "ann@" not in f"{row.description}{row.remembered}"


@pytest.mark.parametrize("text", ["a-1" * 80_000, "a." * 120_000 + "1", "1 " * 120_000 + "1a"])
def test_a_long_text_does_not_hold_up_the_others(text: str) -> None:
    given = entry(new_id())
    given["element"]["fingerprint"] |= {"surroundings": [text]}
    line = orjson.dumps(given)
    began = time.process_time()
    read_entry(line)
    assert time.process_time() - began < 1


@pytest.mark.parametrize("exact", ["ann@a.test", "a\x00", "0" * 63 + "_"])
async def test_hashes_of_a_picture_that_are_none_are_refused(
    units: UnitsOfWork, tenant: Tenant, scope: UUID, exact: str
) -> None:
    given = entry(scope)
    given["element"]["fingerprint"] |= {"picture": {"exact": exact, "perceptual": "0" * 16}}
    told = await faults(units, tenant, write(HEADER, given, {"format": FORMAT, "end": 1}))
    assert "hexadecimal" in told[2]


async def test_a_key_follows_from_the_line_and_not_from_the_file(
    units: UnitsOfWork, tenant: Tenant, scope: UUID
) -> None:
    forged = entry(scope) | {"key": "0" * 64}
    content = write(HEADER, forged, {"format": FORMAT, "end": 1})
    assert list(await faults(units, tenant, content)) == [2]
    content = write(HEADER, entry(scope), {"format": FORMAT, "end": 1})
    await take(units, tenant, content)
    await remember(tenant, scope, learned() | {"step_key": "save"})
    async with tenant.read() as session:
        assert (await session.scalars(select(Element))).one().version == 2


async def test_only_those_who_may_read_export_and_only_editors_import(
    units: UnitsOfWork, tenant: Tenant, scope: UUID
) -> None:
    with pytest.raises(Forbidden):
        await export(units, tenant.may_not("element.read"))
    with pytest.raises(Forbidden):
        await take(units, tenant.may_not("element.edit"), write(HEADER))


async def test_both_are_in_the_audit_log(units: UnitsOfWork, tenant: Tenant, scope: UUID) -> None:
    await remember(tenant, scope, learned())
    await take(units, tenant, await export(units, tenant))
    async with tenant.read() as session:
        actions = list(await session.scalars(select(AuditEntry.action).order_by(AuditEntry.seq)))
    assert actions[-2:] == ["element.export", "element.import"]


async def test_many_elements_come_in_several_batches(
    units: UnitsOfWork, tenant: Tenant, scope: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bring_in, "BATCH_SIZE", 2)
    entries = [entry(scope, step_key=f"s{n}") for n in range(5)]
    content = write(HEADER, *entries, {"format": FORMAT, "end": 5})
    assert await take(units, tenant, content) == Imported(added=5)
    assert await take(units, tenant, content) == Imported(unchanged=5)
