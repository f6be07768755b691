"""Who asks, and whether they may."""

from serving.orchestrator.authentication.asker import principal
from serving.orchestrator.authentication.binding import check

__all__ = ["check", "principal"]
