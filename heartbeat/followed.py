"""What a beat found of the plan that it followed, as far as its thread has to remember it."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field


class Followed(BaseModel):
    """The rule that a beat followed, and what its plan left for later beats; without ``rule`` it was silent.

    It stands in the state of the run and on the row of the beat.
    """

    model_config = ConfigDict(frozen=True)

    lines: dict[str, str] = Field(
        default_factory=dict, description="The hash of the line of each rule of the plan, by id."
    )
    rule: str | None = Field(None, description="The id of the rule.")
    items: dict[str, str] = Field(
        default_factory=dict, description="Digests of the items that it was followed for, by key."
    )
    upto: Mapping[str, int] = Field(
        default_factory=dict, description="Positions up to which it uses up what is new, by mark."
    )
    judged_with: str = Field("", description="The hash of the model and prompts that judged its items.")
    due: tuple[str, ...] = Field((), description="Ids of the rules that are due and were not followed.")
    looked: tuple[str, ...] = Field(
        (),
        description="Ids of the rules for which all that was there was looked at, and nothing is left to do.",
    )
    waiting: tuple[str, ...] = Field(
        (), description="Keys of items that wait for a verdict, or for a rule that was not followed."
    )
    left: int = Field(0, description="Rules and items that a beat which follows up can do something about.")
    tasks: tuple[str, ...] = Field((), description="Due tasks whose rule was not followed; they stay due.")
