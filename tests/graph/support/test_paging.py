"""Cursors come back as they went out, or not at all."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.shared.errors import Invalid
from graph.support.paging import DEFAULT_PAGE, decode_cursor, encode_cursor, request_page

pytestmark = pytest.mark.unit

keys = st.lists(
    st.one_of(
        st.datetimes(timezones=st.just(UTC)),
        st.uuids(),
        st.integers(-(2**63) + 1, 2**63 - 1),
        st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=255),
    ),
    min_size=1,
    max_size=3,
).map(tuple)


@given(keys)
def test_a_cursor_holds_its_key(key: tuple[object, ...]):
    assert decode_cursor(encode_cursor(key), "after") == key


@given(keys, st.data())
def test_a_changed_cursor_is_refused(key: tuple[object, ...], data: st.DataObject):
    cursor = encode_cursor(key)
    place = data.draw(st.integers(0, len(cursor) - 1))
    letter = data.draw(st.sampled_from("ABCabc019-_=+/ é").filter(lambda one: one != cursor[place]))

    with pytest.raises(Invalid):
        decode_cursor(cursor[:place] + letter + cursor[place + 1 :], "after")


@given(st.text())
def test_any_other_text_is_refused(text: str):
    with pytest.raises(Invalid):
        decode_cursor(text, "before")


@pytest.mark.parametrize("key", [(2**63,), ("a\0",), (datetime(2026, 1, 1),)])
def test_what_postgresql_could_not_compare_is_refused(key: tuple[object, ...]):
    with pytest.raises(Invalid):
        decode_cursor(encode_cursor(key), "after")


def test_a_page_is_the_first_twenty_unless_said_otherwise():
    page = request_page()

    assert (page.limit, page.from_end, page.after, page.before) == (DEFAULT_PAGE, False, None, None)


def test_last_reads_from_the_end():
    cursor = encode_cursor((UUID(int=1),))
    page = request_page(last=7, before=cursor)

    assert (page.limit, page.from_end, page.before) == (7, True, (UUID(int=1),))


@pytest.mark.parametrize("size", [-1, 0, 101, 10**9])
@pytest.mark.parametrize("name", ["first", "last"])
def test_case_16_sizes_out_of_range_name_their_argument(name: str, size: int):
    with pytest.raises(Invalid) as refused:
        request_page(**{name: size})

    assert refused.value.field == (name,)


def test_first_and_last_exclude_each_other():
    with pytest.raises(Invalid):
        request_page(first=1, last=1)
