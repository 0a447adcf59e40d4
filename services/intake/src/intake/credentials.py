"""The secret that opens a complaint's private parts: made, hashed and compared; never stored as it is."""

import base64
import hashlib
import hmac
import os
import secrets

from intake.domain.codes import ALPHABET, SERIAL_BITS, read_symbols

SECRET_LENGTH = 26
"""Symbols of five bits: 130 bits."""

_CROCKFORD = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", ALPHABET.encode())
_NOBODY = hashlib.sha256(b"the secret of a complaint that does not exist").digest()


def fresh_serial() -> int:
    """Draw the random part of a public code."""
    return secrets.randbits(SERIAL_BITS)


def random_secret() -> str:
    """Draw a secret."""
    return _spell(os.urandom(20))


def derived_secret(secret_key: bytes, request_key: str, fingerprint: bytes) -> str:
    """Make the secret of a filing that may be asked again.

    The same request gives the same secret, so the first answer can be given whole a second time although only a hash
    of the secret is kept; without the service's key and the client's request key nobody can make it.
    """
    message = b"filing-secret\0" + fingerprint + request_key.encode()
    return _spell(hmac.digest(secret_key, message, "sha256"))


def secret_hash(secret: str) -> bytes:
    """Hash a secret for keeping; 130 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).digest()


def opens(typed: str | None, kept: bytes | None) -> bool:
    """Say whether what was typed is the secret whose hash is kept; as much work when there is neither."""
    secret = read_symbols(typed or "", SECRET_LENGTH)
    matches = hmac.compare_digest(secret_hash(secret or ""), kept or _NOBODY)
    return matches and secret is not None and kept is not None


def bare(typed: str) -> str:
    """Give a secret as it was told, from a secret as it was typed."""
    return read_symbols(typed, SECRET_LENGTH) or ""


def grouped(secret: str) -> str:
    """Write a secret in groups that are easier to copy by hand."""
    return "-".join((secret[:5], secret[5:10], secret[10:15], secret[15:20], secret[20:]))


def _spell(random: bytes) -> str:
    return base64.b32encode(random).translate(_CROCKFORD)[:SECRET_LENGTH].decode()
