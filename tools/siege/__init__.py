"""Bounded attacks on a hub of its own, on this machine only, each with its promise. `run.run` is the whole of it."""
