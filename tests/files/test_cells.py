"""Cells of a line: what parts them, and which number each is."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offbeat.files.cells import WHITESPACE, delimiter_of, read_number, split_fields

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=12)


@given(st.lists(TEXT, min_size=1, max_size=5), st.sampled_from(",;\t"))
def test_what_a_csv_writer_writes_is_split_again(fields, mark):
    line = io.StringIO()
    csv.writer(line, delimiter=mark, lineterminator="").writerow(fields)
    assert split_fields(line.getvalue(), mark) == [field.strip() for field in fields]


@pytest.mark.parametrize(
    ("line", "mark"),
    [
        ("a;b", ";"),
        ("a,b", ","),
        ("a b", WHITESPACE),
        ('"a;b",c', ","),
        ('a,"b;c","d""e;"', ","),
        ('"a;b";c,d', ";"),
        ('"a;b', WHITESPACE),
    ],
)
def test_marks_in_quotes_part_nothing(line, mark):
    assert delimiter_of([line], ";,", WHITESPACE) == mark


@pytest.mark.parametrize(
    ("lines", "mark"),
    [
        (["time,load; mean", "0,1.5"], ","),
        (["time,I;I;", "s,mV;", "0,1.5"], ","),
        (["a;b, mean", "1,5;2"], ";"),
        (["a;b", "1"], ";"),
        (["a;b,c;d", "1;2,3;4"], ";"),
    ],
)
def test_marks_in_a_name_part_nothing_if_the_lines_below_have_others(lines, mark):
    assert delimiter_of(lines, ";,", WHITESPACE) == mark


def test_only_blanks_and_tabs_part_columns_of_whitespace():
    assert split_fields(" 1\t2  3\xa04\x0b5 ", WHITESPACE) == ["1", "2", "3\xa04\x0b5"]


@given(st.floats())
def test_each_float_is_read_as_it_is_written(value):
    assert repr(read_number(repr(value))) == repr(value)


@pytest.mark.parametrize("text", ["1_000", "\uff11\uff12", "\u0661", "", "x", "0x10", "1,5"])
def test_odd_digits_are_no_number(text):
    with pytest.raises(ValueError, match=r"number|could not"):
        read_number(text)


@pytest.mark.parametrize("text", ["1e400", "-1e400", "9" * 400, "9" * 5000])
def test_what_is_too_large_is_not_infinite(text):
    with pytest.raises(OverflowError, match="too large"):
        read_number(text)
