"""Connections: configured ways to the outside, one module a kind."""

from heartbeat.connections.connection import Connection
from heartbeat.connections.load import Connections

__all__ = ["Connection", "Connections"]
