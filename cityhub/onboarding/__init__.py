"""How a device that nobody registered becomes a sensor: what it sends, what that looks like, what would be stored."""
