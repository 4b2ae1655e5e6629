"""Texts as values: what is clear is read, whatever the language; what is not is refused."""

import pytest

from workers.browser.typed import UnreadableError, read_scalar

pytestmark = pytest.mark.unit

NUMBERS = {
    "1234": 1234,
    "-3": -3,
    "\u22123": -3,
    "+7": 7,
    "0.125": 0.125,
    "0,125": 0.125,
    "1,5": 1.5,
    "1,234.50": 1234.5,
    "1.234,50": 1234.5,
    "1 234,50": 1234.5,
    "1\u202f234": 1234,
    "1 234 567": 1234567,
    "1'234.5": 1234.5,
    "1,234,567": 1234567,
    "1.234.567": 1234567,
    "12,34,567.00": 1234567.0,
    "1234,567": 1234.567,
    "1,234.567": 1234.567,
    "€ 12": 12,
    "$1,000.00": 1000.0,
    "Total: 12 EUR": 12,
    "12 %": 12,
    "007": 7,
    "٣": 3,
    "The result is 5.": 5,
}
UNCLEAR = {
    "1,234": "may mean 1.234 or 1234",
    "1.234": "may mean 1.234 or 1234",
    "1 234": "is not clearly one number",
    "1,2,3": "is not clearly one number",
    "12.345.67": "is not clearly one number",
    "12 of 30": "holds more than one number",
    "5-10": "holds more than one number",
    "2024-01-02": "holds more than one number",
    "3:45": "holds more than one number",
    "1e5": "holds more than one number",
    "(5.00)": "may or may not be negative",
    "-$5": "may or may not be negative",
    "\u2212 3": "may or may not be negative",
    "5-": "may or may not be negative",
    "5k": "is more than a number",
    "5 million": "is more than a number",
    "12kg": "is more than a number",
    "v1.2": "is more than a number",
    ".5": "is no plain number",
    "0.12345678901234567890": "has more digits than a number can hold",
    "9" * 25: "larger than what can be kept",
    "9" * 5000: "has more digits than a number can hold",
    "": "is no number",
    "none": "is no number",
}


@pytest.mark.parametrize("text", NUMBERS)
def test_a_clear_number_is_read(text: str) -> None:
    assert read_scalar(text, {"type": "number"}) == NUMBERS[text]


@pytest.mark.parametrize("text", UNCLEAR)
def test_an_unclear_number_is_refused_with_the_reason(text: str) -> None:
    with pytest.raises(UnreadableError, match=UNCLEAR[text]):
        read_scalar(text, {"type": "number"})


@pytest.mark.parametrize(
    ("text", "schema", "value"),
    [
        ("1,234", {"type": "integer"}, 1234),
        ("1.234", {"type": "number", "minimum": 1000}, 1234),
        ("1.234", {"type": "number", "maximum": 10}, 1.234),
        ("Yes", {"type": "boolean"}, True),
        ("✗", {"type": "boolean"}, False),
        (" Tea ", {"type": "string"}, "Tea"),
        ("", {"type": ["number", "null"]}, None),
        ("7", {"type": ["integer", "null"]}, 7),
    ],
)
def test_the_schema_says_which_reading_is_meant(
    text: str, schema: dict[str, object], value: object
) -> None:
    read = read_scalar(text, schema)
    assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "schema", "reason"),
    [
        ("1,5", {"type": "integer"}, "does not fit the schema: .*1.5 is not of type 'integer'"),
        ("maybe", {"type": "boolean"}, '"maybe" is no boolean'),
        ("Tea", {"type": "string", "pattern": "^C"}, "does not fit the schema"),
        ("7", {"type": "number", "minimum": 8}, "7 is less than the minimum of 8"),
    ],
)
def test_what_does_not_fit_is_refused(text: str, schema: dict[str, object], reason: str) -> None:
    with pytest.raises(UnreadableError, match=reason):
        read_scalar(text, schema)
