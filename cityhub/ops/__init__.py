"""What operations look at beside devices: the hub itself. Pure."""
