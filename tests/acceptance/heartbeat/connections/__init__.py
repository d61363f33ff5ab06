"""Connections with much to look at, and hostile files, folders and servers."""
