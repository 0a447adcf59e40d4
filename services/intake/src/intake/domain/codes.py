"""Codes people read aloud and type: Crockford base32 with a check symbol, parsed leniently."""

import re

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base32: no I, L, O (taken for 1 and 0) and no U."""

PREFIX = "KTG"
SERIAL_BITS = 35
"""Seven random symbols; the eighth is the check symbol."""

_VALUES = {symbol: value for value, symbol in enumerate(ALPHABET)}
_LOOKALIKES = str.maketrans("OIL", "011")
_SEPARATORS = re.compile("[\\s.\\-\u2010-\u2015]+")
_REGENCY = re.compile(r"\d{2}\.\d{2}")


def _powers() -> tuple[int, ...]:
    """List the powers of a generator of GF(32), made with the primitive polynomial x^5 + x^2 + 1."""
    powers = [1]
    for _ in range(30):
        doubled = powers[-1] << 1
        powers.append(doubled ^ 0b100101 if doubled & 0b100000 else doubled)
    return tuple(powers)


_POWERS = _powers()
_LOGARITHMS = {power: exponent for exponent, power in enumerate(_POWERS)}


def check_symbol(symbols: str) -> str:
    """Compute the symbol that makes the sum of (symbol times its place's weight) zero in GF(32).

    The weights of all places differ and none is zero, so any one wrong symbol and any two swapped ones are noticed.
    """
    total = 0
    for place, symbol in enumerate(symbols, start=1):
        value = _VALUES[symbol]
        if value:
            total ^= _POWERS[(_LOGARITHMS[value] + place) % 31]
    return ALPHABET[total]


def spell_code(regency: str, serial: int) -> str:
    """Spell the public code number `serial` (35 bits) of a regency such as `35.04`: `KTG-35.04-7K2M-9QX4`."""
    if not _REGENCY.fullmatch(regency):
        raise ValueError(f"not the code of a regency: {regency}")
    symbols = "".join(ALPHABET[serial >> shift & 31] for shift in range(SERIAL_BITS - 5, -1, -5))
    symbols += check_symbol(regency.replace(".", "") + symbols)
    return f"{PREFIX}-{regency}-{symbols[:4]}-{symbols[4:]}"


def read_code(typed: str) -> str | None:
    """Read a public code as people type it: any case, with or without hyphens and prefix, O for 0, I or L for 1.

    None when it cannot be a code, also when a single wrong or two swapped symbols make the check symbol disagree.
    """
    symbols = _SEPARATORS.sub("", typed).upper().removeprefix(PREFIX).translate(_LOOKALIKES)
    if len(symbols) != 12 or not symbols[:4].isdecimal() or not all(symbol in _VALUES for symbol in symbols):
        return None
    if check_symbol(symbols[:-1]) != symbols[-1]:
        return None
    return f"{PREFIX}-{symbols[:2]}.{symbols[2:4]}-{symbols[4:8]}-{symbols[8:]}"


def read_symbols(typed: str, length: int) -> str | None:
    """Read a run of base32 symbols as people type it, or None when it is not one of that length."""
    symbols = _SEPARATORS.sub("", typed).upper().translate(_LOOKALIKES)
    return symbols if len(symbols) == length and all(symbol in _VALUES for symbol in symbols) else None
