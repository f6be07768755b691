"""Value noise without tables: the same on every machine."""

from __future__ import annotations

import math

from components.core.kernel import kernel


@kernel(fastmath=True)
def scatter(i: int, j: int, k: int) -> float:
    """A number in 0..1 for a cell of a lattice."""
    n = (i * 73856093) ^ (j * 19349663) ^ (k * 83492791)
    n = (n ^ (n >> 13)) & 0x7FFFFFFF
    n = (n * (n * n * 15731 + 789221) + 1376312589) & 0x7FFFFFFF
    return n / 2147483647.0


@kernel(fastmath=True)
def noise(x: float, y: float, z: float) -> float:
    """Smooth noise in -1..1 whose features are about one unit wide."""
    fx = math.floor(x)
    fy = math.floor(y)
    fz = math.floor(z)
    i = int(fx)
    j = int(fy)
    k = int(fz)
    u = x - fx
    v = y - fy
    w = z - fz
    u = u * u * (3.0 - 2.0 * u)
    v = v * v * (3.0 - 2.0 * v)
    w = w * w * (3.0 - 2.0 * w)
    a = scatter(i, j, k) + u * (scatter(i + 1, j, k) - scatter(i, j, k))
    b = scatter(i, j + 1, k) + u * (scatter(i + 1, j + 1, k) - scatter(i, j + 1, k))
    c = scatter(i, j, k + 1) + u * (scatter(i + 1, j, k + 1) - scatter(i, j, k + 1))
    d = scatter(i, j + 1, k + 1) + u * (scatter(i + 1, j + 1, k + 1) - scatter(i, j + 1, k + 1))
    e = a + v * (b - a)
    f = c + v * (d - c)
    return 2.0 * (e + w * (f - e)) - 1.0


@kernel(fastmath=True)
def step(low: float, high: float, x: float) -> float:
    """0 below low, 1 above high, smooth between; falls where high < low."""
    t = min(max((x - low) / (high - low), 0.0), 1.0)
    return t * t * (3.0 - 2.0 * t)
