"""Pagination of lists: at most 200 items per page."""

from __future__ import annotations

from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field

from heartbeat.store.tables import LARGEST_ID

T = TypeVar("T")

Limit = Annotated[int, Query(ge=1, le=200, description="Maximum number of items.")]
Before = Annotated[int | None, Query(ge=1, le=LARGEST_ID, description="Only items with a smaller id.")]
Offset = Annotated[int, Query(ge=0, le=1_000_000, description="Number of items to skip.")]


class Page(BaseModel, Generic[T]):
    """One page of a list."""

    items: list[T]
    next: str | int | None = Field(
        description="Value of after, before or offset for the next page; null at the end."
    )
