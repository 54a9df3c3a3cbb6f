"""Pages for people: what they say, how they look and the files they load. Served by `api`; knows no HTTP framework."""

from portal.site import Page, Portal

__all__ = ["Page", "Portal"]
