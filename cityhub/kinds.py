"""The table of sensor kinds and their observed properties. A new kind or property is a row here.

Units follow the interface: gases and particles µg/m³ (CO too), rain mm, street water cm, river and lake level m.
`low` and `high` bound what is physically plausible for the place and instrument; a value outside is kept but
flagged `range` and left out of sums and public values. `change` and `flat` bound how a value may go on from the
ones before it (flags `rate` and `flatline`, shown but marked). All are project rules, not a standard; docs/data.md
tells which real readings they were held against. A property without them is not judged so: laboratory values come
too seldom, and a parked car or a dry gauge is rightly unchanged for days.

A `Band` colours a map marker. The bands of this module are about concentrations and depths as measured; they are
no index. PM2.5 bands use the concentration limits of Decision 1459/QD-TCMT, Table 2; dissolved oxygen uses
QCVN 08:2023/BTNMT (lakes, level B: 5 mg/L); rain uses Hanoi's operating thresholds for one hour (Decision
2280/QD-UBND); street water uses project classes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from cityhub.limits import Change, Flat

Aggregation = Literal["mean", "sum", "max", "last"]
KindName = Literal["air", "rain", "flood", "water", "parking"]


@dataclass(frozen=True, slots=True)
class ObservedProperty:
    """One measured quantity: its unit, plausible range (inclusive) and how an hour of it is summed up."""

    name: str
    unit: str
    low: float
    high: float
    aggregation: Aggregation
    name_vi: str
    name_en: str
    decimals: int = 1
    change: Change | None = None
    flat: Flat | None = None


@dataclass(frozen=True, slots=True)
class Band:
    """Values at or above `start` (up to the next band) get this colour and these words."""

    start: float
    color: str
    name_vi: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of sensor. `headline` is the quantity that a map marker shows, `bands` its colours.

    `headline` may be a figure derived by the hub (`mm_1h`, `free`) rather than an observed property.
    """

    name: KindName
    name_vi: str
    name_en: str
    properties: Mapping[str, ObservedProperty]
    headline: str
    headline_unit: str
    headline_vi: str
    headline_en: str
    bands: tuple[Band, ...]
    bands_note_vi: str
    bands_note_en: str

    def band(self, value: float) -> Band:
        """The band that holds `value` (in `headline_unit`); values below the first band get the first."""
        found = self.bands[0]
        for band in self.bands:
            if value >= band.start:
                found = band
        return found


_P = ObservedProperty


def _table(*properties: ObservedProperty) -> Mapping[str, ObservedProperty]:
    return MappingProxyType({p.name: p for p in properties})


# Every device may report these beside its values.
DEVICE_PROPERTIES = _table(
    _P("battery", "%", 0, 100, "last", "Pin", "Battery", 0),
    _P("rssi", "dBm", -150, 0, "last", "Cường độ tín hiệu", "Signal strength", 0),
    # Stored like any observation, so that what is missing between two numbers can be counted in any order of arrival.
    _P("seq", "", 0, 2**53, "last", "Số thứ tự bản tin", "Message number", 0),
)

_AIR = Kind(
    "air",
    "Không khí",
    "Air quality",
    _table(
        _P("pm2_5", "µg/m³", 0, 1000, "mean", "Bụi mịn PM2.5", "PM2.5", 1, Change(100, 300), Flat(3, 5)),
        _P("pm10", "µg/m³", 0, 2000, "mean", "Bụi PM10", "PM10", 1, Change(200, 400), Flat(3, 10)),
        _P("no2", "µg/m³", 0, 4000, "mean", "NO₂", "NO₂", 1, Change(80, 200), Flat(6, 10)),
        _P("so2", "µg/m³", 0, 4000, "mean", "SO₂", "SO₂", 1, Change(100, 200), Flat(6, 10)),
        _P("o3", "µg/m³", 0, 1500, "mean", "O₃", "O₃", 1, Change(60, 240), Flat(6, 10)),
        _P("co", "µg/m³", 0, 150000, "mean", "CO", "CO", 0, Change(2000, 4000), Flat(24, 500)),
        _P("temperature", "°C", -20, 60, "mean", "Nhiệt độ", "Temperature", 1, Change(3, 12), Flat(12)),
        _P("humidity", "%", 0, 100, "mean", "Độ ẩm", "Humidity", 0, Change(15, 60), Flat(12, below=95)),
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
)

_RAIN = Kind(
    "rain",
    "Mưa",
    "Rainfall",
    _table(
        _P("rain", "mm", 0, 100, "sum", "Lượng mưa", "Rain", 1, Change(5, 240), Flat(6, 0)),
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
)

_FLOOD = Kind(
    "flood",
    "Ngập",
    "Street flooding",
    _table(
        _P("depth", "cm", 0, 300, "max", "Độ sâu ngập", "Water depth", 1, Change(10, 180), Flat(12, 0)),
        _P("level", "m", -20, 50, "max", "Mực nước", "Water level", 2, Change(0.3, 3), Flat(72)),
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
)

_WATER = Kind(
    "water",
    "Nước Hồ Tây",
    "West Lake water",
    _table(
        _P(
            "temperature",
            "°C",
            0,
            45,
            "mean",
            "Nhiệt độ nước",
            "Water temperature",
            1,
            Change(1, 3),
            Flat(24),
        ),
        _P("ph", "", 0, 14, "mean", "pH", "pH", 2, Change(0.5, 1), Flat(24)),
        _P(
            "dissolved_oxygen",
            "mg/L",
            0,
            25,
            "mean",
            "Oxy hòa tan",
            "Dissolved oxygen",
            1,
            Change(2, 4),
            Flat(12),
        ),
        _P(
            "conductivity",
            "µS/cm",
            0,
            5000,
            "mean",
            "Độ dẫn điện",
            "Conductivity",
            0,
            Change(200, 500),
            Flat(24),
        ),
        _P("turbidity", "NTU", 0, 4000, "mean", "Độ đục", "Turbidity", 1, Change(200, 1000), Flat(24, 1)),
        _P("tss", "mg/L", 0, 5000, "mean", "Tổng chất rắn lơ lửng", "Total suspended solids"),
        _P("cod", "mg/L", 0, 2000, "mean", "COD", "COD"),
        _P("bod5", "mg/L", 0, 1000, "mean", "BOD₅", "BOD₅"),
        _P("toc", "mg/L", 0, 1000, "mean", "TOC", "TOC"),
        _P("nh4_n", "mg/L", 0, 200, "mean", "Amoni (N-NH₄)", "Ammonium (N-NH₄)", 2),
        _P("no3_n", "mg/L", 0, 200, "mean", "Nitrat (N-NO₃)", "Nitrate (N-NO₃)", 2),
        _P("no2_n", "mg/L", 0, 50, "mean", "Nitrit (N-NO₂)", "Nitrite (N-NO₂)", 3),
        _P("po4_p", "mg/L", 0, 50, "mean", "Phosphat (P-PO₄)", "Phosphate (P-PO₄)", 2),
        _P("chlorophyll_a", "µg/L", 0, 1000, "mean", "Diệp lục a", "Chlorophyll a"),
        _P("coliform", "MPN/100 mL", 0, 1e8, "mean", "Coliform", "Coliform", 0),
        _P("e_coli", "MPN/100 mL", 0, 1e8, "mean", "E. coli", "E. coli", 0),
    ),
    "dissolved_oxygen",
    "mg/L",
    "Oxy hòa tan",
    "Dissolved oxygen",
    (
        Band(0, "#ff0000", "dưới 2: cá dễ chết ngạt", "below 2: fish may suffocate"),
        Band(2, "#ff7e00", "2 đến dưới 4", "2 to below 4"),
        Band(4, "#f2c500", "4 đến dưới 5", "4 to below 5"),
        Band(5, "#0072b2", "từ 5: đạt QCVN 08:2023 mức B", "5 and above: meets QCVN 08:2023 level B"),
    ),
    "Mốc 5 mg/L theo QCVN 08:2023/BTNMT, hồ, mức B; các mức dưới là quy ước của dự án.",
    "5 mg/L is QCVN 08:2023/BTNMT, lakes, level B; the lower steps are project classes.",
)

_PARKING = Kind(
    "parking",
    "Đỗ xe",
    "Parking",
    _table(
        _P("occupied", "", 0, 1, "last", "Có xe", "Occupied", 0),
        # The upper bound of a count is the site's own capacity; see cityhub.quality.
        _P("occupied_count", "", 0, 10000, "mean", "Số xe đang đỗ", "Cars parked", 0, Change(50, 2000)),
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
)

KINDS: Mapping[KindName, Kind] = MappingProxyType(
    {kind.name: kind for kind in (_AIR, _RAIN, _FLOOD, _WATER, _PARKING)}
)
