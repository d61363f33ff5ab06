"""Runs Heartbeat: the runner and the command line."""
