"""The three counties that are replicated: their townships, addresses and organisation codes.

Names and codes are those of the national division table; everything else (telephone numbers, streets, slugs,
organisation codes) is invented, but of the right shape.
"""

import hashlib
import random
from dataclasses import dataclass

_CREDIT_DIGITS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def seeded(*parts: object) -> random.Random:
    """A generator that gives the same numbers for the same parts, in every process."""
    return random.Random("/".join(str(part) for part in parts))  # noqa: S311 - repeatable on purpose


def token(length: int, *parts: object) -> str:
    """A hexadecimal name of up to 64 digits that depends on nothing but its parts."""
    return hashlib.sha256("/".join(str(part) for part in parts).encode()).hexdigest()[:length]


@dataclass(frozen=True, slots=True)
class Issuer:
    """A body that issues reports. `me` is what it calls itself in its own text."""

    key: str  # division code of a township; an invented key for other bodies
    short: str  # 卜集镇
    full: str  # 金乡县卜集镇人民政府
    me: str  # 我镇
    county: str
    address: str
    phone: str
    email: str
    postcode: str
    portal: str  # the address that its text names


@dataclass(frozen=True, slots=True)
class Place:
    """A township: 9-digit code, name as in the division table, slug used in addresses."""

    code: str
    name: str
    slug: str

    @property
    def body(self) -> str:
        """卜集镇人民政府; a street has an office instead of a government."""
        return f"{self.name}办事处" if self.name.endswith("街道") else f"{self.name}人民政府"


@dataclass(frozen=True, slots=True)
class County:
    """A county and its portal. `site_id` is the ten-digit SiteIDCode."""

    code: str
    name: str
    above: str  # 山东省济宁市
    slug: str
    domain: str
    site_id: str
    dialling: str
    postcode: str
    places: tuple[Place, ...]

    @property
    def site_name(self) -> str:
        return f"{self.name}人民政府"

    def place(self, code: str) -> Place:
        return next(place for place in self.places if place.code == code)

    def issuer(self, place: Place) -> Issuer:
        """The township as a body that issues reports."""
        chance = seeded(place.code, "contact")
        me = "我街道" if place.name.endswith("街道") else f"我{place.name[-1]}"
        street = chance.choice(("政通路", "振兴街", "府前街", "文化路", "迎宾路", "人民路"))
        return Issuer(
            key=place.code,
            short=place.name,
            full=f"{self.name}{place.body}",
            me=me,
            county=self.name,
            address=f"{self.name}{place.name}{street}{chance.randint(3, 98)}号",
            phone=f"{self.dialling}-{chance.choice((6, 8))}{chance.randint(210000, 989999)}",
            email=f"{place.slug}_dzb@{self.domain.removeprefix('www.')}",
            postcode=self.postcode,
            portal=f"http://{self.domain}/",
        )

    def department(self, name: str) -> Issuer:
        """A department of the county; `name` is what follows the county's name (财政局)."""
        chance = seeded(self.code, name)
        return Issuer(
            key=f"{self.code}-{token(6, name)}",
            short=name,
            full=f"{self.name}{name}",
            me="县政府办公室" if name == "人民政府" else "我局",
            county=self.name,
            address=f"{self.name}中心大街{chance.randint(3, 98)}号",
            phone=f"{self.dialling}-{chance.choice((6, 8))}{chance.randint(210000, 989999)}",
            email=f"xx{token(4, name)}@{self.domain.removeprefix('www.')}",
            postcode=self.postcode,
            portal=f"http://{self.domain}/",
        )


def _places(county: str, text: str) -> tuple[Place, ...]:
    rows = (line.split() for line in text.strip().splitlines())
    return tuple(Place(f"{county}{number}", name, slug) for number, name, slug in rows)


JINXIANG = County(
    "370828",
    "金乡县",
    "山东省济宁市",
    "jinxiang",
    "www.jinxiang.gov.cn",
    "3708280001",
    "0537",
    "272200",
    _places(
        "370828",
        """
001 金乡街道 jinxiang
002 高河街道 gaohe
003 鱼山街道 yushan
004 王丕街道 wangpi
101 羊山镇 yangshan
102 胡集镇 huji
103 霄云镇 xiaoyun
104 鸡黍镇 jishu
107 司马镇 sima
109 马庙镇 mamiao
110 化雨镇 huayu
111 卜集镇 buji
112 兴隆镇 xinglong
""",
    ),
)
YANGGU = County(
    "371521",
    "阳谷县",
    "山东省聊城市",
    "yanggu",
    "www.yanggu.gov.cn",
    "3715210002",
    "0635",
    "252300",
    _places(
        "371521",
        """
001 博济桥街道 bojiqiao
002 侨润街道 qiaorun
003 狮子楼街道 shizilou
101 阎楼镇 yanlou
103 阿城镇 acheng
104 七级镇 qiji
105 安乐镇 anle
106 定水镇 dingshui
107 石佛镇 shifo
108 李台镇 litai
109 寿张镇 shouzhang
111 十五里园镇 shiwuliyuan
112 张秋镇 zhangqiu
113 郭店屯镇 guodiantun
114 西湖镇 xihu
115 高庙王镇 gaomiaowang
116 金斗营镇 jindouying
203 大布乡 dabu
""",
    ),
)
HUANGCHUAN = County(
    "411526",
    "潢川县",
    "河南省信阳市",
    "huangchuan",
    "www.huangchuan.gov.cn",
    "4115260003",
    "0376",
    "465150",
    _places(
        "411526",
        """
001 春申街道 chunshen
002 定城街道 dingcheng
003 弋阳街道 yiyang
004 老城街道 laocheng
101 双柳树镇 shuangliushu
102 伞陂镇 sanpi
103 卜塔集镇 butaji
105 仁和镇 renhe
106 付店镇 fudian
107 踅孜镇 xuezi
108 桃林铺镇 taolinpu
109 黄寺岗镇 huangsigang
110 江家集镇 jiangjiaji
111 魏岗镇 weigang
201 传流店乡 chuanliudian
203 张集乡 zhangji
204 来龙乡 lailong
205 隆古乡 longgu
206 谈店乡 tandian
207 上油岗乡 shangyougang
209 白店乡 baidian
""",
    ),
)
COUNTIES = {county.code: county for county in (JINXIANG, YANGGU, HUANGCHUAN)}
PLACES = {place.code: place for county in COUNTIES.values() for place in county.places}


def county_of(code: str) -> County:
    """The county of a township's code."""
    return COUNTIES[code[:6]]


def credit_code(county: str, serial: int) -> str:
    """An 18-character unified social credit code (GB 32100) of an organ of this county, both check characters right."""
    organisation = f"{4330000 + serial:08d}"
    stem = f"11{county}{organisation}{_organisation_check(organisation)}"
    total = sum(_CREDIT_DIGITS.index(digit) * pow(3, place, 31) for place, digit in enumerate(stem))
    return stem + _CREDIT_DIGITS[-total % 31]


def _organisation_check(digits: str) -> str:
    total = sum(int(digit) * weight for digit, weight in zip(digits, _ORGANISATION_WEIGHTS, strict=True))
    return "0123456789X"[-total % 11]
