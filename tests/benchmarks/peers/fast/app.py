"""The fast peer: FastAPI, pydantic and asyncpg with hand-written SQL. An import takes two round trips.

It does less than the product: it does not merge absent fields and has no changes, warnings, corrections, versions,
idempotency, rate limits, request logs and records of rejected items.
"""

import json
import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import asyncpg
import jwt
import orjson
from fastapi import FastAPI, Request, Response
from pydantic import ValidationError

from tests.benchmarks import sql
from tests.benchmarks.peers.fast.documents import Batch, Document, InvalidCustomField, dumps, type_custom_fields

SIGNING_KEY = os.environ["TOKEN_SIGNING_KEY"]
_COLUMNS = [column for column in sql.TARGET if column not in ("corrections", "warnings", "created_at", "updated_at")]
_VALUES = {column: f"${n}::{sql.TARGET[column]}" for n, column in enumerate(_COLUMNS, 1)} | {
    "corrections": "'{}'",
    "warnings": "'{}'",
    "created_at": "now()",
    "updated_at": "now()",
    "submitted_by": f"${len(_COLUMNS) + 1}",
    "correlation_id": f"${len(_COLUMNS) + 2}",
    "payload": f"${len(_COLUMNS) + 3}::jsonb",
}
_SINGLE = sql.single(_VALUES)
_BATCH = sql.batch("$1::text", "$2::bigint", "$3::text", "$4::text")


async def _skip_reset(connection: Any) -> None:
    return None


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open the connection pool while the app runs."""
    # No request changes the state of a connection, so the round trip that resets it is left out.
    async with asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=4, max_size=16, reset=_skip_reset) as pool:
        app.state.pool = pool
        yield


app = FastAPI(lifespan=lifespan, openapi_url=None)


class RequestError(Exception):
    """The request is answered with this status and error code."""

    def __init__(self, status: int, code: str, message: str = "") -> None:
        self.status, self.code, self.message = status, code, message


@app.exception_handler(RequestError)
async def error_response(request: Request, error: RequestError) -> Response:
    """Return the error as JSON."""
    return _json({"error": {"code": error.code, "message": error.message}}, error.status)


def _json(answer: dict[str, Any], status: int = 200) -> Response:
    return Response(orjson.dumps(answer), status, media_type="application/json")


def _token_id(request: Request) -> uuid.UUID:
    scheme, _, raw = request.headers.get("authorization", "").partition(" ")
    try:
        if scheme.lower() != "bearer":
            raise ValueError
        return _signed_id(raw)
    except (jwt.InvalidTokenError, ValueError) as error:
        raise RequestError(401, "unauthorized") from error


@lru_cache(maxsize=1_000)
def _signed_id(raw: str) -> uuid.UUID:
    """Return the id of a token with a valid signature. Cached: the row of the token says whether it has expired."""
    claims = jwt.decode(raw, SIGNING_KEY, algorithms=["HS256"], options={"require": ["exp", "jti"]})
    if claims.get("token_type") != "integration":
        raise ValueError
    return uuid.UUID(claims["jti"])


async def _check(
    connection: Any, jti: uuid.UUID, scope: str, system: str | None, template: str | None
) -> asyncpg.Record:
    """Return the row of the token and the template with its fields, by one round trip."""
    row = await connection.fetchrow(sql.TOKEN_AND_TEMPLATE, jti, system, template)
    if row is None:
        raise RequestError(401, "unauthorized")
    if scope not in row["scopes"]:
        raise RequestError(403, "missing_scope")
    if row["system_id"] is None:
        raise RequestError(403, "source_system_not_allowed")
    if template and row["template_id"] is None:
        raise RequestError(422, "unknown_template")
    return row


def _correlation_id(request: Request) -> str:
    return request.headers.get("x-correlation-id") or str(uuid.uuid4())


@app.post("/inbound/targets")
async def import_target(request: Request) -> Response:
    """Import one target."""
    jti, body = _token_id(request), await request.body()
    try:
        document = Document.model_validate_json(body)
    except ValidationError as error:
        raise RequestError(422, "invalid_field", str(error)) from error
    async with app.state.pool.acquire() as connection:
        row = await _check(connection, jti, "inbound.targets.write", document.sourceSystem, document.templateKey)
        target = _target(document, row, json.loads(row["fields"] or "[]"))
        target["custom_fields"] = dumps(target["custom_fields"])
        values = [target[column] for column in _COLUMNS]
        written = await connection.fetchrow(_SINGLE, *values, row["name"], _correlation_id(request), body.decode())
    status = "Created" if written["created"] else "Updated"
    item = {"externalId": document.externalId, "status": status, "targetId": written["target_id"], "warnings": []}
    return _json(_envelope(written["job_id"], [item]), 201 if written["created"] else 200)


@app.post("/inbound/targets/batch")
async def import_batch(request: Request) -> Response:
    """Import a batch. One faulty item rejects the whole batch; the product would import the others."""
    jti, body = _token_id(request), await request.body()
    try:
        batch = Batch.model_validate_json(body)
    except ValidationError as error:
        raise RequestError(422, "invalid_field", str(error)) from error
    async with app.state.pool.acquire() as connection:
        row = await _check(connection, jti, "inbound.targets.batch.write", batch.sourceSystem, batch.templateKey)
        fields = json.loads(row["fields"] or "[]")
        sent = orjson.loads(body)["targets"]
        pairs = enumerate(zip(batch.targets, sent, strict=True))
        now = datetime.now(UTC)
        same = {"corrections": {}, "warnings": [], "created_at": now, "updated_at": now}
        rows = [_target(document, row, fields) | {"payload": raw, "position": n} | same for n, (document, raw) in pairs]
        written = await connection.fetch(_BATCH, dumps(rows), row["system_id"], row["name"], _correlation_id(request))
    items = [
        {
            "index": one["position"],
            "externalId": one["external_id"],
            "status": one["status"],
            "targetId": one["target_id"],
            "warnings": [],
        }
        for one in written
    ]
    return _json(_envelope(written[0]["job_id"], items))


def _target(document: Document, row: asyncpg.Record, fields: list[dict[str, Any]]) -> dict[str, Any]:
    try:
        custom = type_custom_fields(fields, document.customFields or {})
    except InvalidCustomField as error:
        raise RequestError(422, "invalid_custom_field", str(error)) from error
    own = {"source_system_id": row["system_id"], "template_id": row["template_id"], "custom_fields": custom}
    return document.columns() | own


def _envelope(job_id: int, items: list[dict[str, Any]]) -> dict[str, Any]:
    created = sum(item["status"] == "Created" for item in items)
    return {
        "importJobId": job_id,
        "status": "Completed",
        "totalItems": len(items),
        "createdItems": created,
        "updatedItems": len(items) - created,
        "cancelledItems": 0,
        "rejectedItems": 0,
        "warningItems": 0,
        "items": items,
        "links": {"importJob": f"/import-jobs/{job_id}"},
    }
