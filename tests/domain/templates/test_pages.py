"""Pages of templates neither skip nor repeat a row, in either direction."""

from collections.abc import Callable

import pytest

from domain.shared.errors import Invalid
from domain.shared.ids import new_id
from domain.shared.listing import PageQuery
from domain.shared.paging import Page, PageRequest
from domain.templates import repository
from domain.templates.models import TestKind, TestTemplate
from domain.templates.repository import (
    ScenarioTemplateFilter,
    TemplateOrder,
    TestTemplateFilter,
)
from tests.factories.executions import NOON
from tests.factories.templates import browser_test, make_scenario, make_test, manual_test
from tests.factories.workspaces import Tenant

pytestmark = pytest.mark.integration

ALL = TestTemplateFilter()


def name_key(row: TestTemplate) -> tuple[object, ...]:
    return (row.name, row.id)


def time_key(row: TestTemplate) -> tuple[object, ...]:
    return (row.created_at, row.id)


async def read(
    tenant: Tenant,
    request: PageRequest,
    filtered: TestTemplateFilter = ALL,
    order: TemplateOrder = TemplateOrder.NAME,
) -> Page[TestTemplate]:
    async with tenant.read() as session:
        return await list_tests(tenant, filtered, order, request).read_whole(session)


def list_tests(
    tenant: Tenant, filtered: TestTemplateFilter, order: TemplateOrder, request: PageRequest
) -> PageQuery[TestTemplate]:
    return repository.TESTS.page(tenant.workspace_id, filtered, order, request)


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize(
    ("order", "key"), [(TemplateOrder.NAME, name_key), (TemplateOrder.CREATED_AT, time_key)]
)
async def test_walking_forwards_and_backwards_sees_every_row_once(
    tenant: Tenant, order: TemplateOrder, key: Callable, descending: bool
):
    for name in ("a", "b", "b", "b", "c"):
        await make_test(tenant, browser_test(name))
    whole = (await read(tenant, PageRequest(100, descending=descending), order=order)).rows
    assert [key(row) for row in whole] == sorted(map(key, whole), reverse=descending)
    forwards: list = []
    page = await read(tenant, PageRequest(2, descending=descending), order=order)
    while page.rows:
        forwards += page.rows
        assert page.has_next is (len(forwards) < 5)
        request = PageRequest(2, descending=descending, after=key(page.rows[-1]))
        page = await read(tenant, request, order=order)
    backwards: list = []
    page = await read(tenant, PageRequest(2, descending=descending, from_end=True), order=order)
    while page.rows:
        backwards = [*page.rows, *backwards]
        assert page.has_previous is (len(backwards) < 5)
        request = PageRequest(2, descending=descending, from_end=True, before=key(page.rows[0]))
        page = await read(tenant, request, order=order)
    ids = [row.id for row in whole]
    assert [row.id for row in forwards] == ids
    assert [row.id for row in backwards] == ids


@pytest.mark.parametrize(
    ("filtered", "names"),
    [
        (TestTemplateFilter(search="LOG"), ["Log in", "Log out"]),
        (TestTemplateFilter(search="100%"), ["100% manual"]),
        (TestTemplateFilter(search="_"), []),
        (TestTemplateFilter(kind=TestKind.MANUAL), ["100% manual"]),
        (TestTemplateFilter(tag="smoke"), ["Log out"]),
        (TestTemplateFilter(search="log", tag="smoke"), ["Log out"]),
    ],
)
async def test_filters_hold_together(
    tenant: Tenant, stranger: Tenant, filtered: TestTemplateFilter, names: list[str]
):
    await make_test(tenant, browser_test("Log in"))
    await make_test(tenant, browser_test("Log out", tags=["smoke", "exit"]))
    await make_test(tenant, manual_test("100% manual"))
    await make_test(stranger, browser_test("Log around", tags=["smoke"]))
    page = await read(tenant, PageRequest(10), filtered)
    assert [row.name for row in page.rows] == names
    async with tenant.read() as session:
        listed = list_tests(tenant, filtered, TemplateOrder.NAME, PageRequest(10))
        assert await listed.count(session) == len(names)


async def test_scenarios_are_found_by_the_test_they_contain(tenant: Tenant):
    test, other = await make_test(tenant), await make_test(tenant)
    await make_scenario(tenant, [other], name="without")
    await make_scenario(tenant, [test, other, test], name="with")
    filtered = ScenarioTemplateFilter(test_id=test.id)
    listed = repository.SCENARIOS.page(
        tenant.workspace_id, filtered, TemplateOrder.NAME, PageRequest(10)
    )
    async with tenant.read() as session:
        page, count = await listed.read_whole(session), await listed.count(session)
    assert ([row.name for row in page.rows], count) == (["with"], 1)


@pytest.mark.parametrize(
    "key",
    [
        (),
        ("a",),
        ("a", new_id(), 1),
        (1, new_id()),
        ("a", "b"),
        ("a\x00", new_id()),
        (NOON, new_id()),
    ],
)
@pytest.mark.parametrize("side", ["after", "before"])
async def test_a_key_of_another_list_is_refused(tenant: Tenant, key: tuple, side: str):
    with pytest.raises(Invalid, match="of another list"):
        await read(tenant, PageRequest(2, **{side: key}))


async def test_a_time_without_a_zone_is_refused(tenant: Tenant):
    request = PageRequest(2, after=(NOON.replace(tzinfo=None), new_id()))
    with pytest.raises(Invalid, match="of another list"):
        await read(tenant, request, order=TemplateOrder.CREATED_AT)
