"""The training under a launcher that starts its processes itself: torchrun, or a Kubeflow Trainer's TrainJob.

    torchrun --nnodes 2 --nproc-per-node 1 -m training.deepdance.cluster DATA FOLDER --method gan --steps 20000
    python -m training.deepdance.cluster DATA FOLDER --train-job --image IMAGE --nodes 2 --gpus 1 ...

DATA is a folder of pairs, FOLDER gets the checkpoint; on a cluster both lie on a volume that all processes see.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from components.core import Progress
from training.deepdance.settings import TrainSettings


def train_job(data: str, folder: str, options: Sequence[str], image: str, nodes: int, gpus: int, claim: str) -> Any:
    """A TrainJob of Kubeflow Trainer v2 (trainer.kubeflow.org/v1alpha1) that trains on several nodes.

    Args:
        data, folder: paths below the volume, which is mounted at /data.
        options: of the training, as on the command line.
        image: by digest.
        nodes: processes on machines of their own.
        gpus: of each; 0: CPUs.
        claim: PersistentVolumeClaim with the pairs.
    """
    resources = {"limits": {"nvidia.com/gpu": str(gpus)}} if gpus else {"requests": {"cpu": "4", "memory": "16Gi"}}
    command = ["torchrun", "-m", "training.deepdance.cluster", f"/data/{data}", f"/data/{folder}", *options]
    volume = {"name": "data", "persistentVolumeClaim": {"claimName": claim}}
    mount = {"name": "node", "volumeMounts": [{"name": "data", "mountPath": "/data"}]}
    return {
        "apiVersion": "trainer.kubeflow.org/v1alpha1",
        "kind": "TrainJob",
        "metadata": {"generateName": "troupe-train-deepdance-"},
        "spec": {
            "runtimeRef": {"name": "torch-distributed"},
            "trainer": {"image": image, "command": command, "numNodes": nodes, "resourcesPerNode": resources},
            "podTemplateOverrides": [
                {"targetJobs": [{"name": "node"}], "spec": {"volumes": [volume], "containers": [mount]}}
            ],
        },
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, or print the TrainJob that does."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("folder")
    parser.add_argument("--train-job", action="store_true", help="print a TrainJob instead of training")
    parser.add_argument("--image", default="registry.invalid/troupe@sha256:" + "0" * 64)
    parser.add_argument("--nodes", type=int, default=1)
    parser.add_argument("--gpus", type=int, default=1)
    parser.add_argument("--claim", default="troupe-data")
    for name, field in TrainSettings.model_fields.items():
        if name not in ("resume", "devices"):
            parser.add_argument("--" + name.replace("_", "-"), default=field.default)
    given = vars(parser.parse_args(arguments))
    chosen = {n: given[n] for n in TrainSettings.model_fields if n in given}
    settings = TrainSettings.model_validate(chosen)
    if given["train_job"]:
        changed = [(n, v) for n, v in chosen.items() if v != TrainSettings.model_fields[n].default]
        options = [text for n, v in changed for text in ("--" + n.replace("_", "-"), str(v))]
        job = train_job(
            given["data"], given["folder"], options, given["image"], given["nodes"], given["gpus"], given["claim"]
        )
        yaml.safe_dump(job, sys.stdout, sort_keys=False)
        return
    from training.deepdance.trainer import learn

    folder = Path(given["folder"])
    folder.mkdir(parents=True, exist_ok=True)

    def report(progress: Progress) -> None:
        if progress.done % 10 == 0:
            print(f"{progress.done / 10:.0f} % {progress.note}", flush=True)

    learn(Path(given["data"]), folder, settings, report)


if __name__ == "__main__":
    main()
