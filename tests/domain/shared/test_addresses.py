"""Where an address is counted: an attacker with more addresses has no more allowances."""

import pytest

from domain.shared.addresses import SITE_SHARE, places_of

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("address", ["192.0.2.1", "::ffff:192.0.2.1"])
def test_an_ipv4_address_is_one_place(address: str):
    assert places_of(address) == (("192.0.2.1", 1),)


def test_an_ipv6_address_is_counted_for_its_network_and_for_the_site_around_it():
    assert places_of("2001:db8:1:2::3") == (
        ("2001:db8:1:2::/64", 1),
        ("2001:db8:1::/48", SITE_SHARE),
    )


def test_what_is_no_address_is_a_place_of_its_own():
    assert places_of("") == (("", 1),)
