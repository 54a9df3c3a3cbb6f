"""Maps of the city's sensors, drawn with Folium. `python -m maps --out DIR` writes static snapshots."""

from maps.document import Links, Snapshot, page

__all__ = ["Links", "Snapshot", "page"]
