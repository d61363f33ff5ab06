"""Deliveries under fire: processes that deliver are killed and frozen while the forum outside misbehaves."""
