"""Runs that are never lost: the queue in the runs table, the worker, its child processes, events and their readers."""
