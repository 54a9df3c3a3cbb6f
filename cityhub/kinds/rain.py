"""Rain gauges."""

from cityhub.kinds.model import Band, Card, Change, Figure, Flat, Kind, table
from cityhub.kinds.model import ObservedProperty as P

KIND = Kind(
    "rain",
    "Mưa",
    "Rainfall",
    table(
        P("rain", "mm", 0, 100, "sum", "Lượng mưa", "Rain", 1, Change(5, 240), Flat(6, 0)),
    ),
    "mm_1h",
    "mm",
    "Lượng mưa trong 1 giờ qua",
    "Rain in the last hour",
    (
        Band(0, "#d9d9d9", "không mưa", "dry"),
        Band(0.1, "#9ecae1", "dưới 10", "below 10"),
        Band(10, "#4292c6", "10 đến dưới 25", "10 to below 25"),
        Band(25, "#08519c", "25 đến dưới 50", "25 to below 50"),
        Band(50, "#ff7e00", "50 đến dưới 70: một số điểm ngập", "50 to below 70: some points flood"),
        Band(70, "#ff0000", "70 đến dưới 100: nhiều điểm ngập", "70 to below 100: many points flood"),
        Band(100, "#7e0023", "từ 100: ngập diện rộng", "100 and above: wide flooding"),
    ),
    "Ngưỡng vận hành của thành phố từ 50 mm/giờ; các mức dưới là quy ước của dự án.",
    "City operating thresholds from 50 mm/h; the lower steps are project classes.",
    figures=(
        Figure("mm_1h", "mm", "Mưa trong 1 giờ qua", "Rain in the last hour", 1),
        Figure("mm_3h", "mm", "Mưa trong 3 giờ qua", "Rain in the last 3 hours", 1),
        Figure("mm_24h", "mm", "Mưa trong 24 giờ qua", "Rain in the last 24 hours", 1),
    ),
    card=Card(
        caption_vi="lớn nhất trong 1 giờ qua",
        caption_en="highest in the last hour",
        quiet_vi="Không trạm nào ghi nhận mưa",
        quiet_en="No gauge reports rain",
    ),
    mention_vi="mưa",
    mention_en="rain",
    attention=3,
)
