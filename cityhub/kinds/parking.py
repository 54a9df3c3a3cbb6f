"""Parking: bays and whole places."""

from cityhub.kinds.model import Band, Card, Change, Extent, Figure, Kind, MapView, table
from cityhub.kinds.model import ObservedProperty as P

KIND = Kind(
    "parking",
    "Đỗ xe",
    "Parking",
    table(
        P("occupied", "", 0, 1, "last", "Có xe", "Occupied", 0, is_state=True),
        # The upper bound of a count is the site's own capacity; see cityhub.observing.quality.
        P("occupied_count", "", 0, 10000, "mean", "Số xe đang đỗ", "Cars parked", 0, Change(50, 2000)),
    ),
    "free",
    "",
    "Số chỗ trống",
    "Free bays",
    (
        Band(0, "#d55e00", "hết chỗ", "full"),
        Band(1, "#f2c500", "còn 1–2 chỗ", "1–2 free"),
        Band(3, "#009e73", "còn từ 3 chỗ", "3 or more free"),
    ),
    "Số chỗ trống tính từ cảm biến từng ô đỗ.",
    "Free bays are counted from the bay sensors.",
    figures=(Figure("free", "", "Số chỗ trống", "Free bays", 0, of="capacity"),),
    interval_s=300,
    map_view=MapView(21.0225, 105.8510, 15),
    extent=Extent(105.849, 21.0225, 0.060),
    card=Card(
        "total",
        "chỗ trống trên {capacity} chỗ",
        "bays free of {capacity}",
        "{at_zero}/{sites} bãi hết chỗ",
        "{at_zero}/{sites} places full",
    ),
    mention_vi="chỗ đỗ xe",
    mention_en="parking",
)
