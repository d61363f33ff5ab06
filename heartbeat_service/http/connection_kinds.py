"""The call about kinds of connections: what each asks for, from which forms are made."""

from __future__ import annotations

from typing import Any, Self

from fastapi import APIRouter
from pydantic import BaseModel, Field

from heartbeat.connections.guides import Guide
from heartbeat.connections.kinds import Key, Kind, all_kinds
from heartbeat.vocabulary import KeyType
from heartbeat_service.http.connections import Kind as KindName
from heartbeat_service.http.route import Route

# An address of its own, since /api/connections/kinds may be a connection.
router = APIRouter(prefix="/api/connection-kinds", tags=["connections"], route_class=Route)


class KeyView(BaseModel):
    """One key of a kind."""

    key: str
    type: KeyType
    allowed: str = Field(description="What it may be.")
    required: bool
    secret: bool = Field(description="Whether it is kept apart and never returned.")
    fixed: bool = Field(description="Whether it never changes.")
    only_in_file: bool = Field(description="Whether only connections.toml may give it.")
    choices: list[str] = Field(description="The allowed values, if it is a choice.")
    default: Any = Field(description="What holds where it is not given.")

    @classmethod
    def of(cls, key: Key) -> Self:
        """Return the view of a key."""
        return cls(
            key=key.key,
            type=key.type,
            allowed=key.allowed,
            required=key.required,
            secret=key.secret,
            fixed=key.fixed,
            only_in_file=key.only_in_file,
            choices=list(key.choices),
            default=key.default,
        )


class GuideView(BaseModel):
    """Where an owner of one service finds what is asked for."""

    service: str
    said: str = Field(description="One sentence or two.")
    url: str = Field(description="The page of the service.")
    values: dict[str, str] = Field(description="Keys that are the same for everybody there.")

    @classmethod
    def of(cls, guide: Guide) -> Self:
        """Return the view of a guide."""
        return cls(service=guide.service, said=guide.said, url=guide.url, values=dict(guide.values))


class KindView(BaseModel):
    """One kind of connection."""

    kind: KindName
    private: bool = Field(description="Whether only threads whose `sources` name it look at it.")
    looked_at: bool = Field(description="Whether it brings items; the others only take what is sent there.")
    missing: str | None = Field(description="What has to be installed first, in one sentence.")
    keys: list[KeyView] = Field(description="Those that it demands first.")
    one_of: list[str] = Field(description="Exactly one of these keys is given.")
    guides: list[GuideView]

    @classmethod
    def of(cls, kind: Kind) -> Self:
        """Return the view of a kind."""
        return cls(
            kind=kind.kind,
            private=kind.private,
            looked_at=kind.looked_at,
            missing=kind.missing,
            keys=[KeyView.of(each) for each in kind.keys],
            one_of=list(kind.one_of),
            guides=[GuideView.of(each) for each in kind.guides],
        )


@router.get("")
def list_kinds() -> list[KindView]:
    """List the kinds of connections that can be added, with what each asks for."""
    return [KindView.of(each) for each in all_kinds()]
