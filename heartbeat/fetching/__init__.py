"""Fetch what is new from a connection: the port of all kinds, and safe requests over HTTP."""

from heartbeat.fetching.port import Fetch, FetchedItem, FetchError, FetchResult

__all__ = ["Fetch", "FetchError", "FetchResult", "FetchedItem"]
