"""A seeded city and real files that publish over MQTT like the sensors of the world outside."""
