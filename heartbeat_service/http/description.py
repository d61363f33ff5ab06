"""The call that returns the OpenAPI document."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from pydantic.json_schema import models_json_schema

from heartbeat.targets import BUILT_IN
from heartbeat_service.http import security
from heartbeat_service.http.live import StreamedEvent
from heartbeat_service.http.problems import SCHEMA
from heartbeat_service.http.route import Route
from heartbeat_service.lifespan import Service

router = APIRouter(route_class=Route, include_in_schema=False)
_SCHEMAS = "#/components/schemas/{model}"
_REFERENCE = {"$ref": _SCHEMAS.format(model="Problem")}
_EVENTS = "/api/heartbeat/events"


@router.get("/api/openapi.json")
def show(request: Request) -> JSONResponse:
    """Show the OpenAPI document."""
    return JSONResponse(document(request.app))


def document(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document of an app; it is built once."""
    made = app.openapi_schema or _made(app)
    app.openapi_schema = made
    return made


def _made(app: FastAPI) -> dict[str, Any]:
    plain = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
    service: Service | None = getattr(app.state, "heartbeat", None)
    targets = BUILT_IN if service is None else tuple(service.services.targets)

    def mend(each: dict[str, Any]) -> dict[str, Any]:
        if each.get("enum") == list(BUILT_IN):
            return {**each, "enum": list(targets)}
        return _REFERENCE if each == SCHEMA else each

    made: dict[str, Any] = json.loads(json.dumps(plain), object_hook=mend)
    components = made.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas["Problem"] = dict(SCHEMA)
    # FastAPI has no schemas for event streams, so the schema of the events is added here.
    _, streamed = models_json_schema([(StreamedEvent, "serialization")], ref_template=_SCHEMAS)
    schemas.update(streamed["$defs"])
    events = made["paths"][_EVENTS]["get"]["responses"]["200"]["content"]["text/event-stream"]
    events["schema"] = {"$ref": _SCHEMAS.format(model=StreamedEvent.__name__)}
    components["securitySchemes"] = {
        "token": {
            "type": "http",
            "scheme": "bearer",
            "description": "That of HEARTBEAT_API_TOKEN or HOME/token.",
        },
        "cookie": {
            "type": "apiKey",
            "in": "cookie",
            "name": security.COOKIE,
            "description": "And the port.",
        },
    }
    made["security"] = [{}, {"token": []}, {"cookie": []}]
    for calls in made["paths"].values():
        for call in calls.values():
            for parameter in call.get("parameters", ()):
                parameter["schema"] = _without_null(parameter["schema"])
    return made


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a parameter without null: it may be omitted, but a URL cannot hold null."""
    *others, last = schema.get("anyOf", [schema])
    if last != {"type": "null"} or len(others) != 1:
        return schema
    return {**others[0], **{name: value for name, value in schema.items() if name != "anyOf"}}
