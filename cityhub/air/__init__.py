"""Air quality: what stations measure, and the indices made of it."""
