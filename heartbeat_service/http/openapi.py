"""Print the OpenAPI document without a running service: ``python -m heartbeat_service.http.openapi``."""

from __future__ import annotations

import json
import sys

from heartbeat_service.http.app import bare_app
from heartbeat_service.http.description import document

if __name__ == "__main__":
    json.dump(document(bare_app()), sys.stdout, indent=1)
