"""The call that Prometheus scrapes."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response

from heartbeat_service.http.problems import documented
from heartbeat_service.http.route import FiguresRoute
from heartbeat_service.http.state import Serving

router = APIRouter(tags=["health"], route_class=FiguresRoute)
_EXAMPLE = 'heartbeat_beats_total{outcome="acted",reason="",trigger="scheduled"} 12.0\n'
_FORMATS: dict[str, Any] = {
    "content": {
        "text/plain": {"schema": {"type": "string"}, "example": _EXAMPLE},
        "application/openmetrics-text": {"schema": {"type": "string"}},
    }
}


@router.get("/metrics", responses={200: _FORMATS, **documented()}, response_class=PlainTextResponse)
def metrics(request: Request, service: Serving) -> Response:
    """Show the metrics of this process in Prometheus' text format, or as OpenMetrics if Accept asks for it."""
    figures, media_type = service.metrics.expose(request.headers.get("accept", ""))
    return Response(figures, headers={"Content-Type": media_type})
