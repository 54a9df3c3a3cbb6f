"""Payments: one pure module for each provider and each teller of bank credits, and what the books enter. No I/O."""
