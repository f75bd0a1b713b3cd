"""The characters of the form as Traditional writing has them: one sign for one."""

_TRADITIONAL = (
    "萬與業個箇為爲舉鄉書於產産億從眾衆會體餘關內決況減齣劃製辦務動區協單縣參發髮隻閤後嚮曏諮團糰睏國場處復複審傢對導屬應廢開強噹當總執護報據數"
    "無暫機權條來構査覈沒熱現電確祕稱穩簡類係繫紛級納綫線組織經結絡繼續維繳網罰羣緻範獲穫補錶見規計認訓議講許訟設訪証證訴話詢說説請敗購費轉過這進"
    "遺埰寀採鎭鎮門問難麪麫麵頁項順須鬚題額糾覆帳賬"
)
_SIMPLIFIED = (
    "万与业个个为为举乡书于产产亿从众众会体余关内决况减出划制办务动区协单县参发发只合后向向咨团团困国场处复复审家对导属应废开强当当总执护报据数"
    "无暂机权条来构查核没热现电确秘称稳简类系系纷级纳线线组织经结络继续维缴网罚群致范获获补表见规计认训议讲许讼设访证证诉话询说说请败购费转过这进"
    "遗采采采镇镇门问难面面面页项顺须须题额纠复账账"
)
SIMPLIFIED = str.maketrans(_TRADITIONAL, _SIMPLIFIED)


def simplified(text: str) -> str:
    """A label, a heading or a number in the characters of form.toml; other words stay as they are."""
    return text.translate(SIMPLIFIED)
