"""The HTTP API: typed calls over the same functions that the command line uses.

``create_app()`` is the app of `heartbeat serve`; ``install(app)`` adds the same calls to an app of your own.
"""

from heartbeat_service.http.app import create_app, install

__all__ = ["create_app", "install"]
