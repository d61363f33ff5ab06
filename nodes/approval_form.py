"""The form of an approval that clients of LangGraph see: what an interrupt asks, and the answer in a resume.

An interrupt carries our own form and, in the same value, that of LangChain's human-in-the-loop middleware
(``HITLRequest``); a resume is understood in either (`Answer`, ``HITLResponse``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from heartbeat.approval import meanwhile, place_of
from heartbeat.draft import Draft, build_schema
from heartbeat.errors import InvalidValueError
from heartbeat.schedule import format_local
from heartbeat.store.approvals import Answer, Edit
from heartbeat.text import as_json, as_written, sentence, utc
from heartbeat.validation import REPLY_LIMIT, storable
from heartbeat.vocabulary import ActionKind
from nodes.offer import ActionContext

SCHEMA: dict[str, Any] = Answer.model_json_schema()
"""The schema of our form, from which Studio makes a form to fill in. LangGraph does not check a resume against a
schema given as JSON: a resume in LangChain's form, or a malformed one, comes to `answer_of`."""
FORMS = (
    '{"answer": "approve" or "reject", "edit": {...}, "reason": "..."} or '
    '{"decisions": [{"type": "approve", "edit" or "reject", ...}]}'
)
_ALLOWED: Mapping[str, str] = {
    "resume": f"an object: {FORMS}",
    "answer": "approve, reject",
    "edit": "an object of the fields to change",
    "fields": "an object of the action's own fields",
    "reason": "text of up to 500 characters, or null",
    "always": "true, false",
    "decisions": "a list of one decision",
    "type": "approve, edit, reject",
    "edited_action": '{"name": the kind of the action, "args": {the fields to change}}',
    "name": "the kind of the action",
    "args": "an object of the fields to change",
    "message": "text of up to 500 characters, or null",
}
_NAME, _ARGS = "decisions.0.edited_action.name", "decisions.0.edited_action.args"
_ITEM = ("post_id", "comment_id")
_EDITABLE: Mapping[str, tuple[str, ...]] = {
    ActionKind.POST: ("board", "title", "content"),
    ActionKind.COMMENT: (*_ITEM, "content"),
    ActionKind.VOTE: (*_ITEM, "vote_direction"),
    ActionKind.TELL: ("text", "about"),
    ActionKind.NOTE: ("file", "mode", "text", "about"),
}
"""The fields of each kind that a person can edit; one of a target's own kind has its item and its own fields."""
_OWN = (*_ITEM, "fields")


@dataclass(frozen=True)
class Request:
    """An action that waits for a person: until when, and whether its thread waits with it.

    ``timezone`` is that of the thread. ``choice`` is what the beat may do, None where that is not known any more.
    ``refused`` says why the last answer did not count.
    """

    beat_id: int
    draft: Draft
    expires_at: datetime | None
    in_place: bool
    timezone: str = "UTC"
    choice: ActionContext | None = None
    refused: str | None = None

    def value(self) -> dict[str, Any]:
        """Return the value of the interrupt, in both forms."""
        action = self.draft.model_dump(mode="json")
        goes_on = meanwhile(place_of(action), in_place=self.in_place)
        request = {
            "name": self.draft.kind,
            "args": args_of(self.draft),
            "description": f"{sentence(self.draft.describe())} {self._until} {goes_on}",
        }
        review: dict[str, Any] = {
            "action_name": self.draft.kind,
            "allowed_decisions": ["approve", "edit", "reject"],
        }
        if self.choice is not None:
            review["args_schema"] = _args_schema(self.draft, self.choice)
        value = {
            "beat_id": self.beat_id,
            "action": action,
            "expires_at": utc(self.expires_at) if self.expires_at else None,
            "meanwhile": goes_on,
            "action_requests": [request],
            "review_configs": [review],
        }
        return {**value, "refused": self.refused} if self.refused else value

    @property
    def _until(self) -> str:
        if self.expires_at is None:
            return "It waits for a person."
        until = format_local(self.expires_at, self.timezone)
        return f"It waits until {until}; if nobody has answered by then, it is not done."


def args_of(draft: Draft) -> dict[str, Any]:
    """Return the fields of a draft that a person can edit as they were written, own ones of its kind too."""
    names = set(_EDITABLE.get(draft.kind, _ITEM))
    known = draft.model_dump(mode="json", include=names, exclude_none=True)
    shown = {**known, **(draft.fields or {})}
    return {name: as_written(value) if isinstance(value, str) else value for name, value in shown.items()}


def _args_schema(draft: Draft, choice: ActionContext) -> dict[str, Any]:
    """Return the JSON schema of the fields that a person can edit: that which the model was held to."""
    known = build_schema(choice.of_rules, choice.capabilities)["properties"]
    action = choice.capabilities.action(draft.kind)
    own = {name: action.named(name) for name in action.fields.model_fields} if action else {}
    properties = {name: known.get(own.get(name, name), {}) for name in args_of(draft)}
    return {"type": "object", "properties": properties, "additionalProperties": False}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Approve(_Strict):
    type: Literal["approve"]

    def answer(self, _: Draft) -> Answer:
        return Answer(answer="approve")


class _EditedAction(_Strict):
    name: str
    args: dict[str, Any]


class _Edit(_Strict):
    type: Literal["edit"]
    edited_action: _EditedAction

    def answer(self, draft: Draft) -> Answer:
        """Return the answer with the fields that differ from those that were shown."""
        name, given, shown = self.edited_action.name, self.edited_action.args, args_of(draft)
        if name != draft.kind:
            message = f"{_NAME}: {as_json(name, 60)} is not the kind of this action; allowed: {draft.kind}"
            raise InvalidValueError(_NAME, message)
        changed = {key: value for key, value in given.items() if shown.get(key) != value}
        if not changed:
            return Answer(answer="approve")
        return Answer(answer="approve", edit=_edit(_with_own_fields(changed, draft), draft, _ARGS))


class _Reject(_Strict):
    type: Literal["reject"]
    message: str | None = Field(None, max_length=500)

    def answer(self, _: Draft) -> Answer:
        return (
            Answer(answer="reject") if self.message is None else Answer(answer="reject", reason=self.message)
        )


class _Decisions(_Strict):
    """LangChain's ``HITLResponse`` to one action."""

    decisions: tuple[Annotated[_Approve | _Edit | _Reject, Field(discriminator="type")], ...] = Field(
        min_length=1, max_length=1
    )


def answer_of(resume: object, draft: Draft) -> Answer:
    """Return the answer that a resume gives about a draft, in our form or in LangChain's.

    Raises:
        InvalidValueError: it is neither; the message names the field, its value and what is allowed.
    """
    given = _plain(resume)
    try:
        if "decisions" in given:
            [decided] = _Decisions.model_validate(given).decisions
            return decided.answer(draft)
        answer = Answer.model_validate(given)
    except ValidationError as error:
        raise _explain(error) from None
    if answer.edit is not None:
        _edit(answer.edit.model_dump(exclude_unset=True), draft, "edit")
    return answer


def _edit(changed: Mapping[str, Any], draft: Draft, place: str) -> Edit:
    """Return an edit of fields that the kind of action has; ``place`` is where they stand in the resume.

    Raises:
        InvalidValueError: it has no such field, or a value is no text.
    """
    names = _EDITABLE.get(draft.kind, _OWN)
    for name in changed:
        if name not in names:
            allowed = ", ".join(names)
            message = f"{place}.{name:.60}: a {draft.kind} has no such field; allowed: {allowed}"
            raise InvalidValueError(place, message)
    try:
        return Edit.model_validate(changed)
    except ValidationError as error:
        raise _explain(error, place) from None


def _with_own_fields(args: Mapping[str, Any], draft: Draft) -> dict[str, Any]:
    """Return the arguments of an action as an edit has them: fields of a target's own kind stand apart."""
    if draft.kind in _EDITABLE:
        return dict(args)
    item = set(_ITEM) - set(draft.fields or {})
    own = {name: value for name, value in args.items() if name not in item}
    return {
        **{name: value for name, value in args.items() if name in item},
        **({"fields": own} if own else {}),
    }


def _plain(resume: object) -> dict[str, Any]:
    """Return a resume as plain JSON of a bounded size."""
    if isinstance(resume, Answer):
        return resume.model_dump(exclude_unset=True)
    try:
        size = len(json.dumps(resume))
        value = storable(resume) if size <= REPLY_LIMIT else None
    except RecursionError:
        raise _refused("nested too deeply") from None
    except (TypeError, ValueError):
        raise _refused("not JSON") from None
    if size > REPLY_LIMIT:
        raise _refused(f"{size} characters are more than {REPLY_LIMIT}")
    if not isinstance(value, dict):
        raise _refused(f"{as_json(value, 60)} is not allowed")
    return value


def _refused(problem: str) -> InvalidValueError:
    return InvalidValueError("resume", f"resume: {problem}; allowed: {_ALLOWED['resume']}")


def _explain(error: ValidationError, place: str = "") -> InvalidValueError:
    """Convert an error of pydantic into one that names the field below ``place``, its value and what is allowed."""
    first = error.errors(include_url=False)[0]
    if first["type"] == "value_error":  # of a check of our own, whose message is whole
        message = first["msg"].removeprefix("Value error, ")
        return InvalidValueError(message.partition(":")[0], message)
    names = [*([place] if place else []), *(str(part)[:80] for part in first["loc"])]
    # Of a decision, pydantic names the member of the union too: decisions.0.edit.edited_action.
    if len(names) > 2 and names[0] == "decisions":
        del names[2]
    value = first["input"]
    if first["type"].startswith("union_tag"):
        names.append("type")
        value = value.get("type")
    field = ".".join(names)
    if first["type"] == "extra_forbidden":
        return InvalidValueError(field, f"{field}: unknown field; allowed: {FORMS}")
    is_missing = first["type"] in {"missing", "union_tag_not_found"}
    problem = "missing" if is_missing else f"{as_json(value, 60)} is not allowed"
    allowed = _ALLOWED["decisions"] if names[-1].isdigit() else _ALLOWED.get(names[-1], "text")
    return InvalidValueError(field, f"{field}: {problem}; allowed: {allowed}")
