"""Uploads: streamed to a file, limited, recognised by content in a process of their own, and only then taken in."""
