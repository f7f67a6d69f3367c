"""The page of the login, as HTML."""

from __future__ import annotations

from urllib.parse import urlencode

from ui.escaping import plain
from ui.languages import LANGUAGES
from ui.strings import Strings

STYLE = """
:root { color-scheme: light dark; --accent: #0f766e; --on-accent: #fff; }
@media (prefers-color-scheme: dark) { :root { --accent: #5eead4; --on-accent: #10201f; } }
body { margin: 0; font: 16px/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif; }
main { max-width: 22rem; margin: 12vh auto 0; padding: 0 20px; }
h1 { margin: 0 0 1rem; color: var(--accent); }
label { display: block; margin: 0 0 1rem; }
input { display: block; box-sizing: border-box; width: 100%; min-height: 44px; padding: 8px 12px; font: inherit; }
button { min-height: 44px; padding: 8px 20px; font: inherit; font-weight: 600; border: 0; border-radius: 8px;
  background: var(--accent); color: var(--on-accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
footer { margin-top: 2rem; } a { color: var(--accent); }
"""


def login_html(strings: Strings, known: str, message: str, name: str) -> str:
    """Render the page; `known` is the conversation that is shown next, `message` what is said of the last try."""
    other = next(code for code in LANGUAGES if code != strings.code)
    address = plain(f"?{urlencode({'language': other, 'c': known})}")
    said = f'<p role="alert">{plain(message)}</p>' if message else ""
    focus = ("", " autofocus") if name else (" autofocus", "")
    return (
        f'<!doctype html><html lang="{strings.code}"><head><meta charset="utf-8"><title>Hoidap</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>'
        f'<body><main><h1>Hoidap</h1>{said}<form method="post" action="?language={strings.code}">'
        f'<input type="hidden" name="c" value="{plain(known)}">'
        f"<label>{plain(strings.user_name)}"
        f'<input name="name" value="{plain(name)}" autocomplete="username" autocapitalize="none" spellcheck="false"'
        f' maxlength="64" required{focus[0]}></label>'
        f"<label>{plain(strings.password)}"
        f'<input name="password" type="password" autocomplete="current-password" maxlength="128" required{focus[1]}>'
        f"</label><button>{plain(strings.log_in)}</button></form>"
        f'<footer><a href="{address}" lang="{other}" hreflang="{other}">{plain(strings.other_language)}</a></footer>'
        "</main></body></html>"
    )


def account_html(name: str, logs_out: bool, strings: Strings) -> str:
    """Render who is logged in, with a way out where the login was here."""
    shown = f'<span class="hd-note" dir="auto">{plain(name)}</span>'
    button = f'<form method="post" action="/logout"><button>{plain(strings.log_out)}</button></form>'
    return f"{shown}{button}" if logs_out else shown
