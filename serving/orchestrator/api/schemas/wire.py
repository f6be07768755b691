"""What every part of the interface says alike: identifiers, pages of lists, faults."""

from __future__ import annotations

from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from serving.orchestrator.database.identity import LENGTH

T = TypeVar("T")

ID = "01m7z8sexps3123h0sfkdhf98r"
OTHER = "01m7z8setwx96tfrwrbj0csp5a"
TIME = 1795271998.365
Id = Annotated[str, Field(pattern=f"^[0-9a-z]{{{LENGTH}}}$", examples=[ID])]
RunState = Literal["queued", "running", "succeeded", "failed", "cancelled"]
RunKind = Literal["dance", "photo", "reference"]


def example(**values: Any) -> ConfigDict:
    """The example that the documentation shows of a model."""
    return ConfigDict(json_schema_extra={"example": values})


class Page(BaseModel, Generic[T]):
    """A part of a list, newest first."""

    items: list[T]
    next: str | None = Field(description="What `before` of the next page is; null at the end.")


class Fault(BaseModel):
    """What went wrong, or a warning: a code of docs/errors.md, a sentence, the values it speaks of."""

    model_config = example(code="no_person_found", message="No person was found in the photo.", values={})

    code: str
    message: str
    values: dict[str, Any] = {}
