"""Sealed fields: personal text travels encrypted under one key per subject, so forgetting a key forgets the person."""

import base64
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal, Self, TypeVar, get_args
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticOmit, core_schema

Part = Literal["text", "reporter"]
"""What a sealed field holds: `text` (what was written of the matter) or `reporter` (who wrote it, how to reach them).

Each part has its own key, derived from the subject's data key with HKDF-SHA256 (RFC 5869), so an agency can be
given the text of an anonymous complaint without the means to learn who filed it."""

NONCE_BYTES = 12
KEY_BYTES = 32


class Unsealable(Exception):
    """The box was not made by this key for this place: wrong key, moved or altered ciphertext."""


class Clear:
    """Personal text in this process's memory; it refuses to be printed or serialised unsealed."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return "Clear(…)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Clear) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __reduce__(self) -> str:
        raise TypeError("clear text is never written out")

    @classmethod
    def __get_pydantic_core_schema__(cls, source: type[Any], handler: GetCoreSchemaHandler) -> CoreSchema:
        # No serialiser on purpose: pydantic then refuses to write an event that still holds clear text.
        return core_schema.is_instance_schema(cls)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        raise PydanticOmit  # clear text has no wire form


class Sealed(BaseModel):
    """AES-256-GCM ciphertext of one text field (NIST SP 800-38D), bound to its stream, version and field name."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    key: UUID = Field(description="Id of the data key; equal to the id of the subject it protects.")
    part: Part = Field(description="Which derived key opens it: `text` or `reporter`.")
    box: str = Field(description="Base64 (RFC 4648 section 4) of nonce (12 bytes), ciphertext and tag (16 bytes).")


@dataclass(frozen=True, slots=True)
class SealedPart:
    """Marks a confidential field with the part whose key seals it; in JSON the field can only be `Sealed`."""

    part: Part

    def __get_pydantic_core_schema__(self, source: type[Any], handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.json_or_python_schema(handler.generate_schema(Sealed), handler(source))


@dataclass(frozen=True, slots=True)
class DataKey:
    """The secret of one subject, 32 bytes; never leaves a service unwrapped."""

    id: UUID
    secret: bytes = field(repr=False)
    _ciphers: dict[Part, AESGCM] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def fresh(cls, key_id: UUID) -> Self:
        """Make a new random key."""
        return cls(key_id, os.urandom(KEY_BYTES))

    def part_secret(self, part: Part) -> bytes:
        """Derive the 32-byte key of one part: what an authorised reader of only that part may be given."""
        purpose = b"kentongan/" + part.encode()
        return HKDF(algorithm=hashes.SHA256(), length=KEY_BYTES, salt=None, info=purpose).derive(self.secret)

    def cipher(self, part: Part) -> AESGCM:
        """Return the cipher of one part, derived once."""
        cipher = self._ciphers.get(part)
        if cipher is None:
            cipher = self._ciphers[part] = AESGCM(self.part_secret(part))
        return cipher


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sealed field stands; the additional authenticated data, so a ciphertext cannot be moved elsewhere."""

    stream: str
    """`<source>/<subject>`, e.g. `/intake/0198…`."""
    version: int
    name: str

    def aad(self) -> bytes:
        return f"{self.stream}|{self.version}|{self.name}".encode()


def seal_text(text: str, key: DataKey, part: Part, place: Place) -> Sealed:
    """Encrypt one text under the subject's key."""
    nonce = os.urandom(NONCE_BYTES)
    box = nonce + key.cipher(part).encrypt(nonce, text.encode(), place.aad())
    return Sealed(key=key.id, part=part, box=base64.b64encode(box).decode())


def open_box(sealed: Sealed, cipher: AESGCM, place: Place) -> str:
    """Decrypt one text; raise `Unsealable` when the key or the place is not the one it was sealed for."""
    try:
        box = base64.b64decode(sealed.box, validate=True)
        return cipher.decrypt(box[:NONCE_BYTES], box[NONCE_BYTES:], place.aad()).decode()
    except (InvalidTag, ValueError) as error:
        raise Unsealable(f"{place.name} of {place.stream} version {place.version}") from error


class SealableModel(BaseModel):
    """A model some of whose top-level fields are confidential: marked with `SealedPart`."""

    # Without the input, because pydantic would quote a person's words in its error message.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


S = TypeVar("S", bound=SealableModel)


@cache
def confidential_fields(model: type[SealableModel]) -> Mapping[str, Part]:
    """Name the sealed fields of a model with their part, found once from the field annotations."""
    return {
        name: marker.part
        for name, info in model.model_fields.items()
        for marker in (*info.metadata, *_markers(info.annotation))
        if isinstance(marker, SealedPart)
    }


def _markers(annotation: Any) -> Iterator[SealedPart]:
    """Find the marker inside `ComplaintText | None`, where pydantic leaves it on the member of the union."""
    for member in get_args(annotation):
        if isinstance(member, SealedPart):
            yield member
        else:
            yield from _markers(member)


def seal(event: S, key: DataKey | None, stream: str, version: int) -> S:
    """Return the event with every clear field sealed; without clear text it comes back as it is.

    Raises `ValueError` when there is clear text and no key to seal it with.
    """
    boxes: dict[str, Sealed] = {}
    for name, part in confidential_fields(type(event)).items():
        value = getattr(event, name)
        if isinstance(value, Clear):
            if key is None:
                raise ValueError(f"{type(event).__name__}.{name} holds clear text and there is no key to seal it")
            boxes[name] = seal_text(value.text, key, part, Place(stream, version, name))
    return event.model_copy(update=boxes) if boxes else event


def unseal(event: S, key: DataKey | None, stream: str, version: int) -> S:
    """Return the event with its sealed fields opened; what has no key stays `Sealed`, that is unreadable."""
    texts: dict[str, Clear] = {}
    for name, part in confidential_fields(type(event)).items():
        value = getattr(event, name)
        if isinstance(value, Sealed) and key is not None and value.key == key.id:
            texts[name] = Clear(open_box(value, key.cipher(part), Place(stream, version, name)))
    return event.model_copy(update=texts) if texts else event


def text_of(value: Clear | Sealed | None) -> str | None:
    """Give the clear text, or None when there is none to read (absent, or its key is gone)."""
    return value.text if isinstance(value, Clear) else None
