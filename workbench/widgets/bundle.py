"""Write the vendored Vega bundle again: `python -m workbench.widgets.bundle`.

The bundle comes out of vl-convert-python, the same package that draws pictures, so that a page and a
PNG are drawn by the same Vega. It is committed because making it takes a second and a browser needs
it as a plain file.
"""

from __future__ import annotations

from workbench.widgets.assets import STATIC

FILE = STATIC / "vega.js"
_SNIPPET = "window.vegaEmbed=vegaEmbed;window.vega=vega;window.vegaLite=vegaLite;"


def versions() -> str:
    """Names and versions of what is inside the bundle, as its first line says them."""
    import vl_convert

    lite = vl_convert.get_vegalite_versions()[-1]
    return (
        f"Vega {vl_convert.get_vega_version()}, Vega-Lite {lite}, "
        f"Vega-Embed {vl_convert.get_vega_embed_version()} (licences: vega.LICENSE)"
    )


def script() -> str:
    """The bundle wrapped in a function, so that none of its short names leak into the page."""
    from vl_convert import javascript_bundle

    return f"/*! {versions()} */\n(()=>{{{javascript_bundle(_SNIPPET)}}})();\n"


def main() -> None:
    """Write `static/vega.js`."""
    FILE.write_text(script(), encoding="utf-8")


if __name__ == "__main__":
    main()
