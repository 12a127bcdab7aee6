"""The skeleton of an analysis module: every file it needs, and its lines in the registry."""
