"""One township's report of any year as a page with all its tables. For tests only."""

import forms

OUT = {"t3__new_received__natural_person": "1", "t3__new_received__total": "1",
       "t3__carried_out__natural_person": "1", "t3__carried_out__total": "1"}


def page(number, cells=None, text=""):
    """The report for a year; every cell says 0 but those given, `text` is added to its prose."""
    title = f"金乡县卜集镇人民政府{number}年政府信息公开工作年度报告"
    body = forms.as_html(dict.fromkeys(forms.keys(), "0") | {key.replace("__", "."): value
                                                           for key, value in (cells or {}).items()}).decode()
    body = body.replace("某县某镇人民政府2023年政府信息公开工作年度报告", title).replace("2023年", f"{number}年")
    body = body.replace("我镇做好政府信息公开工作。", f"我镇做好政府信息公开工作。{text}")
    head = f"<title>{title}</title><meta name='PubDate' content='{number + 1}-01-15'></head>"
    return body.replace("</head>", head).encode()
