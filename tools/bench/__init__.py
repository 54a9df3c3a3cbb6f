"""Figures of the hub beside their limits, measured in the same run."""
