"""What the maps and pages say, in Vietnamese and English. `{...}` parts are filled in by the browser."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

Language = Literal["vi", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("vi", "en")

_VI = {
    "home": "Trang chủ",
    "maps": "Các bản đồ",
    "language": "Ngôn ngữ",
    "skip": "Tới danh sách điểm đo",
    "map_label": "Bản đồ {kind}",
    "legend": "Chú giải",
    "no_data": "không có dữ liệu",
    "small_dots": "Chấm nhỏ: phóng to để xem số đo.",
    "list": "Danh sách",
    "list_label": "Danh sách tất cả điểm đo",
    "name": "Điểm đo",
    "value": "Giá trị",
    "status": "Tình trạng",
    "time": "Thời điểm đo",
    "layer_tiles": "Bản đồ nền",
    "layer_water": "Sông, hồ",
    "layer_streets": "Đường, cầu",
    "layer_districts": "Ranh giới hành chính",
    "layer_online": "Điểm đo đang hoạt động",
    "layer_offline": "Điểm đo mất kết nối",
    "layers": "Các lớp bản đồ",
    "zoom_in": "Phóng to",
    "zoom_out": "Thu nhỏ",
    "close": "Đóng",
    "drawn_base": "Nền vẽ giản lược",
    "online": "đang hoạt động",
    "late": "báo chậm",
    "offline": "mất kết nối",
    "flag_range": "giá trị bất thường, không công bố",
    "flag_fault": "thiết bị báo lỗi, không công bố",
    "flag_rate": "thay đổi nhanh bất thường",
    "flag_flatline": "không đổi quá lâu",
    "flag_late": "số đo đến muộn",
    "flag_neighbour": "khác hẳn các điểm đo lân cận",
    "measured_at": "đo lúc {time}",
    "never": "chưa có số đo nào",
    "invalid": "không hợp lệ",
    "basis": "Vị trí",
    "illustrative": "Điểm minh họa, không có thật.",
    "mm_1h": "Mưa trong 1 giờ qua",
    "mm_3h": "Mưa trong 3 giờ qua",
    "mm_24h": "Mưa trong 24 giờ qua",
    "free": "Số chỗ trống",
    "free_of": "{free} trên {capacity}",
    "state": "Trạng thái",
    "open": "còn chỗ",
    "full": "hết chỗ",
    "unknown": "chưa rõ",
    "loading": "Đang tải số đo…",
    "connection_lost": "Mất kết nối – số liệu lúc {time}",
    "connection_lost_empty": "Mất kết nối – chưa tải được số liệu",
    "snapshot": "Ảnh chụp lúc {time}",
    "snapshot_index": "Ảnh chụp các bản đồ",
    "no_script": "Bản đồ cần JavaScript. Số liệu vẫn đọc được tại",
    "tagline": "Không khí, mưa, ngập, nước hồ và chỗ đỗ xe của thành phố, cập nhật liên tục.",
    "title": "Hà Nội hôm nay",
    "brand": "Trạm dữ liệu Hà Nội",
    "open_map": "Mở bản đồ",
    "sensors_online": "{online}/{total} điểm đang hoạt động",
    "api_docs": "Tài liệu API",
    "open_data": "Dữ liệu mở",
    "basis_note": "Số đo lấy trực tiếp từ cảm biến, chưa qua hiệu chỉnh. Mỗi điểm ghi rõ căn cứ xác định vị trí; "
    "điểm minh họa được nêu rõ. Ở đây chưa có chỉ số VN_AQI hay VN_WQI.",
    "card_air": "PM2.5, trung vị các trạm",
    "card_rain": "lớn nhất trong 1 giờ qua",
    "card_flood": "điểm ngập từ 10 cm trở lên",
    "card_water": "oxy hòa tan, nơi thấp nhất",
    "card_parking": "chỗ trống trên {capacity} chỗ",
    "rain_dry": "Không trạm nào ghi nhận mưa",
    "flood_dry": "Không điểm nào ngập từ 10 cm trở lên",
    "flood_deepest": "Sâu nhất: {value} cm tại {name}",
    "at": "Tại {name}",
    "parking_full": "{full}/{places} bãi hết chỗ",
    "no_data_yet": "Chưa có số liệu",
    "js_needed": "Số liệu trực tiếp cần JavaScript; các bản đồ và API ở những liên kết dưới đây.",
}

_EN = {
    "home": "Home",
    "maps": "Maps",
    "language": "Language",
    "skip": "Skip to the list of sensors",
    "map_label": "Map: {kind}",
    "legend": "Legend",
    "no_data": "no data",
    "small_dots": "Small dots: zoom in to read the figure.",
    "list": "List",
    "list_label": "List of all sensors",
    "name": "Sensor",
    "value": "Value",
    "status": "Status",
    "time": "Measured at",
    "layer_tiles": "Background map",
    "layer_water": "Rivers and lakes",
    "layer_streets": "Streets and bridges",
    "layer_districts": "Administrative boundaries",
    "layer_online": "Working sensors",
    "layer_offline": "Sensors offline",
    "layers": "Map layers",
    "zoom_in": "Zoom in",
    "zoom_out": "Zoom out",
    "close": "Close",
    "drawn_base": "Simplified drawn base",
    "online": "working",
    "late": "late",
    "offline": "offline",
    "flag_range": "implausible value, not published",
    "flag_fault": "device reports a fault, not published",
    "flag_rate": "changed implausibly fast",
    "flag_flatline": "unchanged for too long",
    "flag_late": "reading came late",
    "flag_neighbour": "unlike its neighbours",
    "measured_at": "measured at {time}",
    "never": "nothing measured yet",
    "invalid": "not valid",
    "basis": "Position",
    "illustrative": "Illustrative sensor, not a real one.",
    "mm_1h": "Rain in the last hour",
    "mm_3h": "Rain in the last 3 hours",
    "mm_24h": "Rain in the last 24 hours",
    "free": "Free bays",
    "free_of": "{free} of {capacity}",
    "state": "State",
    "open": "bays free",
    "full": "full",
    "unknown": "unknown",
    "loading": "Loading readings…",
    "connection_lost": "Offline – data from {time}",
    "connection_lost_empty": "Offline – no data loaded yet",
    "snapshot": "Snapshot of {time}",
    "snapshot_index": "Map snapshots",
    "no_script": "The map needs JavaScript. The data can also be read at",
    "tagline": "The city's air, rain, flooding, lake water and parking, updated continuously.",
    "title": "Hanoi today",
    "brand": "Hanoi City Hub",
    "open_map": "Open map",
    "sensors_online": "{online}/{total} sensors working",
    "api_docs": "API documentation",
    "open_data": "Open data",
    "basis_note": "Figures come straight from the sensors, not corrected. Every sensor says how its position is "
    "known; illustrative ones say so. These are not the VN_AQI or VN_WQI indices.",
    "card_air": "PM2.5, median of the stations",
    "card_rain": "highest in the last hour",
    "card_flood": "points with 10 cm or more",
    "card_water": "dissolved oxygen, lowest place",
    "card_parking": "bays free of {capacity}",
    "rain_dry": "No gauge reports rain",
    "flood_dry": "No point has 10 cm or more",
    "flood_deepest": "Deepest: {value} cm at {name}",
    "at": "At {name}",
    "parking_full": "{full}/{places} places full",
    "no_data_yet": "No readings yet",
    "js_needed": "Live figures need JavaScript; maps and API are at the links below.",
}

# Singular and plural; "now" has no number.
_AGES_VI = {
    "now": ["vừa xong", "vừa xong"],
    "second": ["cách đây {n} giây", "cách đây {n} giây"],
    "minute": ["cách đây {n} phút", "cách đây {n} phút"],
    "hour": ["cách đây {n} giờ", "cách đây {n} giờ"],
    "day": ["cách đây {n} ngày", "cách đây {n} ngày"],
}
_AGES_EN = {
    "now": ["just now", "just now"],
    "second": ["{n} second ago", "{n} seconds ago"],
    "minute": ["{n} minute ago", "{n} minutes ago"],
    "hour": ["{n} hour ago", "{n} hours ago"],
    "day": ["{n} day ago", "{n} days ago"],
}

WORDS: Mapping[Language, Mapping[str, str]] = MappingProxyType(
    {"vi": MappingProxyType(_VI), "en": MappingProxyType(_EN)}
)
AGES: Mapping[Language, Mapping[str, list[str]]] = MappingProxyType({"vi": _AGES_VI, "en": _AGES_EN})


def choose_language(asked: str | None, accept_language: str | None) -> Language:
    """`asked` (?lang=) if it is one of ours, else the best of an Accept-Language header, else Vietnamese."""
    for language in LANGUAGES:
        if asked == language:
            return language
    best: Language = "vi"
    best_weight = 0.0
    for part in (accept_language or "").split(","):
        tag, _, parameters = part.strip().partition(";")
        weight = _weight(parameters)
        for language in LANGUAGES:
            if tag.strip().lower().split("-")[0] == language and weight > best_weight:
                best, best_weight = language, weight
    return best


def _weight(parameters: str) -> float:
    """The q value of `;q=0.8`: 1 when absent, 0 when it cannot be read."""
    name, _, text = parameters.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        weight = float(text)
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0
