"""MQTT to store. A message travels: `link` (network thread) -> `inbox` -> `writer` -> commit -> acknowledge."""
