"""The machine-readable mark in a finished video: C2PA content credentials, signed last.

Source: https://spec.c2pa.org/specifications/specifications/2.1/specs/C2PA_Specification.html and, for the kind of
source, https://cv.iptc.org/newscodes/digitalsourcetype/.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.core.errors import TroupeError
from serving.orchestrator.provenance.certificate import Signing

GENERATED = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
"""A real photo, moved by trained models."""
LINEAGE = "org.troupe.lineage"
MEDIA_TYPE = "video/mp4"


@dataclass(frozen=True)
class Verdict:
    """What a video's mark says.

    Attributes:
        marked: there is a mark.
        valid: nothing was changed since it was signed.
        generated: it says that the video was generated.
        signer: organisation that signed, empty where unknown.
        problems: codes of what is wrong with it (https://opensource.contentauthenticity.org, validation statuses).
        lineage: what it says about its making.
    """

    marked: bool
    valid: bool
    generated: bool
    signer: str
    problems: tuple[str, ...]
    lineage: Mapping[str, Any]


def sign(video: Path, target: Path, signing: Signing, *, title: str, version: str, lineage: Mapping[str, Any]) -> None:
    """Write a copy of a video with the mark; nothing may be changed afterwards.

    Args:
        video: MP4.
        target: where the signed copy goes.
        signing: certificate and key.
        title: of the video.
        version: of Troupe.
        lineage: short JSON values about its making that travel inside it.

    Raises:
        TroupeError: invalid_setting: the certificate cannot sign; disk_full by way of OSError.
    """
    import c2pa

    manifest = {
        "claim_generator_info": [{"name": "Troupe", "version": version}],
        "title": title or "Dance",
        "format": MEDIA_TYPE,
        "assertions": [
            {
                "label": "c2pa.actions",
                "data": {
                    "actions": [
                        {
                            "action": "c2pa.created",
                            "softwareAgent": {"name": "Troupe", "version": version},
                            "digitalSourceType": GENERATED,
                        }
                    ]
                },
            },
            {"label": LINEAGE, "data": dict(lineage)},
        ],
    }
    try:
        info = c2pa.C2paSignerInfo(c2pa.C2paSigningAlg.ES256, signing.chain.encode(), signing.key.encode(), None)
        with (
            c2pa.Signer.from_info(info) as signer,
            c2pa.Builder(json.dumps(manifest)) as builder,
            video.open("rb") as source,
            target.open("w+b") as signed,
        ):
            builder.sign(signer, MEDIA_TYPE, source, signed)
    except c2pa.C2paError as error:
        target.unlink(missing_ok=True)
        raise TroupeError(
            "invalid_setting",
            f"The video cannot be signed with this certificate ({error}); C2PA asks for one with "
            "digitalSignature and e-mail protection.",
        ) from error


def verify(video: Path) -> Verdict:
    """Read a video's mark and check it against the video's bytes.

    A certificate that nobody else vouches for is no fault: whom to trust is the reader's choice.

    Raises:
        TroupeError: unreadable_media.
    """
    import c2pa

    try:
        with video.open("rb") as source, c2pa.Reader(MEDIA_TYPE, source) as reader:
            told = json.loads(reader.json())
    except c2pa.C2paError as error:
        if "ManifestNotFound" in f"{type(error).__name__}{error}":
            return Verdict(False, False, False, "", (), {})
        raise TroupeError("unreadable_media", f"The video's mark cannot be read ({error}).") from error
    active = told["manifests"][told["active_manifest"]]
    problems = tuple(
        sorted({s["code"] for s in told.get("validation_status", ()) if s["code"] != "signingCredential.untrusted"})
    )
    kinds = [
        action.get("digitalSourceType")
        for assertion in active.get("assertions", ())
        if assertion["label"].startswith("c2pa.actions")
        for action in assertion["data"]["actions"]
    ]
    lineage: dict[str, Any] = next((a["data"] for a in active.get("assertions", ()) if a["label"] == LINEAGE), {})
    signer = (active.get("signature_info") or {}).get("issuer") or ""
    return Verdict(True, not problems, GENERATED in kinds, signer, problems, lineage)
