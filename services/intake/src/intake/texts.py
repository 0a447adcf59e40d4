"""What people type, made fit to keep: one Unicode form, no invisible trickery."""

import re
import unicodedata

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ufeff]")
"""Control characters, and those that turn the direction of text around; tab and line feed stay."""

_BLANKS = re.compile(r"\s+")
_BREAKS = re.compile(r"\r\n?")
_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = re.compile(rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@(?:{_LABEL}\.)+[A-Za-z]{{2,63}}")


def one_line(text: str) -> str:
    """Normalise a text of one line: NFC, controls gone, runs of white space become one blank."""
    return _BLANKS.sub(" ", _CONTROLS.sub("", _composed(text.replace("\r", "\n")))).strip()


def prose(text: str) -> str:
    """Normalise a text of many lines: NFC, controls gone, every line break one line feed."""
    return _CONTROLS.sub("", _composed(_BREAKS.sub("\n", text))).strip()


def is_email(text: str) -> bool:
    """Say whether it can be an e-mail address; whether it is one only a message sent there can tell."""
    return len(text) <= 254 and _EMAIL.fullmatch(text) is not None and ".." not in text


def _composed(text: str) -> str:
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)
