"""The division table: which units there are, and which unit a printed name means."""

import time
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import divisions
from archive.divisions import Township
from archive.errors import BadDivision
from archive.names import printed, township_short

JINXIANG, YANGGU, HUANGCHUAN = "370828", "371521", "411526"
COUNTIES = divisions.counties()


def names(units):
    return [unit.name for unit in units]


def refusal(find, *asked):
    with pytest.raises(BadDivision) as refused:
        find(*asked)
    return refused.value


def understood(text, county):
    """The names of the unit that was found, or of those among which it could not be decided."""
    try:
        return {divisions.find_township(text, county).name}
    except BadDivision as refused:
        return {shown.split(" ")[0] for shown in refused.candidates}


# The table

def test_the_table_holds_the_country_as_the_statistics_bureau_lists_it():
    assert (len(COUNTIES), sum(len(divisions.townships(one.code)) for one in COUNTIES)) == (2978, 41352)
    assert divisions.VINTAGE == "2023-06-30"


def test_the_table_is_there_in_a_few_hundredths_of_a_second():
    divisions._table.cache_clear()
    start = time.process_time()
    divisions.county(JINXIANG)
    assert time.process_time() - start < 0.15


@pytest.mark.parametrize(("code", "owing"), [(JINXIANG, 13), (YANGGU, 18), (HUANGCHUAN, 21)])
def test_the_three_counties_have_as_many_townships_as_their_portals_name(code, owing):
    assert sum(unit.owes_by_kind for unit in divisions.townships(code)) == owing


def test_farms_and_zones_are_in_the_table_and_owe_nothing():
    others = [(unit.name, unit.kind) for unit in divisions.townships(HUANGCHUAN) if not unit.owes_by_kind]
    assert others == [("黄湖农场", "农场"), ("河南省潢川经济技术开发区", "园区")]


@pytest.mark.parametrize(("code", "prefecture", "full_name"), [
    ("370828", "济宁市", "山东省济宁市金乡县"),
    ("110105", "北京市", "北京市朝阳区"),             # the list says 市辖区
    ("500241", "重庆市", "重庆市秀山土家族苗族自治县"),  # the list says 县
    ("419001", "河南省", "河南省济源市"),             # the list says 省直辖县级行政区划
    ("441900", "广东省", "广东省东莞市"),             # a city without counties is its own county
])
def test_a_county_knows_what_is_above_it(code, prefecture, full_name):
    assert divisions.county(code).prefecture == prefecture
    assert divisions.county(code).full_name == full_name


@pytest.mark.parametrize(("code", "kind", "owes"), [
    ("370828111", "镇", True),
    ("431225209", "民族乡", True),       # 宝田侗族苗族乡
    ("110105032", "地区", True),         # 来广营地区 is a 乡 with its government
    ("411526400", "农场", False),        # 黄湖农场
    ("320506404", "园区", False),        # 开发区
    ("230803198", "其他", False),        # 向阳区直辖村级区划, a heading of the list
    ("410105562", "街道", True),         # 龙湖街道, a real one among the numbers for zones
    ("340705405", "其他", False),        # 人民社区街道: communities that took the place of streets
    ("370571400", "其他", False),        # 经济开发区直属乡镇
    ("130633400", "镇", False),          # 恋乡太行水镇, a resort
    ("350527000", "其他", False),        # 金门县
    ("650205509", "其他", False),        # 兵团一三七团乡
])
def test_the_kind_says_who_owes(code, kind, owes):
    try:
        unit = divisions.township(code)
    except BadDivision:
        pytest.fail(f"{code} is not in the table")
    assert (unit.kind, unit.owes_by_kind) == (kind, owes)


def test_most_units_owe():
    kinds = Counter(unit.kind for one in COUNTIES for unit in divisions.townships(one.code))
    assert kinds["镇"] == 21378
    assert sum(count for kind, count in kinds.items() if kind in divisions.OWING) == 38740


def test_units_are_called_as_they_call_themselves():
    # The register puts the county in front of these, or the zone.
    assert "柳屯镇" in names(divisions.townships("410928"))       # 濮阳县柳屯镇
    assert "平东街道" in names(divisions.townships("220303"))     # 四平市铁东区平东街道
    assert "车逻镇" in names(divisions.townships("321084"))       # 城南经济新区（车逻镇）


@pytest.mark.parametrize(("name", "short"), [
    ("卜集镇", "卜集"), ("湖镇镇", "湖镇"), ("阿尔乡镇", "阿尔乡"), ("众兴集镇", "众兴集"), ("苏木塔什乡", "苏木塔什"),
    ("扎格斯台苏木", "扎格斯台"), ("宝田侗族苗族乡", "宝田"), ("茅坪回族镇", "茅坪"), ("陈州街回族街道", "陈州街"),
    ("门巴民族乡", "门巴"), ("螅镇", "螅镇"), ("黄湖农场", "黄湖农场"),
])
def test_the_short_name_is_the_proper_name(name, short):
    assert township_short(name) == short


# Counties by name

@pytest.mark.parametrize("text", [
    "370828", "金乡县", "金乡", "山东省济宁市金乡县", "济宁市金乡县", "山东金乡", "金乡县人民政府", " 金 乡 县 ",
    "济宁金乡县",
])
def test_a_county_is_found_as_it_is_printed(text):
    assert divisions.find_county(text).code == JINXIANG


@pytest.mark.parametrize(("text", "name"), [
    ("秀山县", "秀山土家族苗族自治县"), ("阜蒙县", "阜新蒙古族自治县"), ("莫旗", "莫力达瓦达斡尔族自治旗"),
    ("章丘市", "章丘区"),                 # became a district in 2016
    ("赵县", "赵县"), ("长沙县", "长沙县"), ("通化市东昌区", "东昌区"), ("东莞市", "东莞市"),
    ("鄂温克", "鄂温克族自治旗"),
])
def test_a_county_is_found_by_the_other_names_it_goes_by(text, name):
    assert divisions.find_county(text).name == name


def test_a_name_that_two_counties_have_is_refused_with_both():
    refused = refusal(divisions.find_county, "朝阳区")
    assert refused.candidates == ("朝阳区 (北京市)", "朝阳区 (吉林省长春市)")
    assert divisions.find_county("北京市朝阳区").code == "110105"


@pytest.mark.parametrize("text", ["", "金", "济宁市", "吉林市", "朝阳市", "金乡乡", "广东省金乡县", "999999"])
def test_what_is_no_county_is_refused(text):
    assert not refusal(divisions.find_county, text).candidates


def test_a_short_name_that_is_also_a_city_is_refused():
    assert refusal(divisions.find_county, "长沙").candidates == ("长沙县 (湖南省长沙市)",)


def test_every_county_is_found_by_its_full_name():
    assert [divisions.find_county(f"{one.full_name}人民政府") for one in COUNTIES] == list(COUNTIES)


# Townships by name

@pytest.mark.parametrize(("text", "county", "name"), [
    ("370828111", JINXIANG, "卜集镇"),
    ("370828111", None, "卜集镇"),
    ("卜集镇", JINXIANG, "卜集镇"),
    ("卜集镇人民政府", JINXIANG, "卜集镇"),
    ("金乡县卜集镇", JINXIANG, "卜集镇"),
    ("山东省济宁市金乡县卜集镇人民政府", None, "卜集镇"),
    ("卜集", JINXIANG, "卜集镇"),
    ("卜集\n镇", JINXIANG, "卜集镇"),
    ("卜集乡", JINXIANG, "卜集镇"),               # its rank before it became a 镇
    ("鱼山街道办事处", JINXIANG, "鱼山街道"),
    ("鱼山街道办", JINXIANG, "鱼山街道"),
    ("鱼山办事处", JINXIANG, "鱼山街道"),
    ("金乡县人民政府鱼山街道办事处", JINXIANG, "鱼山街道"),
    ("金乡县人民政府鱼山办事处", None, "鱼山街道"),
    ("金乡街道", JINXIANG, "金乡街道"),           # named like its county
    ("宝田乡", "431225", "宝田侗族苗族乡"),
    ("阿尔乡镇", "210922", "阿尔乡镇"),
    ("湖镇", "330825", "湖镇镇"),
    ("龙游县湖镇镇", None, "湖镇镇"),
    ("螅镇政府", None, "螅镇"),
    ("福田区福田街道办事处", None, "福田街道"),
    ("阿克陶县阿克陶镇", None, "阿克陶镇"),
    ("苏木塔什乡", None, "苏木塔什乡"),
    ("来广营乡", "110105", "来广营地区"),
    ("阜蒙县七家子镇", None, "七家子镇"),
    ("黄湖农场", HUANGCHUAN, "黄湖农场"),
])
def test_a_township_is_found_as_it_is_printed(text, county, name):
    assert divisions.find_township(text, county).name == name


def test_two_towns_of_one_name_are_refused_without_their_county():
    refused = refusal(divisions.find_township, "太平镇")
    assert len(refused.candidates) == divisions.SHOWN + 1    # a dozen, and how many more
    assert divisions.find_township("太平镇", "370883").code == "370883107"
    assert divisions.find_township("山东省济宁市邹城市太平镇") == divisions.find_township("太平镇", "370883")


def test_a_former_rank_is_no_evidence_outside_the_county():
    assert not refusal(divisions.find_township, "卜集乡").candidates


def test_a_short_name_of_two_units_of_one_county_is_refused():
    # 开平区 has 开平街道 and 开平镇: each has its name, neither the short one
    assert divisions.find_township("开平镇", "130205") != divisions.find_township("开平街道", "130205")
    assert len(refusal(divisions.find_township, "开平", "130205").candidates) == 2


@pytest.mark.parametrize(("text", "county"), [
    ("卜塔集镇", JINXIANG), ("370828111", YANGGU), ("", JINXIANG), ("镇", JINXIANG), ("政府", JINXIANG),
    ("金乡县", JINXIANG),
])
def test_what_is_no_township_of_the_county_is_refused(text, county):
    assert not refusal(divisions.find_township, text, county).candidates


def test_an_alias_finds_what_was_merged():
    aliases = {"小吕乡": "370828111"}
    assert divisions.find_township("金乡县小吕乡人民政府", JINXIANG, aliases).name == "卜集镇"
    assert names(divisions.mentioned_townships("小吕乡2019年年报", JINXIANG, aliases)) == ["卜集镇"]


@given(st.sampled_from(COUNTIES).flatmap(lambda one: st.sampled_from(divisions.townships(one.code))))
def test_any_unit_is_found_by_each_of_its_printed_names_or_refused_with_itself(unit: Township):
    county = divisions.county(unit.county)
    for text in (unit.code, unit.name, county.name + unit.name, f"{county.full_name}{unit.name}"):
        assert divisions.find_township(text, unit.county) == unit
    for text in printed(unit.name):
        own = {text, text.replace("办事处", "街道")}     # 开平镇 is 开平街道 under no circumstances
        assert understood(text, unit.county) & {unit.name, *own}


def test_every_owing_unit_of_the_country_is_found_in_the_title_of_its_report():
    lost = []
    for one in COUNTIES:
        for unit in divisions.townships(one.code):
            title = f"{one.name}{unit.name}2024年政府信息公开工作年度报告"
            if unit.owes_by_kind and divisions.mentioned_townships(title, one.code) != (unit,):
                lost.append(title)
    assert lost == []


def test_a_title_is_read_in_far_less_than_a_millisecond():
    units = [unit for one in COUNTIES[::40] for unit in divisions.townships(one.code)]
    titles = [(f"2024年{unit.name}人民政府政府信息公开工作年度报告", unit.county) for unit in units]
    divisions.township_candidates("")
    start = time.perf_counter()
    for title, county in titles:
        divisions.mentioned_townships(title, county)
        divisions.township_candidates(title)
        divisions.mentioned_counties(title)
    assert (time.perf_counter() - start) / len(titles) < 0.001


# Names in running text

@pytest.mark.parametrize(("county", "text", "expected"), [
    (JINXIANG, "卜集镇、胡集镇和鱼山街道", ["卜集镇", "胡集镇", "鱼山街道"]),
    (JINXIANG, "卜集镇2024年…卜集镇人民政府", ["卜集镇"]),
    (JINXIANG, "金乡县人民政府鱼山办事处2023年年报", ["鱼山街道"]),
    (JINXIANG, "卜 集\n镇", ["卜集镇"]),
    (JINXIANG, "卜集2024年年报", []),                   # short names stand for villages too
    (JINXIANG, "金乡县2024年政府信息公开工作年度报告", []),
    ("330825", "湖镇镇2024年年报", ["湖镇镇"]),
    ("210922", "阿尔乡镇2020年年报", ["阿尔乡镇"]),
    ("610828", "螅镇政府信息公开工作年度报告", ["螅镇"]),
    ("610828", "2022年螅镇年报", ["螅镇"]),
    ("610828", "佳县螅镇", ["螅镇"]),
    ("440304", "福田区福田街道办事处2023年度", ["福田街道"]),
    ("653022", "阿克陶县阿克陶镇2025年", ["阿克陶镇"]),
    ("431225", "宝田乡2021年年报", ["宝田侗族苗族乡"]),
    ("653226", "推进城镇化,建设林场", []),
    ("429006", "蒋湖农场2023年年报", ["蒋湖农场"]),       # whoever asks decides whether it owes
])
def test_a_text_names_townships_in_order_and_the_longest_name_wins(county, text, expected):
    assert names(divisions.mentioned_townships(text, county)) == expected


def test_the_tail_of_another_towns_name_is_not_a_mention():
    assert divisions.mentioned_townships("河北涞源北石佛镇来访", YANGGU) == ()          # 石佛镇 is in 阳谷县
    assert divisions.mentioned_townships("邳州宿羊山镇、涟水东胡集镇", JINXIANG) == ()
    assert names(divisions.mentioned_townships("阳谷县石佛镇", YANGGU)) == ["石佛镇"]
    assert names(divisions.mentioned_townships("2024年度西湖镇", YANGGU)) == ["西湖镇"]


@pytest.mark.parametrize(("text", "expected"), [
    ("聊城市阳谷县", ["山东省聊城市阳谷县"]),
    ("金乡县与鱼台县", ["山东省济宁市金乡县", "山东省济宁市鱼台县"]),
    ("新乡县七里营镇", ["河南省新乡市新乡县"]),
    ("吉林省朝阳区", ["吉林省长春市朝阳区"]),
    ("朝阳区教育局(北京市)", ["北京市朝阳区"]),
    ("朝阳区", ["北京市朝阳区", "吉林省长春市朝阳区"]),
    ("赵县人民政府", ["河北省石家庄市赵县"]),
    ("阜蒙县七家子镇", ["辽宁省阜新市阜新蒙古族自治县"]),
    ("晋城市城区", ["山西省晋城市城区"]),
    ("我县老城区改造,湖南县级医院,创新县域经济,城区", []),
])
def test_a_text_names_counties_by_their_full_names(text, expected):
    assert [one.full_name for one in divisions.mentioned_counties(text)] == expected


def test_without_a_county_a_text_gives_every_town_of_the_name():
    found = divisions.township_candidates("太平镇2024年政府信息公开工作年度报告")
    assert {unit.name for unit in found} == {"太平镇"}
    assert {"370883107"} < {unit.code for unit in found}
    assert names(divisions.township_candidates("济宁市金乡县卜集镇")) == ["卜集镇"]
    assert divisions.township_candidates("新乡县,萍乡市") == ()
