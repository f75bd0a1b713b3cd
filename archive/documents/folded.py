"""Text whose lines were all run together with blanks: headings, sentences and cells get lines of their own again."""

import re

_LONG = 1000                          # characters: no paragraph with all the words of the tables in it is shorter
_START = re.compile("第二十条第|信息内容")
_LAST = ("审结", "结转下年度")                # words of the last table that is there
_END = re.compile(r"\s五、|$")
_CELL = re.compile(r"\s+")
# before a numbered heading and behind it, behind a sentence, behind the title
_BREAK = re.compile(
    r"\s+(?=[一二三四五六]、|[(（][一二三四五六七八九十][)）])"
    r"|(?<=[。：；])\s+"
    r"|(?:(?<=年度报告)|(?<=情况)|(?<=事项))\s+"
)


def unfolded(line: str) -> list[str]:
    """The lines that a long one was made of, where it holds the tables of the form; else the line itself."""
    start = _START.search(line) if len(line) > _LONG else None
    last = max((line.rfind(words) for words in _LAST), default=-1)
    end = _END.search(line, last) if start and last > start.start() else None
    if start is None or end is None:
        return [line]
    before, tables, after = line[:start.start()], line[start.start():end.start()], line[end.start():]
    return [*_BREAK.split(before), *_CELL.split(tables.strip()), *_BREAK.split(after)]
