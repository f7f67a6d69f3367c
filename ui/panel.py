"""The frames of the page that its scripts fill: the panel beside the conversation, and the form of feedback."""

from __future__ import annotations

from ui.escaping import plain
from ui.strings import Strings


def panel_html(strings: Strings) -> str:
    """Render the panel in which an article, or the library, is shown."""
    steps = "".join(
        f'<button type="button" class="hd-step" data-step="{step}" aria-label="{plain(label)}" title="{plain(label)}">'
        f"{sign}</button>"
        for step, sign, label in ((-1, "←", strings.previous_quote), (1, "→", strings.next_quote))
    )
    name = plain(strings.panel_label)
    return (
        f'<section class="hd-panel" aria-label="{name}">'
        f'<div class="hd-bar"><span class="hd-heading hd-panel-name">{name}</span>'
        f'<span class="hd-steps" role="group"><span class="hd-place" aria-live="polite"></span>{steps}</span>'
        f'<button type="button" class="hd-close">{plain(strings.panel_close)}</button></div>'
        f'<div class="hd-scroll" tabindex="0" role="document" aria-label="{name}"></div></section>'
    )


def dialog_html(strings: Strings) -> str:
    """Render the form in which a reader says what is right or wrong about an answer."""
    verdicts = "".join(
        f'<label><input type="radio" name="verdict" value="{plain(name)}" required>{plain(label)}</label>'
        for name, label in strings.verdicts.items()
    )
    return (
        f'<dialog class="hd-dialog" aria-label="{plain(strings.feedback)}"><form method="dialog">'
        f"<fieldset><legend>{plain(strings.feedback)}</legend>{verdicts}</fieldset>"
        f'<label class="hd-correction">{plain(strings.correction)}'
        f'<textarea name="correction" rows="3" maxlength="2000"></textarea></label>'
        f'<div class="hd-buttons">'
        f'<button type="submit" value="save" class="hd-primary">{plain(strings.save)}</button>'
        f'<button type="submit" value="" formnovalidate>{plain(strings.cancel)}</button></div></form></dialog>'
    )
