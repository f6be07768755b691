"""Work that a runner is asked to do, the same for every runner, and a program that does it in a pod of the tests."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from components.core import TroupeError


class Silent:
    """Tells nobody."""

    def say(self, kind: str, **data: Any) -> None:
        pass


def do(arguments: Mapping[str, Any], tell: Any) -> dict[str, Any]:
    """Do as `how` says, and leave in `folder` what was seen.

    Args:
        arguments: how (quick, refuse, wait or die), folder.
        tell: how work speaks.
    """
    folder = Path(arguments["folder"])
    (folder / "began").write_text(json.dumps({"pid": os.getpid(), "told": os.environ.get("TROUPE_TOLD", "")}))
    tell.say("log", message="began")
    if arguments["how"] == "refuse":
        raise TroupeError("no_person_found", "Nobody is there.")
    if arguments["how"] == "die":
        os._exit(9)
    if arguments["how"] == "wait":
        time.sleep(60)
    (folder / "done").touch()
    return {"folder": folder.name}


if __name__ == "__main__":
    try:
        do({"how": sys.argv[1], "folder": sys.argv[2]}, Silent())
    except TroupeError as error:
        sys.exit(f"{error.message} [{error.code}]")
