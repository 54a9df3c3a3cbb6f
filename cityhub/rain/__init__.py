"""Rain: what gauges add up to."""
