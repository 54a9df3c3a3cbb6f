"""Answers as they are sent: an object of these classes is encoded as it is, and the same class is its schema in the
OpenAPI document. Every field is always there; more may come.
"""
