"""Hanoi's sites and sensors as reviewed data files, each coordinate with its basis."""

from cityhub.catalogue.model import BASES, Catalogue, District, Place, Sensor
from cityhub.catalogue.read import HANOI_CATALOGUE, REPLAY_CATALOGUE, read

__all__ = ["BASES", "HANOI_CATALOGUE", "REPLAY_CATALOGUE", "Catalogue", "District", "Place", "Sensor", "read"]
