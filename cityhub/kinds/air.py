"""Air quality: gases, particles and weather beside them."""

from cityhub.kinds.model import Band, Card, Change, Flat, Kind, table
from cityhub.kinds.model import ObservedProperty as P

KIND = Kind(
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
    "Nồng độ đo được, chưa phải chỉ số VN_AQI.",
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
