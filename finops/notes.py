"""Notes: what people recorded as having happened, such as a deploy. They stand beside a change of cost and prove nothing of it."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, field_validator, model_validator

from finops.query import Dimension, Frozen

NoteKind = Literal["deploy", "launch", "migration", "price", "incident", "note"]
KINDS: tuple[NoteKind, ...] = get_args(NoteKind)
MOST_WORDS = 300


class Note(Frozen):
    """One thing that happened, as a person wrote it down. `scope` says what it concerns; empty is everything."""

    id: str = Field(pattern=r"^n-[0-9a-f]{8}$")
    day: date = Field(description="first day it bore on")
    until: date | None = Field(default=None, description="last day of it, where it took several")
    kind: NoteKind = "note"
    text: str = Field(min_length=1, max_length=MOST_WORDS)
    scope: dict[Dimension, Annotated[str, Field(min_length=1, max_length=200)]] = Field(
        default_factory=dict, max_length=5
    )
    person: str = Field(description="who recorded it")
    recorded: datetime

    @field_validator("text")
    @classmethod
    def _one_line(cls, text: str) -> str:
        flat = " ".join(text.split())
        if not flat or re.search(r"[\x00-\x1f\x7f]", flat):
            raise ValueError("a note is words on one line")
        return flat

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until is not None and self.until < self.day:
            raise ValueError(f"the note ends on {self.until}, before it begins on {self.day}")
        return self

    @property
    def last_day(self) -> date:
        """The last day it bore on."""
        return self.until or self.day

    @property
    def said(self) -> tuple[object, ...]:
        """What it says, without its id, who recorded it and when."""
        return (self.day, self.until, self.kind, self.text, tuple(sorted(self.scope.items())))


def days_told(first: date, last: date) -> str:
    """Return the days of a note as they are told."""
    return first.isoformat() if first == last else f"{first} to {last}"


def concerns(scope: Mapping[str, str]) -> str:
    """Return what a note is about as `ServiceName=AWS Lambda, tag:team=search`."""
    return ", ".join(f"{name}={value}" for name, value in scope.items()) or "everything"
