"""Hanoi's sites and sensors as reviewed data files, each coordinate with its basis."""

from cityhub.catalogue.model import BASES, Catalogue, Place, Sensor
from cityhub.catalogue.read import HANOI_CATALOGUE, REPLAY_CATALOGUE, read

__all__ = ["BASES", "HANOI_CATALOGUE", "REPLAY_CATALOGUE", "Catalogue", "Place", "Sensor", "read"]
