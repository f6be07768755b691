"""A KServe server of model folders.

python -m serving.models FOLDER... [--http-port 8080] [--threads 0]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from components.core import TroupeError


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description="Serve model folders over the Open Inference Protocol.")
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--http-port", type=int, default=8080)
    parser.add_argument("--threads", type=int, default=0)
    given = parser.parse_args()

    import kserve

    from serving.models.predictor import Predictor

    try:
        predictors = [Predictor(folder, threads=given.threads) for folder in given.folders]
        for predictor in predictors:
            predictor.load()
    except TroupeError as error:
        sys.exit(f"troupe: {error.message} [{error.code}]")
    kserve.ModelServer(http_port=given.http_port, enable_grpc=False, workers=1).start(predictors)


if __name__ == "__main__":
    main()
