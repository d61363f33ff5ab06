"""Judging one item by one question, measured on written pairs."""
