"""How columns are called by Vietnamese offices, OpenStreetMap, geoBoundaries and GADM.

Names are compared without case, marks and underscores: "Tên xã" is `tenxa`.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from cityhub.catalogue.area_names import undiacritised
from cityhub.catalogue.areas import Level

# Best first: of columns that tell areas apart equally well, the first is taken. A level is given where the name of the
# column tells it.
NAMES: Final[Sequence[tuple[Level | None, str]]] = (
    (None, "namevi tenvi tiengviet tenvn namevn tentiengviet"),
    ("quarter", "tento tentdp tentodanpho tenthon tenkhupho tenap name4"),
    (
        "ward",
        "tenxa tenphuong tenphuongxa tenxaphuong tenpx tenxp tenxaphuongthitran phuongxa xaphuong xa phuong ward"
        " wardname commune communename name3 adm3vi adm3name adm3en",
    ),
    (
        "district",
        "tenquan tenhuyen tenqh tenquanhuyen tenhuyenquan quanhuyen huyen quan district districtname name2 adm2vi"
        " adm2name adm2en",
    ),
    (
        "province",
        "tentinh tentp tentinhthanh tentinhtp tinh tinhthanh province provincename name1 adm1vi adm1name adm1en",
    ),
    (
        None,
        "ten tendvhc tendonvi tenhc tenhanhchinh diadanh tengoi shapename name title nameen tenta nameeng engname",
    ),
    ("quarter", "varname4"),
    ("ward", "varname3"),
    ("district", "varname2"),
    ("province", "varname1"),
    (None, "varname nametext"),
)
ENGLISH: Final = (
    "nameen tenta nameeng engname tentienganh adm3en adm2en adm1en varname4 varname3 varname2 varname1"
    " varname"
)
CODES: Final[Sequence[tuple[Level | None, str]]] = (
    ("ward", "maxa maphuong mapx maxp maphuongxa maxaphuong gid3 adm3pcode id3 cc3"),
    ("district", "mahuyen maquan maqh maquanhuyen gid2 adm2pcode id2 cc2"),
    ("province", "matinh matp matinhthanh gid1 adm1pcode id1 cc1"),
    (None, "madvhc mahc mahanhchinh madonvi ma code pcode refgso gsocode"),
)
# Codes of shapes, not of areas: an area in two rows has two of them.
SHAPE_CODES: Final = "shapeid ref id osmid"
# As the statistical office writes its codes, where a program took them for numbers.
DIGITS: Final[Mapping[Level, int]] = {"province": 2, "district": 3, "ward": 5}


def key_of(name: str) -> str:
    """A column's name as it is compared."""
    return re.sub(r"[^a-z0-9]", "", undiacritised(name).lower())


def hints_of(table: Sequence[tuple[Level | None, str]]) -> dict[str, Level | None]:
    """The level that each name of a column tells, in the order of the table."""
    return {key: level for level, keys in table for key in keys.split()}
