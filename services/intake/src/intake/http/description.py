"""What the OpenAPI document says about the filing route, which FastAPI does not see."""

from typing import Any

from fastapi import FastAPI
from pydantic.json_schema import models_json_schema

from intake.http.answers import FiledAnswer
from intake.http.requests import FilingRequest

JSON = "application/json"
PARTS = "#/components/schemas"


def describe(app: FastAPI, path: str) -> None:
    """Add the filing route to the document, FastAPI's documented way."""
    generated = app.openapi

    def openapi() -> dict[str, Any]:
        document = generated()
        # Written once, like the generated part; a second call finds it there.
        document["paths"][path] = {"post": _OPERATION}
        document["components"]["schemas"] |= _schemas()
        document["components"]["securitySchemes"] = {"import": {"type": "http", "scheme": "bearer"}}
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # as FastAPI documents it


def _schemas() -> dict[str, Any]:
    template = f"{PARTS}/{{model}}"
    _, found = models_json_schema(
        [(FilingRequest, "validation"), (FiledAnswer, "serialization")], ref_template=template
    )
    schemas: dict[str, Any] = found["$defs"]
    return schemas


def _problem(says: str) -> dict[str, Any]:
    return {"description": says, "content": {"application/problem+json": {"schema": {"type": "object"}}}}


_OPERATION: dict[str, Any] = {
    "operationId": "file_complaint",
    "summary": "File a complaint",
    "description": "201 means that it is committed; the secret is told this once.",
    "parameters": [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "schema": {"type": "string", "minLength": 8, "maxLength": 255},
            "description": "Made by the client; the same key and body again gives the first answer again.",
        }
    ],
    "requestBody": {"required": True, "content": {JSON: {"schema": {"$ref": f"{PARTS}/FilingRequest"}}}},
    "responses": {
        "201": {
            "description": "Filed",
            "content": {JSON: {"schema": {"$ref": f"{PARTS}/FiledAnswer"}}},
        },
        "400": _problem("Not JSON, or an unusable Idempotency-Key"),
        "401": _problem("The import token is wrong"),
        "403": _problem("Only an import may set time or channel"),
        "409": _problem("Filed before, but the answer can no longer be repeated"),
        "413": _problem("Too large"),
        "422": _problem("Fields to correct, or a key used for another request"),
        "503": _problem("The database is away; ask again with the same key"),
    },
    "security": [{}, {"import": []}],
}
