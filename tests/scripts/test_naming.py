"""Names of new revisions."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

import pytest
from flask_revisions.errors import ConfigurationError, InvalidRevisionId
from flask_revisions.scripts.naming import (
    FILE_TEMPLATE,
    LONGEST_ID,
    NameParts,
    check_id,
    check_label,
    clean_message,
    file_name,
    new_id,
    now,
    slug,
)

WHEN = datetime(2024, 5, 3, 9, 7, 2, tzinfo=timezone.utc)

GOOD = ["a", "0", "3fa2c1", "add_users", "2.1", "v3.0.0.a", "A_b.C", "_x_", "heads_up", "x" * LONGEST_ID]
BAD = [
    *(
        "",
        " ",
        "a b",
        "a\n",
        "\na",
        "a\tb",
        "a\0b",
        "a\x1b[31m",
        "a\x7f",
        "ü",
        "а",
        "漢",
        "a\u202eb",
        "a\ud800",
    ),
    *(
        "a/b",
        "../a",
        "..",
        ".",
        ".a",
        "a.",
        "a..b",
        "/etc/passwd",
        "C:\\x",
        "a\\b",
        "~",
        "$HOME",
        "%s",
        "a%b",
    ),
    *(
        "a'b",
        'a"b',
        "'; DROP TABLE x; --",
        "a;b",
        "`id`",
        "{{ 7 }}",
        "a@b",
        "a+1",
        "a-1",
        "-1",
        "a:b",
        "*",
        "a,b",
    ),
    *("head", "heads", "base", "current", "HEAD", "Base", "x" * (LONGEST_ID + 1)),
]


@pytest.mark.parametrize("name", GOOD)
def test_letters_digits_underscores_and_points_make_an_id_or_label(name: str) -> None:
    assert check_id(name) == check_label(name) == name


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("check", [check_id, check_label])
def test_anything_else_is_refused(check, name: str) -> None:
    with pytest.raises(InvalidRevisionId) as caught:
        check(name)
    assert caught.value.message.endswith(".") and caught.value.hint
    assert caught.value.message.isprintable()


def test_an_id_that_is_there_in_any_case_is_refused() -> None:
    with pytest.raises(InvalidRevisionId, match="There is 'ABC' already"):
        check_id("abc", ["xyz", "ABC"])
    assert check_id("abcd", ["xyz", "ABC"]) == "abcd"


def test_the_offending_characters_are_all_listed() -> None:
    with pytest.raises(InvalidRevisionId, match=re.escape("('@', '-', ' ')")):
        check_id("a@b-c d@")


def test_new_ids_are_twelve_hexadecimal_digits_and_differ() -> None:
    ids = {new_id() for _ in range(100)}
    assert len(ids) == 100 and all(re.fullmatch("[0-9a-f]{12}", each) for each in ids)


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        ("create users", "create users"),
        ("  create users \n", "create users"),
        ("one\r\ntwo  \n\n  three", "one\ntwo\n\n  three"),
        ("a\tb", "a b"),
        ("a\0b", "a\\x00b"),
        ("a\x1b[31mb", "a\\x1b[31mb"),
        ("a\x85b\u2028c", "a\\x85b\\u2028c"),
        ("a\u202eb", "a\\u202eb"),
        ("a\udc80b", "a\\udc80b"),
        ("añ 漢字 👩‍🚀", "añ 漢字 👩‍🚀"),
        ("", "empty message"),
        (" \n\t ", "empty message"),
    ],
)
def test_a_message_is_kept_but_for_what_cannot_be_seen(message: str, kept: str) -> None:
    assert clean_message(message) == kept
    assert clean_message(kept) == kept


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Create Users", "create_users"),
        ("a-b/c.d", "a_b_c_d"),
        ("one\ntwo", "one_two"),
        ("../../etc/passwd", "etc_passwd"),
        ("", ""),
        ("!!!", ""),
        ("Größe ändern", "größe_ändern"),
        ("add a column that holds the name of the owner", "add_a_column_that_holds_the_name_of_the_"),
        ("add a column that holds the names of the owner", "add_a_column_that_holds_the_names_of_"),
        ("x" * 50, "_"),
    ],
)
def test_a_slug_is_the_words_of_the_message(message: str, expected: str) -> None:
    assert slug(message) == expected


def test_the_length_of_a_slug_can_be_chosen() -> None:
    assert slug("one two three", 8) == "one_two_"
    assert slug("one two three", 13) == "one_two_three"


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        (FILE_TEMPLATE, "2024_05_03_0907-a1_create_users.py"),
        ("%(rev)s_%(slug)s", "a1_create_users.py"),
        ("%(epoch)s_%(rev)s", "1714727222_a1.py"),
        ("%(year)d%(month).2d%(day).2d%(hour).2d%(minute).2d%(second).2d_%(rev)s", "20240503090702_a1.py"),
        ("%(year)d/%(rev)s", "2024/a1.py"),
    ],
)
def test_file_names_are_made_from_a_template(template: str, expected: str) -> None:
    assert file_name(NameParts("a1", "create_users", WHEN), template) == expected


def test_a_name_without_a_slug_ends_with_the_id() -> None:
    assert file_name(NameParts("a1", "", WHEN)) == "2024_05_03_0907-a1.py"


def test_file_names_sort_by_time() -> None:
    names = [file_name(NameParts(new_id(), "x", WHEN + timedelta(minutes=61 * n))) for n in range(2000)]
    assert names == sorted(names)


@pytest.mark.parametrize(
    "template",
    [
        "%(nosuch)s",
        "%(rev)",
        "%s",
        "%(rev)d",
        "/tmp/%(rev)s",
        "../%(rev)s",
        "a/../../%(rev)s",
        ".%(rev)s",
        "a/.b/%(rev)s",
        "C:%(rev)s",
        "..\\%(rev)s",
        "%(rev)s/..",
        "",
    ],
)
def test_a_template_that_leads_nowhere_is_refused(template: str) -> None:
    with pytest.raises(ConfigurationError, match="The file template"):
        file_name(NameParts("a1", "x", WHEN), template)


def test_a_long_name_fits_into_a_folder() -> None:
    name = file_name(NameParts("i" * LONGEST_ID, "漢" * 80, WHEN))
    assert len(name.encode()) <= 255 and name.startswith("2024_05_03_0907-iii") and name.endswith(".py")


def test_time_zones_are_found_in_any_case() -> None:
    assert now("utc").utcoffset() == timedelta(0)
    assert str(now("europe/BERLIN").tzinfo) == "Europe/Berlin"
    assert now().tzinfo is not None
    with pytest.raises(ConfigurationError, match="no time zone 'Mars/Olympus'"):
        now("Mars/Olympus")
