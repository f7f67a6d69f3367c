from __future__ import annotations

from datetime import date, datetime

import openpyxl
import pytest

from rag.documents.number_format import BUILT_IN, Number, serial_of

DAY = serial_of("2024-09-07")


@pytest.mark.parametrize(
    ("value", "code", "vietnamese", "english", "german"),
    [
        (8053663.0, "", "8053663", "8053663", "8053663"),
        (8053663.0, "#,##0", "8.053.663", "8,053,663", "8053663"),
        (-1234.5, "#,##0.00;[Red](#,##0.00)", "-1.234,50", "-1,234.50", "-1234.50"),
        (12.5, "General", "12,5", "12.5", "12.5"),
        (0.1 + 0.2, "", "0,3", "0.3", "0.3"),
        (1 / 3, "", "0,3333333333", "0.3333333333", "0.3333333333"),
        (2.675, "0.00", "2,68", "2.68", "2.68"),
        (2.5, "0.0##", "2,5", "2.5", "2.5"),
        (-0.001, "0.00", "0,00", "0.00", "0.00"),
    ],
)
def test_numbers_have_the_marks_of_their_language(
    value: float, code: str, vietnamese: str, english: str, german: str
) -> None:
    number = Number(value, code)
    assert [number.shown(language) for language in ("vi", "en", "de")] == [vietnamese, english, german]


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (0.125, "0%", "13%"),
        (0.125, "0.0%", "12.5%"),
        (12.5, '0.0"%"', "12.5%"),
        (666.0, '0" km"', "666 km"),
        (5.0, '"$"#,##0.00', "$5.00"),
        (5000.0, "#,##0\\ [$₫-42A]", "5,000 ₫"),
        (1234.0, '_(* #,##0_);_(* (#,##0);_(* "-"??_);_(@_)', "1,234"),
        (8053663.0, '#,##0," nghìn"', "8,054 nghìn"),
        (8053663.0, '#,##0.0,,"M"', "8.1M"),
        (0.285, "0%", "29%"),
        (912345678.0, "0000000000", "0912345678"),
        (123456.0, "0.00E+00", "1.23E+05"),
        (1234567890123456789.0, "0", "1.23456789E+18"),
        (7.0, ";;;", ""),
        # What cannot be shown for certain is shown as it is kept.
        (0.5, "# ?/?", "0.5"),
        (84912345.0, "000-000-000", "84912345"),
        (5.0, '[<10]"few";0', "5"),
        (5.0, "0" * 10_000, "0" * 14 + "5"),
        (1.5, '"text"', "1.5"),
    ],
)
def test_codes(value: float, code: str, shown: str) -> None:
    assert Number(value, code).shown("en") == shown


@pytest.mark.parametrize(
    ("value", "code", "vietnamese", "english"),
    [
        (DAY, "dd/mm/yyyy", "7/9/2024", "2024-09-07"),
        (DAY, "[$-42A]d mmmm yyyy;@", "7/9/2024", "2024-09-07"),
        (DAY, "dddd", "7/9/2024", "2024-09-07"),
        (DAY, "yyyymmdd", "7/9/2024", "2024-09-07"),
        (DAY, "mmm-yy", "9/2024", "2024-09"),
        (DAY, "yyyy", "2024", "2024"),
        (DAY, "d/m", "7/9", "09-07"),
        (DAY + 0.3541666667, "d/m/yyyy h:mm", "7/9/2024 08:30", "2024-09-07 08:30"),
        (DAY + 0.999999999, "d/m/yyyy", "8/9/2024", "2024-09-08"),
        (0.3541666667, "h:mm AM/PM", "08:30", "08:30"),
        (0.3541666667, "hh:mm:ss", "08:30:00", "08:30:00"),
        (0.0009375, "mm:ss", "01:21", "01:21"),
        (1.0868055556, "[h]:mm", "26:05", "26:05"),
        (1.0, "d/m/y", "1/1/1900", "1900-01-01"),
        (59.0, "d/m/y", "28/2/1900", "1900-02-28"),
        (61.0, "d/m/y", "1/3/1900", "1900-03-01"),
        # No days: the 29 February 1900, what is before the first, and behind the last.
        (60.0, "d/m/y", "60", "60"),
        (-1.0, "d/m/y", "-1", "-1"),
        (1e12, "d/m/y", "1000000000000", "1000000000000"),
        (2_958_465.9999999, "d/m/y", "2958466", "2958466"),
    ],
)
def test_a_day_is_a_day(value: float, code: str, vietnamese: str, english: str) -> None:
    assert [Number(value, code).shown(language) for language in ("vi", "en")] == [vietnamese, english]


def test_days_may_be_counted_from_1904() -> None:
    assert Number(0.0, "yyyy-mm-dd", days_from_1904=True).shown("en") == "1904-01-01"
    assert Number(1.5, "[h]:mm", days_from_1904=True).shown("en") == "36:00"
    assert Number(2_958_465.0, "d/m/y", days_from_1904=True).shown("en") == "2958465"


def test_codes_of_one_number_tell_days_as_another_program_does() -> None:
    for number, code in BUILT_IN.items():
        known = openpyxl.styles.numbers.BUILTIN_FORMATS.get(number)
        is_day = known is None or openpyxl.styles.numbers.is_date_format(known)
        assert ("-" in Number(DAY, code).shown("en") or ":" in Number(DAY, code).shown("en")) == is_day, number


@pytest.mark.parametrize("day", [date(1900, 3, 1), date(1954, 5, 7), date(2024, 2, 29), date(9999, 12, 31)])
def test_days_are_those_of_another_program(day: date) -> None:
    serial = openpyxl.utils.datetime.to_excel(datetime(day.year, day.month, day.day))
    assert serial_of(day.isoformat()) == serial
    assert Number(serial, "d/m/yyyy").shown("en") == day.isoformat()
