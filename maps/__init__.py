"""Maps of the city's sensors. `python -m maps --out DIR` writes static snapshots.

`maps.document` draws them with Folium, which takes a second to load: whoever serves them imports it when it draws.
"""
