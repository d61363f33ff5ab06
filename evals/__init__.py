"""Evals: run written cases through the real graph on a real model, and report the results."""
