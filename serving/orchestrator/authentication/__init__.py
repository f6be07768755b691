"""Who asks."""

from serving.orchestrator.authentication.local import check, principal

__all__ = ["check", "principal"]
