"""Servers of models: what answers the Open Inference Protocol for the models of a registry."""
