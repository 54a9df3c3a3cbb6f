"""Water on streets, and levels of rivers and lakes."""

from cityhub.kinds.model import Band, Card, Change, Extent, Flat, Kind, MapView, table
from cityhub.kinds.model import ObservedProperty as P

KIND = Kind(
    "flood",
    "Ngập",
    "Street flooding",
    table(
        P("depth", "cm", 0, 300, "max", "Độ sâu ngập", "Water depth", 1, Change(10, 180), Flat(12, 0)),
        P("level", "m", -20, 50, "max", "Mực nước", "Water level", 2, Change(0.3, 3), Flat(72)),
    ),
    "depth",
    "cm",
    "Độ sâu ngập trên đường",
    "Water depth on the street",
    (
        Band(0, "#2e8b57", "khô hoặc dưới 10", "dry or below 10"),
        Band(10, "#f2c500", "10 đến dưới 20", "10 to below 20"),
        Band(20, "#ff7e00", "20 đến dưới 30", "20 to below 30"),
        Band(30, "#ff0000", "30 đến dưới 50", "30 to below 50"),
        Band(50, "#7e0023", "từ 50", "50 and above"),
    ),
    "Các mức độ sâu là quy ước của dự án.",
    "Depth steps are project classes.",
    measures=("depth",),
    map_view=MapView(21.0285, 105.8400, 13),
    extent=Extent(105.825, 21.024, 0.34),
    card=Card(
        "reached",
        "điểm ngập từ 10 cm trở lên",
        "points with 10 cm or more",
        "Sâu nhất: {value} cm tại {name}",
        "Deepest: {value} cm at {name}",
        "Không điểm nào ngập từ 10 cm trở lên",
        "No point has 10 cm or more",
        threshold=10,
        detail_decimals=0,
    ),
    mention_vi="ngập",
    mention_en="flooding",
    attention=1,
)
