"""Parking: places, and the bays in them."""
