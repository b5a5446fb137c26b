"""Real files, written by NumPy."""
