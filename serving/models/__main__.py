"""A KServe server of model folders, or of a transformer.

python -m serving.models FOLDER... [--host 127.0.0.1] [--http-port 8080] [--grpc-port 8081] [--threads 0]
python -m serving.models FOLDER --before grpc://HOST:PORT/NAME [--host ...]

A port of 0 is any that is free; it is printed. A pod listens on --host 0.0.0.0. KServe's operator adds --model_name,
--predictor_host and --http_port to the arguments of a transformer; its predictor is --before, and its port --http-port.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from components.core import TroupeError
from serving.models.run import serve_before, serve_folders


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description="Serve model folders over the Open Inference Protocol.")
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--before", default="", help="serve the folder's transformer before this predictor")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--http-port", type=int, default=8080)
    parser.add_argument("--grpc-port", type=int, default=8081)
    parser.add_argument("--threads", type=int, default=0, help="of one call; 0: as many as cores")
    parser.add_argument("--grace", type=int, default=30, help="seconds that open calls get at the end")
    for told in ("--model_name", "--predictor_host", "--http_port", "--workers"):
        parser.add_argument(told, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.before and len(given.folders) != 1:
        parser.error("--before takes one folder")
    listening = {"host": given.host, "http_port": given.http_port, "grpc_port": given.grpc_port}
    try:
        if given.before:
            serve_before(given.before, given.folders[0], listening, grace=given.grace)
        else:
            serve_folders(given.folders, listening, threads=given.threads, grace=given.grace)
    except TroupeError as error:
        sys.exit(f"troupe: {error.message} [{error.code}]")


if __name__ == "__main__":
    main()
