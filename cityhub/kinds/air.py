"""Air quality: gases, particles and weather beside them. Stations show their VN_AQI where they have one ."""

from dataclasses import replace

from cityhub.kinds.model import Band, Card, Change, Figure, Flat, Kind, table
from cityhub.kinds.model import ObservedProperty as P

# What a station shows that has no index.
_CONCENTRATION = Kind(
    "air",
    "Không khí",
    "Air quality",
    table(
        P("pm2_5", "µg/m³", 0, 1000, "mean", "Bụi mịn PM2.5", "PM2.5", 1, Change(100, 300), Flat(3, 5)),
        P("pm10", "µg/m³", 0, 2000, "mean", "Bụi PM10", "PM10", 1, Change(200, 400), Flat(3, 10)),
        P("no2", "µg/m³", 0, 4000, "mean", "NO₂", "NO₂", 1, Change(80, 200), Flat(6, 10)),
        P("so2", "µg/m³", 0, 4000, "mean", "SO₂", "SO₂", 1, Change(100, 200), Flat(6, 10)),
        P("o3", "µg/m³", 0, 1500, "mean", "O₃", "O₃", 1, Change(60, 240), Flat(6, 10)),
        P("co", "µg/m³", 0, 150000, "mean", "CO", "CO", 0, Change(2000, 4000), Flat(24, 500)),
        P("temperature", "°C", -20, 60, "mean", "Nhiệt độ", "Temperature", 1, Change(3, 12), Flat(12)),
        P("humidity", "%", 0, 100, "mean", "Độ ẩm", "Humidity", 0, Change(15, 60), Flat(12, below=95)),
    ),
    "pm2_5",
    "µg/m³",
    "Nồng độ bụi mịn PM2.5",
    "PM2.5 concentration",
    (
        Band(0, "#00e400", "dưới 25", "below 25"),
        Band(25, "#ffff00", "25 đến dưới 50", "25 to below 50"),
        Band(50, "#ff7e00", "50 đến dưới 80", "50 to below 80"),
        Band(80, "#ff0000", "80 đến dưới 150", "80 to below 150"),
        Band(150, "#8f3f97", "150 đến dưới 250", "150 to below 250"),
        Band(250, "#7e0023", "từ 250", "250 and above"),
    ),
    "Nồng độ đo được, không phải chỉ số VN_AQI.",
    "Concentration as measured, not the VN_AQI index.",
    card=Card(
        "median",
        "PM2.5, trung vị các trạm",
        "PM2.5, median of the stations",
        "{name}: {value} µg/m³",
        "{name}: {value} µg/m³",
    ),
    mention_vi="không khí",
    mention_en="air",
    attention=2,
)

KIND = replace(
    _CONCENTRATION,
    headline="vn_aqi",
    headline_unit="",
    headline_vi="Chỉ số VN_AQI của giờ qua",
    headline_en="VN_AQI of the last hour",
    # As cityhub.air.categories has them.
    bands=(
        Band(0, "#00e400", "Tốt (0–50)", "Good (0–50)"),
        Band(51, "#ffff00", "Trung bình (51–100)", "Moderate (51–100)"),
        Band(101, "#ff7e00", "Kém (101–150)", "Poor (101–150)"),
        Band(151, "#ff0000", "Xấu (151–200)", "Unhealthy (151–200)"),
        Band(201, "#8f3f97", "Rất xấu (201–300)", "Very unhealthy (201–300)"),
        Band(301, "#7e0023", "Nguy hại (301–500)", "Hazardous (301–500)"),
    ),
    bands_note_vi="Quyết định 1459/QĐ-TCMT. Số có đơn vị µg/m³ là nồng độ PM2.5 vừa đo của trạm chưa có hoặc không"
    " được công bố VN_AQI, tô màu theo cùng mốc nồng độ.",
    bands_note_en="Decision 1459/QD-TCMT. A figure in µg/m³ is the PM2.5 just measured by a station without a VN_AQI,"
    " or that may not publish one, coloured by the same steps of concentration.",
    figures=(Figure("vn_aqi", "", "VN_AQI", "VN_AQI", 0),),
    card=Card(
        caption_vi="VN_AQI cao nhất trong các trạm",
        caption_en="highest VN_AQI of the stations",
        detail_vi="{name}: {band}",
        detail_en="{name}: {band}",
    ),
    instead=_CONCENTRATION,
)
