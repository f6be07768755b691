"""Fetching from the network: a child process without a way out, and the proxy that is its only one."""
