"""Pages for people: what they say, how they look and the files they load. Served by `api`; knows no HTTP framework."""

from portal.glances import Glance, Glances
from portal.home import HomeView
from portal.policy import content_security_policy
from portal.site import Page, Portal

__all__ = ["Glance", "Glances", "HomeView", "Page", "Portal", "content_security_policy"]
