"""Public codes and secrets: they survive being read aloud, and mistakes in them are noticed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake import credentials
from intake.domain.codes import ALPHABET, SERIAL_BITS, read_code, read_symbols, spell_code

regencies = st.tuples(st.integers(11, 96), st.integers(1, 99)).map(lambda pair: f"{pair[0]}.{pair[1]:02d}")
serials = st.integers(0, 2**SERIAL_BITS - 1)
codes = st.builds(spell_code, regencies, serials)


@given(codes)
def test_a_code_reads_as_itself(code: str) -> None:
    assert read_code(code) == code


@given(codes)
def test_a_code_is_read_however_it_is_typed(code: str) -> None:
    for typed in (
        code.lower(),
        code.replace("-", ""),
        code.replace("-", " "),
        f"  {code}  ",
        code.removeprefix("KTG-"),
        code.replace("-", "\u2013"),
        code.replace("0", "o").replace("1", "l"),
        code.replace("0", "O").replace("1", "I"),
    ):
        assert read_code(typed) == code, typed


@given(codes, st.integers(0, 11), st.sampled_from(ALPHABET))
def test_one_wrong_symbol_is_noticed(code: str, place: int, wrong: str) -> None:
    symbols = code.removeprefix("KTG-").replace("-", "").replace(".", "")
    mistyped = symbols[:place] + wrong + symbols[place + 1 :]
    assert read_code(mistyped) == (code if wrong == symbols[place] else None)


@given(codes, st.integers(0, 11), st.integers(0, 11))
def test_two_swapped_symbols_are_noticed(code: str, one: int, other: int) -> None:
    symbols = list(code.removeprefix("KTG-").replace("-", "").replace(".", ""))
    same = symbols[one] == symbols[other]
    symbols[one], symbols[other] = symbols[other], symbols[one]
    assert read_code("".join(symbols)) == (code if same else None)


@pytest.mark.parametrize(
    "typed", ["", "KTG", "KTG-35.04-7K2M", "KTG-35.04-7K2U-9QX4", "x" * 100, "KTG-AB.04-7K2M-9QX4"]
)
def test_what_is_no_code_is_not_read(typed: str) -> None:
    assert read_code(typed) is None


def test_a_code_needs_a_regency() -> None:
    with pytest.raises(ValueError, match="regency"):
        spell_code("35", 1)


def test_secrets_have_130_bits_and_differ() -> None:
    secrets = {credentials.random_secret() for _ in range(1000)}
    assert len(secrets) == 1000
    assert all(len(secret) == 26 and set(secret) <= set(ALPHABET) for secret in secrets)


def test_a_derived_secret_depends_on_key_body_and_service() -> None:
    made = credentials.derived_secret(b"service", "request-key", b"f" * 32)
    assert made == credentials.derived_secret(b"service", "request-key", b"f" * 32)
    others = {
        credentials.derived_secret(b"another", "request-key", b"f" * 32),
        credentials.derived_secret(b"service", "another-key", b"f" * 32),
        credentials.derived_secret(b"service", "request-key", b"g" * 32),
    }
    assert len(others | {made}) == 4


def test_a_secret_opens_only_its_own_complaint() -> None:
    secret, other = credentials.random_secret(), credentials.random_secret()
    kept = credentials.secret_hash(secret)
    assert credentials.opens(secret, kept)
    assert credentials.opens(credentials.grouped(secret).lower(), kept)
    assert not credentials.opens(other, kept)
    assert not credentials.opens(None, kept)
    assert not credentials.opens("", kept)
    assert not credentials.opens(secret, None)
    assert not credentials.opens(None, None)


@given(st.text(max_size=60))
def test_reading_symbols_never_fails(typed: str) -> None:
    read_symbols(typed, 26)
    read_code(typed)
