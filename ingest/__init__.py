"""MQTT to store. A message travels: `deliveries` (network thread) -> `inbox` -> `writer` -> commit -> acknowledge.

`link` connects and acknowledges.
"""
