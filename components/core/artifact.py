"""Nouns on disk: a folder with `meta.json` and one .npy per array, opened memory-mapped.

Every frozen dataclass of `components.core` can be stored. What a noun's annotations say decides how a value is read
back, so a stored noun is checked on the way in as a new one is. Files that a Uri names and that lie in the noun's own
folder are stored relative to it: a folder may be renamed or copied.
"""

from __future__ import annotations

import dataclasses
import json
import os
import re
import types
import typing
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from components.core.arrays import save_array
from components.core.clip import Uri
from components.core.errors import TroupeError

T = TypeVar("T")
VERSION = 1


def schema_of(cls: type) -> str:
    """The schema name of a noun, as `troupe.pose_track/1`."""
    return f"troupe.{re.sub(r'(?<!^)(?=[A-Z])', '_', cls.__name__).lower()}/{VERSION}"


def save(noun: Any, folder: Path) -> None:
    """Write a noun into a folder (made if absent). Not atomic: write beside, then rename the folder.

    Args:
        noun: a frozen dataclass of core.
        folder: where; files already there that Uris of the noun name stay.

    Raises:
        OSError: the disk is full or the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    meta = {"schema": schema_of(type(noun)), **_encode_fields(noun, folder, "")}
    temporary = folder / "meta.json.part"
    temporary.write_text(json.dumps(meta, indent=1, ensure_ascii=False))
    temporary.replace(folder / "meta.json")


def load(cls: type[T], folder: Path) -> T:
    """Read a noun back; arrays are memory-mapped read-only.

    Raises:
        TroupeError: artifact_broken: the folder holds no noun of this kind, or a damaged one.
    """
    try:
        meta = json.loads((folder / "meta.json").read_text())
        found = meta.get("schema")
        if found != schema_of(cls):
            raise ValueError(f"schema {found!r}, expected {schema_of(cls)!r}")
        return typing.cast(T, _decode_dataclass(cls, meta, folder))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise TroupeError(
            "artifact_broken",
            f"The stored {cls.__name__} in {folder} cannot be used ({error}); delete the folder and run again.",
            folder=str(folder),
        ) from error


def _encode_fields(noun: Any, folder: Path, prefix: str) -> dict[str, Any]:
    return {f.name: encode(getattr(noun, f.name), folder, f"{prefix}{f.name}") for f in dataclasses.fields(noun)}


def encode(value: Any, folder: Path, name: str) -> Any:
    """A value as JSON; arrays in it are written to `folder` as `name`.npy, or `name` with the path to them.

    Args:
        value: a noun or anything that a noun may hold.
        folder: where arrays go, and what Uris are relative to.
        name: of the value.
    """
    if isinstance(value, np.ndarray):
        target = folder / f"{name}.npy"
        source = getattr(value, "filename", None)
        if source is None or not (target.exists() and Path(source).samefile(target)):
            save_array(target, value)
        return {"npy": target.name}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {"type": type(value).__name__, **_encode_fields(value, folder, f"{name}.")}
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    if isinstance(value, tuple | list):
        return [encode(v, folder, f"{name}.{i}") for i, v in enumerate(value)]
    if isinstance(value, Mapping):
        return {str(k): encode(v, folder, f"{name}.{k}") for k, v in value.items()}
    if isinstance(value, str) and _inside(value, folder):
        return {"uri": os.path.relpath(value, folder)}
    if isinstance(value, np.generic):
        return value.item()
    return value


def _inside(value: str, folder: Path) -> bool:
    return value.startswith("/") and Path(value).is_relative_to(folder.absolute()) and Path(value).exists()


def _decode_dataclass(cls: type, meta: Mapping[str, Any], folder: Path) -> Any:
    hints = typing.get_type_hints(cls)
    return cls(**{f.name: _decode(meta[f.name], hints[f.name], folder) for f in dataclasses.fields(cls)})


def _decode(value: Any, hint: Any, folder: Path) -> Any:
    if isinstance(value, dict) and set(value) == {"npy"}:
        return np.load(folder / value["npy"], mmap_mode="r", allow_pickle=False)
    if isinstance(value, dict) and set(value) == {"uri"}:
        return Uri(str((folder / value["uri"]).absolute()))
    if value is None:
        return None
    origin = typing.get_origin(hint)
    if origin in (types.UnionType, typing.Union):
        options = [o for o in typing.get_args(hint) if o is not type(None)]
        if isinstance(value, dict) and "type" in value:
            options = [o for o in options if getattr(o, "__name__", "") == value["type"]]
            if not options:
                raise ValueError(f"unknown kind {value['type']!r}")
        return _decode(value, options[0], folder)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _decode_dataclass(hint, value, folder)
    if hint is Fraction:
        return Fraction(value)
    if origin is tuple:
        args = typing.get_args(hint)
        inner = [args[0]] * len(value) if len(args) == 2 and args[1] is Ellipsis else list(args)
        return tuple(_decode(v, h, folder) for v, h in zip(value, inner, strict=True))
    if isinstance(value, dict):
        return {k: _decode(v, Any, folder) for k, v in value.items()}
    if isinstance(value, list):
        return [_decode(v, Any, folder) for v in value]
    if hint is float:
        return float(value)
    return value
