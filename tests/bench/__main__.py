"""`make bench`: all tables of the main job, in one run on one machine."""

from __future__ import annotations

import sys

from tests.bench import bench_reenactment, bench_speed


def main() -> int:
    """Print every table; the exit status is 1 where one could not be made."""
    bench_speed.main()
    print("\n## Reenactment\n")
    return bench_reenactment.main()


if __name__ == "__main__":
    sys.exit(main())
