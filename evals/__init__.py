"""Evals: written cases, played through the real graph on a real model, and what came of them in figures."""
