"""Which of two labels each pixel takes: a minimum cut by augmenting paths in two trees."""

from __future__ import annotations

import numpy as np

from components.core import Bool, Float32, Int32
from components.core.kernel import kernel

FREE, SOURCE, SINK = 0, 1, 2
NO_ARC, ORPHAN, TERMINAL = -1, -2, -3


@kernel()
def _rooted(node: int, head: Int32, parent: Int32) -> bool:
    """Whether the way from a node towards the root of its tree ends at a terminal."""
    while True:
        arc = parent[node]
        if arc == TERMINAL:
            return True
        if arc < 0:
            return False
        node = head[arc]


@kernel()
def _augment(bridge: int, head: Int32, room: Float32, parent: Int32, excess: Float32, orphans: Int32) -> int:
    """Send what fits along the path over an arc from the source's tree to the sink's; returns the number of orphans."""
    least = room[bridge]
    node = head[bridge ^ 1]
    while parent[node] != TERMINAL:
        least = min(least, room[parent[node] ^ 1])
        node = head[parent[node]]
    least = min(least, excess[node])
    node = head[bridge]
    while parent[node] != TERMINAL:
        least = min(least, room[parent[node]])
        node = head[parent[node]]
    least = min(least, -excess[node])
    count = 0
    room[bridge] -= least
    room[bridge ^ 1] += least
    node = head[bridge ^ 1]
    while parent[node] != TERMINAL:
        arc = parent[node]
        room[arc] += least
        room[arc ^ 1] -= least
        above = head[arc]
        if room[arc ^ 1] <= 1e-7:
            parent[node] = ORPHAN
            orphans[count] = node
            count += 1
        node = above
    excess[node] -= least
    if excess[node] <= 1e-7:
        parent[node] = ORPHAN
        orphans[count] = node
        count += 1
    node = head[bridge]
    while parent[node] != TERMINAL:
        arc = parent[node]
        room[arc] -= least
        room[arc ^ 1] += least
        above = head[arc]
        if room[arc] <= 1e-7:
            parent[node] = ORPHAN
            orphans[count] = node
            count += 1
        node = above
    excess[node] += least
    if -excess[node] <= 1e-7:
        parent[node] = ORPHAN
        orphans[count] = node
        count += 1
    return count


@kernel()
def minimum_cut(first: Int32, arcs: Int32, head: Int32, room: Float32, excess: Float32) -> Bool:
    """Split a graph at least cost (Boykov and Kolmogorov, 2004).

    Args:
        first: (N + 1,) int32 where each node's arcs begin in `arcs`.
        arcs: (A,) int32 numbers of the arcs that leave the nodes; arc k ^ 1 is the reverse of arc k.
        head: (A,) int32 node that an arc leads to.
        room: (A,) float32 capacity of each arc; used up.
        excess: (N,) float32 capacity from the source, or negative: to the sink; used up.

    Returns:
        (N,) bool: the nodes on the side of the sink.
    """
    count = len(excess)
    tree = np.zeros(count, np.int8)
    parent = np.full(count, NO_ARC, np.int32)
    queue = np.empty(count + 1, np.int32)  # a ring of active nodes, each in it at most once
    waiting = np.zeros(count, np.bool_)
    begin, end = 0, 0
    for n in range(count):
        if excess[n] != 0.0:
            tree[n] = SOURCE if excess[n] > 0 else SINK
            parent[n] = TERMINAL
            queue[end] = n
            end += 1
            waiting[n] = True
    orphans = np.empty(4 * count + 16, np.int32)
    while begin != end:
        node = queue[begin]
        if tree[node] == FREE:
            waiting[node] = False
            begin = (begin + 1) % (count + 1)
            continue
        bridge = NO_ARC
        for k in range(first[node], first[node + 1]):
            arc = arcs[k]
            if (room[arc] if tree[node] == SOURCE else room[arc ^ 1]) <= 1e-7:
                continue
            other = head[arc]
            if tree[other] == FREE:
                tree[other] = tree[node]
                parent[other] = arc ^ 1
                if not waiting[other]:
                    queue[end] = other
                    end = (end + 1) % (count + 1)
                    waiting[other] = True
            elif tree[other] != tree[node]:
                bridge = arc if tree[node] == SOURCE else arc ^ 1
                break
        if bridge == NO_ARC:
            waiting[node] = False
            begin = (begin + 1) % (count + 1)
            continue
        lost = _augment(bridge, head, room, parent, excess, orphans)
        place = 0
        while place < lost:
            node = orphans[place % len(orphans)]
            place += 1
            found = NO_ARC
            for k in range(first[node], first[node + 1]):
                arc = arcs[k]
                other = head[arc]
                fits = room[arc ^ 1] if tree[node] == SOURCE else room[arc]
                if fits > 1e-7 and tree[other] == tree[node] and _rooted(other, head, parent):
                    found = arc
                    break
            if found != NO_ARC:
                parent[node] = found
                continue
            for k in range(first[node], first[node + 1]):
                arc = arcs[k]
                other = head[arc]
                if tree[other] != tree[node]:
                    continue
                fits = room[arc ^ 1] if tree[node] == SOURCE else room[arc]
                if fits > 1e-7 and not waiting[other]:
                    queue[end] = other
                    end = (end + 1) % (count + 1)
                    waiting[other] = True
                if parent[other] >= 0 and head[parent[other]] == node:
                    parent[other] = ORPHAN
                    orphans[lost % len(orphans)] = other
                    lost += 1
            tree[node] = FREE
            parent[node] = NO_ARC
    # A free node costs nothing on either side.
    taken: Bool = tree == SINK
    return taken
