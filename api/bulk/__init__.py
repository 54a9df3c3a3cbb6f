"""Files with all readings of a kind and month: made by a program of its own, one at a time, and kept in a folder.

CSV comes from the database as it is written to the file; Parquet, GeoParquet and GeoPackage are made of that file.
"""

from api.bulk.files import Bulk, Made
from api.bulk.months import FORMATS, Format, Month

__all__ = ["FORMATS", "Bulk", "Format", "Made", "Month"]
