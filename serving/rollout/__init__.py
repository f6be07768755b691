"""Rolls a champion out on a cluster: the alias in the registry becomes a share of an InferenceService's traffic."""
