"""The fonts of a Word document: which one a run is set in, by itself or by its styles."""

from __future__ import annotations

from typing import Any

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


class Fonts:
    """The fonts that the styles of a document set, by the id of the style."""

    def __init__(self, styles: Any) -> None:
        self._own: dict[str, str] = {}
        self._based_on: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._default_style = ""
        self._default = _font(styles.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr"))
        for style in styles.iterfind(f"{W}style"):
            style_id = style.get(f"{W}styleId", "")
            self._own[style_id] = _font(style.find(f"{W}rPr"))
            self._based_on[style_id] = _value(style, "basedOn")
            self._names[style_id] = _value(style, "name").lower()
            if style.get(f"{W}type") == "paragraph" and style.get(f"{W}default") in ("1", "true"):
                self._default_style = style_id

    def style_name(self, paragraph: Any) -> str:
        """The name of a paragraph's style, as in "heading 1", in small letters."""
        return self._names.get(_style(paragraph), "")

    def of_paragraph(self, paragraph: Any) -> str:
        """The font of a paragraph's runs that have none of their own, "" where nothing says."""
        return self._of_style(_style(paragraph) or self._default_style) or self._default

    def of_run(self, run: Any, inherited: str) -> str:
        """The font of a run in a paragraph of which `inherited` is the font."""
        properties = run.find(f"{W}rPr")
        if properties is None:
            return inherited
        return _font(properties) or self._of_style(_value(properties, "rStyle")) or inherited

    def _of_style(self, style_id: str) -> str:
        seen: set[str] = set()
        while style_id and style_id not in seen:
            if font := self._own.get(style_id):
                return font
            seen.add(style_id)
            style_id = self._based_on.get(style_id, "")
        return ""


def is_on(properties: Any, name: str) -> bool:
    """Whether a property such as `b` (bold) or `vanish` (hidden) is set in `w:rPr` or the like, which may be None."""
    found = None if properties is None else properties.find(W + name)
    return found is not None and found.get(f"{W}val") not in ("0", "false", "none", "off")


def _style(paragraph: Any) -> str:
    properties = paragraph.find(f"{W}pPr")
    return _value(properties, "pStyle") if properties is not None else ""


def _value(element: Any, name: str) -> str:
    found = element.find(W + name)
    return found.get(f"{W}val", "") if found is not None else ""


def _font(properties: Any) -> str:
    fonts = properties.find(f"{W}rFonts") if properties is not None else None
    return fonts.get(f"{W}ascii") or fonts.get(f"{W}hAnsi") or "" if fonts is not None else ""
