"""Checkov's policies over what the chart makes of every example; each one that is not kept is explained here.

python -m tests.charts.policies CHECKOV
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.charts.conftest import CHART, EXAMPLES, KUBERNETES, TOOLS

EXPLAINED = {
    ("CKV_K8S_8", "Deployment", "t-troupe-rollout"): "It listens to nobody and ends by itself when it fails.",
    ("CKV_K8S_9", "Deployment", "t-troupe-rollout"): "Nobody sends it requests that readiness could hold back.",
    ("CKV_K8S_8", "Pod", "t-troupe-test-video"): "It makes one video and ends, after 15 minutes at the latest.",
    ("CKV_K8S_9", "Pod", "t-troupe-test-video"): "It serves nobody.",
    **{
        ("CKV_K8S_35", "Deployment", f"t-troupe{part}"): "Settings are read from variables, as are AWS's and MLflow's; "
        "a pod has one program, and its variables are as readable as files of its user would be."
        for part in ("", "-worker", "-rollout", "-mlflow")
    },
}
"""By check, kind and name: why it is not kept."""


def failed(checkov: str) -> dict[tuple[str, str, str], str]:
    """What checkov says against the examples, with the check's title.

    Raises:
        ValueError: it looked at less than is there.
    """
    with tempfile.TemporaryDirectory() as folder:
        objects = 0
        for example in EXAMPLES:
            asked = ["template", "t", CHART, "--namespace", "dances", "--kube-version", KUBERNETES, "--values", example]
            command = [str(TOOLS / "bin" / "helm"), *map(str, asked)]
            made = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            objects += made.count("\nkind: ")
            (Path(folder) / f"{example.stem}.yaml").write_text(made)
        options = ["--framework", "kubernetes", "--directory", folder, "--skip-download", "--quiet", "--output", "json"]
        said = subprocess.run([checkov, *options], stdout=subprocess.PIPE, text=True)
    report: dict[str, Any] = json.loads(said.stdout)
    summary = report["summary"]
    print(f"{summary['passed']} passed, {summary['failed']} failed, {objects} objects")
    if summary["parsing_errors"] or summary["resource_count"] < objects:
        raise ValueError(f"checkov did not read all: {summary}")
    return {
        (f["check_id"], *_kind_and_name(f["resource"])): f["check_name"] for f in report["results"]["failed_checks"]
    }


def _kind_and_name(resource: str) -> tuple[str, str]:
    kind, _, name = resource.split(".", 2)
    return kind, name


def main() -> None:
    """See the module."""
    found = failed(sys.argv[1])
    for what, title in sorted(found.items()):
        print(*what, EXPLAINED.get(what, f"NOT EXPLAINED: {title}"), sep="  ")
    idle = EXPLAINED.keys() - found.keys()
    for what in sorted(idle):
        print(*what, "is explained and does not fail: take it out", sep="  ")
    sys.exit(bool(found.keys() - EXPLAINED.keys() or idle))


if __name__ == "__main__":
    main()
