"""What people type is kept in one form, without invisible trickery, and nothing visible is lost."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.texts import is_email, one_line, prose


@given(st.text())
def test_normal_forms_stay_as_they_are(text: str) -> None:
    assert one_line(one_line(text)) == one_line(text)
    assert prose(prose(text)) == prose(text)


@given(st.text())
def test_no_control_character_is_kept(text: str) -> None:
    assert all(unicodedata.category(symbol) != "Cc" for symbol in one_line(text))
    assert all(unicodedata.category(symbol) != "Cc" or symbol in "\t\n" for symbol in prose(text))


def test_letters_with_marks_are_composed() -> None:
    assert one_line("cafe\u0301") == "café"


def test_texts_that_turn_direction_are_straightened() -> None:
    assert one_line("kirim \u202eexe.txt\u202c ya") == "kirim exe.txt ya"


def test_a_line_has_no_breaks_and_prose_keeps_its_own() -> None:
    assert one_line(" satu\r\ndua \t tiga ") == "satu dua tiga"
    assert prose("\nsatu\r\n\r\ndua\rtiga\n") == "satu\n\ndua\ntiga"


def test_emoji_joined_of_several_stay_whole() -> None:
    assert one_line("👨‍👩‍👧") == "👨‍👩‍👧"


@pytest.mark.parametrize("address", ["budi@contoh.test", "a.b+c@sub.contoh.co.id", "x@y.id"])
def test_an_email_address_is_accepted(address: str) -> None:
    assert is_email(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "budi",
        "budi@",
        "@contoh.test",
        "budi@contoh",
        "budi@con toh.test",
        "budi@contoh.test\nBcc: x@y.id",
        "budi@contoh.test,x@y.id",
        "a..b@contoh.test",
        "budi@-contoh.test",
        f"{'a' * 65}@contoh.test",
        f"a@{'b' * 250}.test",
    ],
)
def test_what_is_no_email_address_is_refused(address: str) -> None:
    assert not is_email(address)
