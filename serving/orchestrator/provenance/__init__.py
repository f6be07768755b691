"""Where a finished video says that it was generated, by what and from what."""
