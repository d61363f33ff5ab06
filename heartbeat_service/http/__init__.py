"""The HTTP API: typed calls of the functions that the command line uses too.

``create_app()`` returns the app of `heartbeat serve`; ``install(app)`` adds the same calls to another app.
"""

from heartbeat_service.http.app import create_app, install

__all__ = ["create_app", "install"]
