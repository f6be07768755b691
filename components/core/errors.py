"""Refusals and warnings: one stable code each, listed here and explained in docs/errors.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ERRORS: Mapping[str, str] = {
    "file_not_found": "The named file does not exist.",
    "unreadable_media": "The file is not a picture or video that can be read.",
    "unsupported_media": "The file is of a kind that is not accepted here.",
    "no_picture_track": "The file has sound but no pictures.",
    "picture_too_large": "The picture has more pixels than the limit.",
    "picture_too_small": "The picture has too few pixels to cut a person out.",
    "clip_too_short": "The clip has too few frames to dance to.",
    "clip_too_long": "The clip is longer than the limit.",
    "clip_too_large": "The frames of the clip have more pixels than the limit.",
    "file_too_large": "The file has more bytes than the limit.",
    "unreadable_motion": "The BVH file cannot be read.",
    "no_person_found": "No person was found in the photo.",
    "person_too_small": "The person in the photo is too small to cut out.",
    "only_a_face": "The photo shows a face but no body that could dance.",
    "no_dancer_found": "Nobody dances in the reference.",
    "no_such_performer": "The photo has no person of that number.",
    "no_such_dancer": "The reference has no dancer of that number.",
    "unknown_background": "The background is neither a preset, a picture nor a colour.",
    "unknown_choreography": "There is no built-in choreography of that name.",
    "invalid_setting": "A setting has a value that is not allowed.",
    "output_exists": "The output file already exists.",
    "output_unwritable": "The output cannot be written there.",
    "disk_full": "The disk is full.",
    "url_refused": "The address is of a kind that is never fetched.",
    "url_unreachable": "The address could not be fetched.",
    "url_blocked": "The site refused to hand out the video.",
    "model_missing": "The weights of a model are not on this machine.",
    "model_broken": "The weights of a model are damaged or of another model.",
    "model_unknown": "The registry has no model of that name, alias or version.",
    "model_unreachable": "A server of models does not answer.",
    "wrong_tensor": "An input of a model has another name, type or shape than its contract says.",
    "registry_unreachable": "The registry of models does not answer.",
    "too_few_frames": "A person is seen too rarely in a clip to be learned from it.",
    "nothing_learned": "A training failed before there was anything worth keeping.",
    "gate_failed": "A model is not better than what it has to be better than.",
    "verification_failed": "A served model does not answer as it has to.",
    "extra_missing": "An optional part of Troupe is not installed.",
    "artifact_broken": "A stored intermediate result is damaged or of another version.",
    "worker_died": "A worker process ended before its work was done.",
    "cancelled": "The work was stopped on request.",
    "invalid_request": "A request to the server is not of the form that its documentation gives.",
    "not_found": "There is no such object, or it belongs to somebody else.",
    "not_authenticated": "The server needs to know who asks.",
    "not_permitted": "The one who asks may not do this.",
    "not_ready": "Something that this needs is not finished or not chosen yet.",
    "conflict": "The object is in a state in which this cannot be done.",
    "consent_missing": "Nobody has confirmed that the people shown agreed.",
    "range_unsatisfiable": "The requested bytes lie outside the file.",
    "too_many_requests": "The owner asks faster than the server permits.",
    "quota_exceeded": "The owner's stored files reach the limit.",
    "link_expired": "The link is no longer valid.",
    "storage_unreachable": "Files cannot be stored or read at the moment.",
    "runner_unreachable": "The cluster that works on runs does not answer.",
    "run_lost": "The process that worked on the run ended again and again.",
    "internal_error": "The server met something that it did not expect.",
}

WARNINGS: Mapping[str, str] = {
    "clip_damaged": "A part of the clip could not be read and was left out or frozen.",
    "photo_damaged": "A part of the photo could not be read and was left out.",
    "clip_cut": "The clip was cut to the requested or permitted length.",
    "no_sound": "The reference has no sound; the video is silent.",
    "no_beat": "No steady beat was found in the sound.",
    "dancer_absent": "The dancer is out of sight for a part of the reference.",
    "gap_frozen": "A gap in the dancer's motion was too long to bridge and is held still.",
    "body_rests": "The reference shows only head and shoulders: the body keeps the photo's pose, the face is driven.",
    "dancer_cropped": "A part of the dancer is outside the frame of the reference.",
    "fewer_dancers": "The reference has fewer dancers than there are performers; some dance the same moves.",
    "fewer_performers": "The reference has more dancers than there are performers; the most visible lead.",
    "hidden_hand": "A hand is hidden in the photo; it was completed.",
    "hidden_limb": "An arm or leg is hidden in the photo; it was completed.",
    "cropped_limb": "The photo cuts off a part of the person.",
    "crossed_arms": "The arms cross the body in the photo; hidden cloth was completed.",
    "back_view": "The person is seen from behind; the face cannot be animated.",
    "no_face_performer": "No face was found on the performer; expression is off.",
    "no_face_reference": "No face was found in the reference; the face stays as in the photo.",
    "no_voice": "No voice was found in the sound; the mouth stays as in the photo.",
    "registry_down": "The registry of models does not answer; the champion that this machine used last is used.",
    "training_diverged": "The training lost its way (its loss is no number any more); the last good state is kept.",
    "int8_refused": "The model with 8-bit numbers draws worse than permitted; the one with 32 bits is kept.",
    "low_resolution": "The photo has fewer pixels than the video; it will look soft.",
}


class TroupeError(Exception):
    """A refusal that a person can act on.

    Args:
        code: a key of ERRORS; stable, for programs.
        message: one sentence for people that says what to do.
        values: the offending values by name (JSON-serialisable).
    """

    def __init__(self, code: str, message: str, **values: Any) -> None:
        if code not in ERRORS:
            raise ValueError(f"unlisted error code: {code}")
        super().__init__(message)
        self.code = code
        self.message = message
        self.values = values

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild, (self.code, self.message, self.values))


def _rebuild(code: str, message: str, values: dict[str, Any]) -> TroupeError:
    return TroupeError(code, message, **values)


@dataclass(frozen=True)
class Notice:
    """A warning: the work went on, and the user should know why the result is weaker.

    Attributes:
        code: a key of WARNINGS.
        message: one sentence for people.
        values: the values it speaks of by name (JSON-serialisable).
    """

    code: str
    message: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.code not in WARNINGS:
            raise ValueError(f"unlisted warning code: {self.code}")
