"""The newest state of the city as the public sees it: a GeoJSON Feature per sensor, or per parking place.

Pure: the time is an argument. What all kinds show is here; a kind with figures of its own, such as an index, has them
in cityhub/<kind>/features.py, and store/latest.py reads what they are made of.
"""

from cityhub.latest.changes import Change, Changes
from cityhub.latest.feature import GREY, OLD, Feature, Marker, Point, Properties, State
from cityhub.latest.sensors import SensorProperties
from cityhub.latest.summary import Summary, summary

__all__ = [
    "GREY",
    "OLD",
    "Change",
    "Changes",
    "Feature",
    "Marker",
    "Point",
    "Properties",
    "SensorProperties",
    "State",
    "Summary",
    "summary",
]
