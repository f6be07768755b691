"""Who asks."""

from serving.orchestrator.authentication.local import principal

__all__ = ["principal"]
