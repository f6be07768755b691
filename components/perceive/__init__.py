"""A reference clip becomes dancers and a beat, in one decode."""
