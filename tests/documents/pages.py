"""A page as its reader saved it, in each form: a story with caption and by-line, and the teasers of two others."""

from __future__ import annotations

TITLE = "Cao tốc Nội Bài – Lào Cai thông xe toàn tuyến"
OPENING = "Sáng 21/9, cao tốc Nội Bài – Lào Cai được thông xe toàn tuyến, dài 245 km, qua năm tỉnh và thành phố."
CAPTION = "Quang cảnh lễ thông xe."
PARAGRAPHS = (
    OPENING,
    CAPTION,
    "Tuyến đường rút thời gian đi từ Hà Nội đến Lào Cai còn khoảng ba giờ rưỡi, bằng một nửa so với trước đây.",
    "Trong 6 tháng cuối năm 2014, các nút giao còn lại được hoàn thiện dần để phục vụ người dân dọc tuyến đường này.",
)
BYLINE = "Theo Nguyễn Văn An/Báo Đường"
HEADING = "Tin Liên Quan"
TEASERS = (
    ("Hầm Hải Vân thông xe", "Hầm đường bộ Hải Vân dài gần 6,3 km nối Huế với Đà Nẵng, khánh thành năm 2005..."),
    ("Cầu Nhật Tân có dài không?", "Cầu bắc qua sông Hồng, khánh thành ngày 4/1/2015, dài hơn 8 km cả đường dẫn."),
)  # fmt: skip

STORY = "\n\n".join((*PARAGRAPHS, BYLINE))
TAIL = "\n\n".join((HEADING, *(line for teaser in TEASERS for line in teaser)))
TEXT = f"{TITLE}\n\n{STORY}\n\n{TAIL}\n"
MARKDOWN = f"# {TITLE}\n\n{STORY}\n\n## {HEADING}\n\n" + "\n\n".join(
    f"- **{title}**\n\n{lead}" for title, lead in TEASERS
)


def html(head: str = "", body: str = "<div class=story>{story}</div><div class=more>{tail}</div>") -> str:
    """The page as a paper would serve it; `body` says where story and tail stand."""
    story = "".join(f"<p>{line}</p>" for line in (*PARAGRAPHS, BYLINE))
    items = "".join(f"<li><a href='/x'>{title}</a><p>{lead}</p></li>" for title, lead in TEASERS)
    tail = f"<div><h3>{HEADING}</h3></div><ul>{items}</ul>"
    placed = body.format(story=story, tail=tail)
    top = f'<html lang="vi"><head><title>{TITLE} - Báo Đường</title>{head}</head>'
    return f"{top}<body><h1>{TITLE}</h1>{placed}</body></html>"
