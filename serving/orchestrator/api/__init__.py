"""The API under /api/v1: what goes over the wire; rules are in `services`."""
