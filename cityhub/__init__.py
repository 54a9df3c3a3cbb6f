"""City hub: rules and storage shared by ingest, api, maps and simulators."""

__version__ = "0.1.0"
